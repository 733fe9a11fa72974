import { chmodSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConf, loadConfPlain } from '../../../src/conf/load.ts'
import type { ProgressEvent } from '../../../src/report.ts'
import { recordsFromConf } from '../../../src/runtime/module-records.ts'
import { type StatusRequest, status } from '../../../src/runtime/status.ts'
import { renderStatus, type StatusResult } from '../../../src/runtime/status-entries.ts'
import { asNobody } from '../../support/as-nobody.ts'
import { bytesOf, confOf, first, type SyntheticTree, second, syntheticTree } from '../tree/synthetic-tree.ts'
import { dkms, dkmsMissing, newerWords } from './dkms-program.ts'

const foo = { name: 'foo', version: '1.0' }
const bar = { name: 'bar', version: '2.0' }
const K1 = `${first.release}, x86_64`
const K2 = `${second.release}, x86_64`
let tree: SyntheticTree
let events: ProgressEvent[]

beforeEach(() => {
  tree = syntheticTree()
  events = []
})
afterEach(() => tree[Symbol.dispose]())

function ask(request: Partial<StatusRequest> = {}): Promise<StatusResult> {
  return status({
    roots: tree.roots,
    report: (event) => events.push(event),
    kernels: [],
    recordsOf: recordsFromConf(tree.roots, { plain: loadConfPlain, full: loadConf }),
    destination: () => '/updates/dkms',
    ...request,
  })
}

async function lines(request: Partial<StatusRequest> = {}): Promise<readonly string[]> {
  return renderStatus((await ask(request)).entries)
}

async function findings(): Promise<string[]> {
  return (await ask()).anomalies.map(({ kind }) => kind)
}

describe('the lines of status', () => {
  it('are none for an empty tree', async () => {
    expect(await lines()).toEqual([])
  })

  it('tell added, built and installed packages in the order of dkms', async () => {
    tree.add(foo)
    tree.build(foo, second)
    tree.build(foo, first)
    tree.install(foo, second)
    tree.add(bar)
    expect(await lines()).toEqual(['bar/2.0: added', `foo/1.0, ${K1}: built`, `foo/1.0, ${K2}: installed`])
  })

  it('are there for a user who may not look into the install tree', async () => {
    tree.add(foo)
    tree.build(foo, first)
    tree.install(foo, first)
    chmodSync(join(tree.roots.dkmsTree, '..'), 0o755)
    chmodSync(tree.roots.installTree, 0o700)
    const [line] = await asNobody(() => lines())
    expect(line).toContain(`foo/1.0, ${K1}: installed`)
  })

  it('tell originals', async () => {
    tree.add(foo)
    tree.build(foo, first)
    tree.install(foo, first)
    tree.mkdir(`t/foo/original_module/${first.release}/x86_64`)
    expect(await lines()).toEqual([`foo/1.0, ${K1}: installed (Original modules exist)`])
  })

  it('tell modules that the conf promises and the tree lacks', async () => {
    tree.add(foo, confOf(foo, ['a', 'b']))
    tree.build(foo, first, ['a'])
    tree.build(foo, second, ['a'])
    tree.install(foo, second, ['a'])
    expect(await lines()).toEqual([
      `foo/1.0, ${K1}: built (Built modules are missing in the kernel modules folder)`,
      `foo/1.0, ${K2}: installed (Built modules are missing in the kernel modules folder)`,
    ])
  })

  it('tell originals before differences', async () => {
    tree.add(foo)
    tree.build(foo, first)
    tree.install(foo, first)
    tree.mkdir(`t/foo/original_module/${first.release}/x86_64`)
    tree.write(`i/${first.release}/updates/dkms/foo.ko`, 'another module')
    expect(await lines()).toEqual([
      `foo/1.0, ${K1}: installed (Original modules exist) (Differences between built and installed modules)`,
    ])
  })

  it.each([
    [
      'the installed file has other bytes of the same length',
      (path: string) => tree.write(path, 'x'.repeat(bytesOf(foo, first, 'foo').length)),
    ],
    ['the installed file is empty', (path: string) => tree.write(path)],
    ['the installed file is gone', (path: string) => rmSync(join(tree.roots.installTree, '..', path))],
  ])('tell a difference when %s', async (_, change) => {
    tree.add(foo)
    tree.build(foo, first)
    tree.install(foo, first)
    expect(await lines()).toEqual([`foo/1.0, ${K1}: installed`])
    change(`i/${first.release}/updates/dkms/foo.ko`)
    expect(await lines()).toEqual([`foo/1.0, ${K1}: installed (Differences between built and installed modules)`])
  })

  it('find no difference to a module where the conf wanted it, compressed, or linked', async () => {
    tree.add(foo)
    tree.build(foo, first, ['foo'], '.ko.zst')
    tree.install(foo, first, [])
    tree.write(`i/${first.release}/kernel/drivers/misc/foo.ko.zst`, bytesOf(foo, first, 'foo'))
    tree.add(bar)
    tree.build(bar, first)
    tree.install(bar, first, [])
    const built = join(tree.roots.dkmsTree, 'bar/2.0', first.release, 'x86_64/module/bar.ko')
    symlinkSync(built, join(tree.mkdir(`i/${first.release}/updates/dkms`), 'bar.ko'))
    expect(await lines()).toEqual([`bar/2.0, ${K1}: installed`, `foo/1.0, ${K1}: installed`])
  })

  it('miss a module whose built file is empty, also where the installed one is just as empty', async () => {
    tree.add(foo)
    tree.build(foo, first)
    tree.install(foo, first)
    const missing = '(Built modules are missing in the kernel modules folder)'
    tree.write(`t/foo/1.0/${first.release}/x86_64/module/foo.ko`)
    expect(await lines()).toEqual([`foo/1.0, ${K1}: installed ${missing}`])
    tree.write(`i/${first.release}/updates/dkms/foo.ko`)
    expect(await lines()).toEqual([`foo/1.0, ${K1}: installed ${missing}`])
    expect(await findings()).toEqual(['empty-built-file'])
  })

  it('read a conf that only bash can', async () => {
    tree.add(foo, `${confOf(foo)}if true; then BUILT_MODULE_NAME[1]=extra DEST_MODULE_LOCATION[1]=/extra; fi\n`)
    tree.build(foo, first)
    expect(await lines()).toEqual([`foo/1.0, ${K1}: built (Built modules are missing in the kernel modules folder)`])
  })

  it('miss no module that the conf excludes for the kernel', async () => {
    tree.add(foo, `${confOf(foo, ['a', 'b'])}BUILD_EXCLUSIVE_KERNEL[1]="^5"\n`)
    tree.build(foo, first, ['a'])
    expect(await lines()).toEqual([`foo/1.0, ${K1}: built`])
  })

  it.each([
    ['invalid', 'PACKAGE_NAME=foo\n'],
    ['missing', undefined],
  ])('go by the files of the tree when the conf is %s, and say so once', async (_, conf) => {
    tree.add(foo, conf ?? '')
    if (conf === undefined) rmSync(join(tree.roots.sourceTree, 'foo-1.0/dkms.conf'))
    for (const kernel of [first, second]) tree.build(foo, kernel)
    tree.install(foo, second)
    tree.write(`i/${second.release}/updates/dkms/foo.ko`, 'another module')
    expect(await lines()).toEqual([
      `foo/1.0, ${K1}: built`,
      `foo/1.0, ${K2}: installed (Differences between built and installed modules)`,
    ])
    expect(events).toMatchObject([{ kind: 'warning', message: expect.stringContaining('foo/1.0') }])
  })

  it('tell a half-made build as what it is: not built', async () => {
    tree.add(foo)
    tree.write(`t/foo/1.0/${first.release}/x86_64/log/make.log`)
    expect(await lines()).toEqual(['foo/1.0: added'])
  })

  it('tell a binaries-only package as built', async () => {
    tree.write('t/foo/1.0/source/dkms.conf', confOf(foo))
    tree.build(foo, first)
    expect(await lines()).toEqual([`foo/1.0, ${K1}: built`])
  })

  it('tell broken packages, report each once, and go on', async () => {
    tree.add(foo)
    tree.build(foo, first)
    rmSync(join(tree.roots.dkmsTree, 'foo/1.0/source'))
    tree.add(bar)
    expect(await lines({ kernels: [{ release: first.release }, { release: second.release }] })).toEqual([
      'bar/2.0: added',
      'foo/1.0: broken',
      'bar/2.0: added',
      'foo/1.0: broken',
    ])
    expect(events).toMatchObject([{ kind: 'warning', code: 'PACKAGE_BROKEN' }])
  })
})

describe('the filters of status', () => {
  beforeEach(() => {
    tree.add(foo)
    tree.build(foo, first)
    tree.build(foo, { release: second.release, arch: 'i686' })
    tree.add(bar)
    tree.build(bar, second)
  })

  it.each<[Partial<StatusRequest>, string[]]>([
    [{ name: 'foo' }, [`foo/1.0, ${K1}: built`, `foo/1.0, ${second.release}, i686: built`]],
    [{ name: 'bar', version: '2.0' }, [`bar/2.0, ${K2}: built`]],
    [{ name: 'bar', version: '1.0' }, []],
    [{ name: 'nothing' }, []],
    [{ name: 'b*' }, [`bar/2.0, ${K2}: built`]],
    [{ kernels: [{ release: first.release }] }, ['bar/2.0: added', `foo/1.0, ${K1}: built`]],
    [{ kernels: [{ arch: 'i686' }] }, ['bar/2.0: added', `foo/1.0, ${second.release}, i686: built`]],
    [{ kernels: [{ release: second.release, arch: 'x86_64' }] }, [`bar/2.0, ${K2}: built`, 'foo/1.0: added']],
    [{ kernels: [{ release: 'other' }] }, ['bar/2.0: added', 'foo/1.0: added']],
    [
      { name: 'foo', kernels: [{ release: first.release }, { release: second.release }] },
      [`foo/1.0, ${K1}: built`, `foo/1.0, ${second.release}, i686: built`],
    ],
  ])('%j', async (request, expected) => {
    expect(await lines(request)).toEqual(expected)
  })
})

describe('weak-updates links', () => {
  beforeEach(() => {
    tree.add(foo, confOf(foo, ['a', 'b']))
    tree.build(foo, first, ['a', 'b'])
    tree.install(foo, first, ['a', 'b'])
  })
  const installedFile = (module: string) => join(tree.roots.installTree, first.release, 'updates/dkms', `${module}.ko`)

  it('are told after everything else when all modules are linked', async () => {
    tree.link(installedFile('a'), `i/${second.release}/weak-updates/a.ko`)
    expect(await lines()).toEqual([`foo/1.0, ${K1}: installed`])
    tree.link(installedFile('b'), `i/${second.release}/weak-updates/dkms/b.ko`)
    const weak = `foo, 1.0, ${K2}: installed-weak from ${first.release}`
    expect(await lines()).toEqual([`foo/1.0, ${K1}: installed`, weak])
    expect(await lines({ kernels: [{ release: second.release }] })).toEqual(['foo/1.0: added', weak])
    expect(await lines({ kernels: [{ release: first.release }] })).toEqual([`foo/1.0, ${K1}: installed`])
  })

  it('are not told of a kernel that has the package itself, in this version or another', async () => {
    const newer = { name: 'foo', version: '2.0' }
    for (const id of [foo, newer]) {
      if (id === newer) tree.add(id, confOf(id, ['a', 'b']))
      tree.build(id, second, ['a', 'b'])
    }
    for (const module of ['a', 'b']) tree.link(installedFile(module), `i/${second.release}/weak-updates/${module}.ko`)
    const weak = `foo, 1.0, ${K2}: installed-weak from ${first.release}`
    expect(await lines({ version: '1.0' })).toContain(weak)
    tree.install(newer, second, ['a', 'b'])
    expect(await lines({ version: '1.0' })).not.toContain(weak)
  })

  it('are not ours when they lead to other files of the same names', async () => {
    for (const module of ['a', 'b']) {
      const other = tree.write(`i/${first.release}/extra/${module}.ko`, 'another module')
      tree.link(other, `i/${second.release}/weak-updates/${module}.ko`)
    }
    expect(await lines()).toEqual([`foo/1.0, ${K1}: installed`])
  })
})

describe('the findings of status', () => {
  beforeEach(() => {
    tree.add(foo)
    tree.build(foo, first)
  })

  it('C: our module is installed and no marker says so', async () => {
    tree.write(`i/${first.release}/updates/dkms/foo.ko`, bytesOf(foo, first, 'foo'))
    expect(await findings()).toEqual(['unmarked-install'])
  })

  it('C does not count a version with the same bytes when another version is the installed one', async () => {
    const other = { name: 'foo', version: '2.0' }
    tree.add(other)
    tree.build(other, first)
    tree.install(other, first)
    tree.write(`i/${first.release}/updates/dkms/foo.ko`, bytesOf(foo, first, 'foo'))
    expect(await findings()).toEqual([])
  })

  it('D: an installed module is empty', async () => {
    tree.install(foo, first)
    tree.write(`i/${first.release}/updates/dkms/foo.ko`)
    expect(await findings()).toEqual(['empty-installed-file'])
  })
})

describe.skipIf(dkmsMissing() !== undefined)(
  `next to dkms${dkmsMissing() === undefined ? '' : ` (${dkmsMissing()})`}`,
  () => {
    /** Every state that 3.0.10 and 3.2 tell alike, apart from words. */
    function furnish(): void {
      for (const name of ['foo', 'foo-bar', 'foo.a', 'Foo', 'x_y__z']) {
        const id = { name, version: '1.0' }
        tree.add(id)
        tree.build(id, second)
        tree.build(id, { release: '6.1.0-5', arch: 'x86_64' })
        tree.build(id, first)
        tree.build(id, { release: first.release, arch: 'i686' })
        tree.install(id, second)
        if (name === 'Foo') tree.write(`i/${second.release}/updates/dkms/Foo.ko`, 'another module')
        if (name === 'foo.a') tree.mkdir(`t/foo.a/original_module/${second.release}/x86_64`)
      }
      tree.add({ name: 'foo', version: '10' })
      tree.add({ name: 'foo', version: '9' })
      const two = { name: 'two', version: '0.1-2' }
      tree.add(two, confOf(two, ['a', 'b']))
      tree.build(two, first, ['a', 'b'])
      tree.install(two, first, ['a'])
      tree.write('t/two/0.1-2/tarball/two-0.1-2.dkms.tar.gz')
      tree.mkdir(`t/two/original_module/${first.release}/x86_64`)
    }

    it.each<[string[], Partial<StatusRequest>]>([
      [[], {}],
      [['-m', 'foo'], { name: 'foo' }],
      [['foo/9'], { name: 'foo', version: '9' }],
      [['-m', 'foo*'], { name: 'foo*' }],
      [['-m', 'fo[!o]'], { name: 'fo[!o]' }],
      [['-m', 'nothing'], { name: 'nothing' }],
      [['-k', first.release], { kernels: [{ release: first.release }] }],
      [['-k', `${first.release}/i686`], { kernels: [{ release: first.release, arch: 'i686' }] }],
      [['-a', 'i686'], { kernels: [{ arch: 'i686' }] }],
      [['-k', '9.9'], { kernels: [{ release: '9.9' }] }],
      [
        ['foo', '-k', first.release, '-k', second.release],
        { name: 'foo', kernels: [{ release: first.release }, { release: second.release }] },
      ],
    ])('status %j prints the same lines', async (args, request) => {
      furnish()
      const theirs = newerWords(dkms(tree.roots, 'status', ...args).stdout)
      expect(await lines(request)).toEqual(theirs)
      if (args[1] !== 'nothing' && args[1] !== 'fo[!o]') expect(theirs.length).toBeGreaterThan(0)
    })
  },
)

it('lists 1,000 packages for 2 kernels each in a time that grows with their number only', async () => {
  const times: Record<number, number> = {}
  let made = 0
  for (const count of [100, 1000]) {
    for (; made < count; made += 1) {
      const id = { name: `package${made}`, version: '1.0' }
      tree.add(id)
      for (const kernel of [first, second]) {
        tree.build(id, kernel)
        tree.install(id, kernel)
      }
    }
    const start = performance.now()
    expect((await ask()).entries).toHaveLength(2 * count)
    times[count] = Math.round(performance.now() - start)
  }
  console.log('status, milliseconds by number of packages:', times)
})
