import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../../src/errors.ts'
import type { ProgressEvent } from '../../../src/report.ts'
import { type RemoveRequest, type RemoveResult, remove } from '../../../src/runtime/remove.ts'
import { announceUpgrade } from '../../../src/runtime/rpm-safe-upgrade.ts'
import { type UnbuildResult, unbuild } from '../../../src/runtime/unbuild.ts'
import { loadTree } from '../../../src/tree/load.ts'
import { confOf, first, type SyntheticTree, second, syntheticTree } from '../tree/synthetic-tree.ts'
import { actionContext } from './action-context.ts'
import { dkms, dkmsMissing } from './dkms-program.ts'
import { shapeOf } from './shape.ts'

const foo = { name: 'foo', version: '1.0' }
let tree: SyntheticTree
let events: ProgressEvent[]

beforeEach(() => {
  tree = syntheticTree()
  events = []
})
afterEach(() => tree[Symbol.dispose]())

function request(more: Partial<RemoveRequest> = {}): RemoveRequest {
  return {
    ...actionContext(tree.roots, (event) => events.push(event)),
    package: foo,
    kernels: [first],
    directives: [],
    rpmSafeUpgrade: false,
    ...more,
  }
}

function removing(more: Partial<RemoveRequest> = {}): Promise<RemoveResult> {
  return remove(request(more))
}

function unbuilding(more: Partial<RemoveRequest> = {}): Promise<UnbuildResult> {
  return unbuild(request(more))
}

async function refusal(action: () => Promise<unknown>): Promise<ErrorCode> {
  const before = shapeOf(tree.roots)
  try {
    await action()
  } catch (error) {
    expect(shapeOf(tree.roots)).toEqual(before)
    return (error as { code: ErrorCode }).code
  }
  throw new Error('it was not refused')
}

const versionEntries = () => readdirSync(join(tree.roots.dkmsTree, 'foo/1.0')).sort()

describe.each([
  ['unbuild', unbuilding],
  ['remove', removing],
])('%s', (_, action) => {
  it.each<[ErrorCode, () => void]>([
    ['NOT_IN_TREE', () => {}],
    ['NOT_IN_TREE', () => tree.add({ name: 'foo', version: '2.0' })],
    [
      'PACKAGE_BROKEN',
      () => {
        tree.add(foo)
        rmSync(join(tree.roots.sourceTree, 'foo-1.0'), { recursive: true })
      },
    ],
  ])('refuses with %s and changes nothing', async (code, furnish) => {
    furnish()
    expect(await refusal(() => action({ kernels: [first, second] }))).toBe(code)
  })

  it('uninstalls first, from the chosen kernels only', async () => {
    tree.add(foo)
    for (const kernel of [first, second]) {
      tree.build(foo, kernel)
      tree.install(foo, kernel)
    }
    expect(await action()).toMatchObject({ kernels: [{ outcome: 'deleted', uninstalled: { state: 'uninstalled' } }] })
    expect(readdirSync(join(tree.roots.installTree, first.release))).toEqual([])
    expect(readdirSync(join(tree.roots.dkmsTree, 'foo')).filter((name) => name.startsWith('kernel-'))).toEqual([
      `kernel-${second.release}-x86_64`,
    ])
  })

  it('deletes the builds of the chosen kernels only', async () => {
    tree.add(foo)
    for (const kernel of [first, second]) tree.build(foo, kernel)
    tree.build(foo, { release: first.release, arch: 'i686' })
    tree.install(foo, second)
    expect(await action()).toMatchObject({ kernels: [{ kernel: first, outcome: 'deleted' }] })
    expect(versionEntries()).toEqual([first.release, second.release, 'source'])
    expect(readdirSync(join(tree.roots.dkmsTree, 'foo/1.0', first.release))).toEqual(['i686'])
  })

  it('deletes what an interrupted build left', async () => {
    tree.add(foo)
    tree.write(`t/foo/1.0/${first.release}/x86_64/log/make.log`)
    tree.install(foo, first)
    tree.build(foo, second)
    expect(await action()).toMatchObject({ kernels: [{ kernel: first, outcome: 'unfinished' }] })
    expect(versionEntries()).toEqual([second.release, 'build', 'source'].filter((name) => name !== 'build'))
    expect(loadTree(tree.roots).anomalies).toEqual([])
  })

  it('clears away what an interrupted DKMS had staged', async () => {
    tree.add(foo)
    tree.build(foo, second)
    tree.mkdir(`t/foo/1.0/${first.release}/.tmp_x86_64_AbCdEf`)
    expect(await action()).toMatchObject({ kernels: [{ outcome: 'not-built' }] })
    expect(loadTree(tree.roots).packages[0]?.anomalies).toEqual([])
  })

  it('takes all kernels in the order of their versions', async () => {
    tree.add(foo)
    for (const release of ['6.1.0-10', '6.1.0-9', 'custom']) tree.build(foo, { release, arch: 'x86_64' })
    tree.write('t/foo/1.0/6.1.0-8/x86_64/log/make.log')
    const { kernels } = await action({ kernels: 'all' })
    expect(kernels.map(({ kernel, outcome }) => [kernel.release, outcome])).toEqual([
      ['6.1.0-8', 'unfinished'],
      ['6.1.0-9', 'deleted'],
      ['6.1.0-10', 'deleted'],
      ['custom', 'deleted'],
    ])
  })

  it('says when there is nothing to delete, and does not fail', async () => {
    tree.add(foo)
    tree.build(foo, second)
    expect(await action()).toMatchObject({ kernels: [{ kernel: first, outcome: 'not-built' }] })
    expect(events).toMatchObject([
      { kind: 'note', message: expect.stringContaining('foo/1.0 is not installed') },
      { kind: 'note', message: expect.stringContaining('foo/1.0 is not built') },
    ])
  })

  it('plans and changes nothing in a dry run', async () => {
    tree.add(foo)
    tree.build(foo, first)
    tree.mkdir(`t/foo/1.0/${first.release}/.tmp_x86_64_AbCdEf`)
    const before = shapeOf(tree.roots)
    const plan = await action({ dryRun: true })
    expect(shapeOf(tree.roots)).toEqual(before)
    expect(plan).toEqual(await action())
  })

  it.each(['..', 'a/b', '-x'])('refuses the version %j', async (version) => {
    expect(await refusal(() => action({ package: { name: 'foo', version } }))).toBe('NAME_UNSAFE')
  })
})

describe('unbuild', () => {
  it('keeps the package when its last build goes', async () => {
    tree.add(foo)
    tree.build(foo, first)
    await unbuilding()
    expect(versionEntries()).toEqual(['source'])
  })

  it('works on a binaries-only package', async () => {
    tree.write('t/foo/1.0/source/dkms.conf', confOf(foo))
    tree.build(foo, first)
    await unbuilding()
    expect(versionEntries()).toEqual(['source'])
  })
})

describe('remove', () => {
  it('deletes the version with its generator outputs when no build is left, and keeps the source', async () => {
    tree.add(foo)
    tree.build(foo, first)
    for (const name of ['tarball', 'rpm', 'deb', 'dsc', 'bmdeb', 'driver_disk', 'build'])
      tree.mkdir(`t/foo/1.0/${name}/x`)
    tree.write('t/foo/1.0/a-file')
    expect(await removing()).toMatchObject({ deleted: true, sourceKept: join(tree.roots.sourceTree, 'foo-1.0') })
    expect(readdirSync(tree.roots.dkmsTree)).toEqual([])
    expect(existsSync(join(tree.roots.sourceTree, 'foo-1.0/dkms.conf'))).toBe(true)
  })

  it('does nothing when an upgrade by RPM has added the package again', async () => {
    tree.add(foo)
    await announceUpgrade(tree.roots, foo)
    expect(await removing({ rpmSafeUpgrade: true })).toMatchObject({ cancelled: true, deleted: false })
    expect(versionEntries()).toContain('source')
    expect(await removing({ rpmSafeUpgrade: true })).toMatchObject({ cancelled: false, deleted: true })
  })

  it('keeps the version while it is built for another kernel', async () => {
    tree.add(foo)
    for (const kernel of [first, second]) tree.build(foo, kernel)
    expect(await removing()).toMatchObject({ deleted: false })
    expect(await removing({ kernels: [second] })).toMatchObject({ deleted: true })
  })

  it('keeps a version that holds something unknown', async () => {
    tree.add(foo)
    tree.write('t/foo/1.0/notes/why.txt')
    expect(await removing()).toMatchObject({ deleted: false })
    expect(versionEntries()).toContain('notes')
  })

  it('deletes a version whose kernels left empty directories and staging', async () => {
    tree.add(foo)
    tree.mkdir('t/foo/1.0/6.1.0-1')
    tree.mkdir('t/foo/1.0/6.1.0-2/.tmp_x86_64_AbCdEf')
    expect(await removing()).toMatchObject({ deleted: true })
    expect(readdirSync(tree.roots.dkmsTree)).toEqual([])
  })

  it('keeps other versions, markers and originals of the package', async () => {
    const newer = { name: 'foo', version: '2.0' }
    tree.add(foo)
    tree.add(newer)
    tree.build(newer, second)
    tree.install(newer, second)
    await removing()
    expect(readdirSync(join(tree.roots.dkmsTree, 'foo')).sort()).toEqual(['2.0', `kernel-${second.release}-x86_64`])
  })
})

const missing = dkmsMissing()
describe.skipIf(missing !== undefined)(`next to dkms${missing === undefined ? '' : ` (${missing})`}`, () => {
  function furnish(): void {
    rmSync(join(tree.roots.dkmsTree, 'foo'), { recursive: true, force: true })
    tree.add(foo)
    for (const kernel of [first, second]) tree.build(foo, kernel)
    tree.mkdir('t/foo/1.0/tarball')
    tree.add({ name: 'foo', version: '2.0' })
  }

  it.each<['unbuild' | 'remove', string[], Partial<RemoveRequest>]>([
    ['unbuild', ['-k', `${first.release}/x86_64`], {}],
    ['unbuild', ['--all'], { kernels: 'all' }],
    ['unbuild', ['-k', '9.9.9/x86_64'], { kernels: [{ release: '9.9.9', arch: 'x86_64' }] }],
    ['remove', ['-k', `${first.release}/x86_64`], {}],
    ['remove', ['-k', first.release, '-k', second.release, '-a', 'x86_64'], { kernels: [first, second] }],
    ['remove', ['--all'], { kernels: 'all' }],
  ])('%s %j leaves trees of the same shape', async (verb, args, more) => {
    furnish()
    expect(dkms(tree.roots, verb, 'foo/1.0', ...args)).toMatchObject({ status: 0 })
    const theirs = shapeOf(tree.roots)
    furnishAgain()
    if (verb === 'unbuild') await unbuilding(more)
    else await removing(more)
    expect(shapeOf(tree.roots)).toEqual(theirs)
  })

  function furnishAgain(): void {
    rmSync(join(tree.roots.dkmsTree, 'foo'), { recursive: true, force: true })
    furnish()
  }

  it('remove of the last version leaves trees of the same shape', async () => {
    tree.add(foo)
    tree.build(foo, first)
    expect(dkms(tree.roots, 'remove', 'foo/1.0', '--all')).toMatchObject({ status: 0 })
    const theirs = shapeOf(tree.roots)
    tree.add(foo)
    tree.build(foo, first)
    expect((await removing({ kernels: 'all' })).deleted).toBe(true)
    expect(shapeOf(tree.roots)).toEqual(theirs)
  })
})
