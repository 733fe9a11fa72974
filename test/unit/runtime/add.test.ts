import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConf } from '../../../src/conf/load.ts'
import { type AbsolutePath, absolutePath } from '../../../src/domain.ts'
import type { ErrorCode } from '../../../src/errors.ts'
import type { ProgressEvent } from '../../../src/report.ts'
import { type AddRequest, type AddResult, type AddTarget, add } from '../../../src/runtime/add.ts'
import { announceUpgrade, cancelsRemoval } from '../../../src/runtime/rpm-safe-upgrade.ts'
import { treePaths } from '../../../src/tree/layout.ts'
import { loadPackage } from '../../../src/tree/load.ts'
import { confOf, first, type SyntheticTree, syntheticTree } from '../tree/synthetic-tree.ts'
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

function adding(what: AddTarget, more: Partial<AddRequest> = {}): Promise<AddResult> {
  return add({
    roots: tree.roots,
    what,
    kernel: first,
    report: (event) => events.push(event),
    loadConf: (request) => loadConf(request),
    ...more,
  })
}

const byName: AddTarget = { kind: 'package', id: foo }

function home(conf = confOf(foo)): AddTarget & { readonly path: AbsolutePath } {
  tree.write('home/foo/dkms.conf', conf)
  tree.write('home/foo/foo.c', 'int x;\n')
  return { kind: 'path', path: absolutePath(join(tree.roots.dkmsTree, '../home/foo')) }
}

function source(conf = confOf(foo)): void {
  tree.write('s/foo-1.0/dkms.conf', conf)
  tree.write('s/foo-1.0/foo.c', 'int x;\n')
}

async function refusal(attempt: Promise<unknown>): Promise<ErrorCode> {
  const before = shapeOf(tree.roots)
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toHaveProperty('code')
  expect(shapeOf(tree.roots)).toEqual(before)
  return (error as { code: ErrorCode }).code
}

describe('add by name and version', () => {
  it('links the source and makes build/', async () => {
    source()
    expect(await adding(byName)).toMatchObject({ package: foo, outcome: 'added', replacedSource: false })
    expect(readlinkSync(treePaths(tree.roots).sourceLink(foo))).toBe(join(tree.roots.sourceTree, 'foo-1.0'))
    expect(readdirSync(treePaths(tree.roots).buildDir(foo))).toEqual([])
  })

  it.each<[ErrorCode, () => void]>([
    ['SOURCE_MISSING', () => {}],
    ['CONF_UNREADABLE', () => tree.mkdir('s/foo-1.0')],
    ['CONF_INVALID', () => source('PACKAGE_NAME=foo\n')],
    ['CONF_INVALID', () => source(confOf(foo).replace('AUTOINSTALL="yes"', 'AUTOINSTALL="perhaps"'))],
    ['ALREADY_ADDED', () => tree.add(foo)],
    ['ALREADY_ADDED', () => tree.write('t/foo/1.0/source/dkms.conf', confOf(foo))],
  ])('refuses with %s and writes nothing', async (code, furnish) => {
    furnish()
    expect(await refusal(adding(byName))).toBe(code)
  })

  it.each([
    ['../foo', '1.0'],
    ['foo', '1/0'],
    ['-foo', '1.0'],
    ['foo', ''],
  ])('refuses the name %j, version %j', async (name, version) => {
    expect(await refusal(adding({ kind: 'package', id: { name, version } }))).toBe('NAME_UNSAFE')
  })

  it('takes the conf that is given in place of the one of the source', async () => {
    source('broken (\n')
    const confFile = absolutePath(tree.write('other.conf', confOf(foo)))
    expect(await adding(byName, { confFile })).toMatchObject({ outcome: 'added' })
  })

  it.each([
    ['the link is gone', () => rmSync(join(tree.roots.dkmsTree, 'foo/1.0/source'))],
    [
      'a directory stands for the link',
      () => {
        rmSync(join(tree.roots.dkmsTree, 'foo/1.0/source'))
        tree.write('t/foo/1.0/source/dkms.conf', confOf(foo))
      },
    ],
  ])('repairs a broken package: %s', async (_, breakIt) => {
    tree.add(foo)
    tree.build(foo, first)
    breakIt()
    expect(await adding(byName)).toMatchObject({ outcome: 'relinked' })
    expect(loadPackage(tree.roots, foo)).toMatchObject({ source: { kind: 'linked' }, builds: [{ kernel: first }] })
  })

  it('reports deprecated directives', async () => {
    source(`${confOf(foo)}REMAKE_INITRD="yes"\n`)
    await adding(byName)
    expect(events.filter(({ kind }) => kind === 'deprecated')).toMatchObject([{ feature: 'REMAKE_INITRD' }])
  })

  it('plans and writes nothing in a dry run', async () => {
    source()
    const before = shapeOf(tree.roots)
    expect(await adding(byName, { dryRun: true })).toMatchObject({ package: foo, outcome: 'added' })
    expect(shapeOf(tree.roots)).toEqual(before)
  })
})

describe('add from a path', () => {
  it('copies the directory to the source tree', async () => {
    const what = home()
    tree.write('home/foo/.version', '1')
    expect(await adding(what)).toMatchObject({ package: foo, copiedFrom: what.path, outcome: 'added' })
    expect(readdirSync(join(tree.roots.sourceTree, 'foo-1.0')).sort()).toEqual(['.version', 'dkms.conf', 'foo.c'])
  })

  it('takes the dkms.conf for its directory, and resolves links', async () => {
    home()
    tree.link('foo', 'home/link')
    const path = absolutePath(join(tree.roots.dkmsTree, '../home/link/dkms.conf'))
    expect(await adding({ kind: 'path', path })).toMatchObject({ package: foo })
    expect(lstatSync(join(tree.roots.sourceTree, 'foo-1.0')).isDirectory()).toBe(true)
  })

  it('copies nothing when the path is the source itself, or a link to it', async () => {
    source()
    const paths = treePaths(tree.roots)
    const before = lstatSync(paths.sourceDir(foo)).ino
    expect((await adding({ kind: 'path', path: paths.sourceDir(foo) })).copiedFrom).toBeUndefined()
    expect(await refusal(adding({ kind: 'path', path: paths.sourceLink(foo) }))).toBe('ALREADY_ADDED')
    expect(lstatSync(paths.sourceDir(foo)).ino).toBe(before)
  })

  it('copies nothing when SRC/M-V is a link to the path', async () => {
    const what = home()
    tree.link(what.path, 's/foo-1.0')
    expect((await adding(what)).copiedFrom).toBeUndefined()
    expect(lstatSync(join(tree.roots.sourceTree, 'foo-1.0')).isSymbolicLink()).toBe(true)
  })

  it('replaces a source that no package uses, whole', async () => {
    tree.write('s/foo-1.0/old.c')
    expect(await adding(home())).toMatchObject({ replacedSource: true, outcome: 'added' })
    expect(readdirSync(join(tree.roots.sourceTree, 'foo-1.0')).sort()).toEqual(['dkms.conf', 'foo.c'])
    expect(readdirSync(tree.roots.sourceTree)).toEqual(['foo-1.0'])
  })

  it('keeps the source of an added package, and replaces it with force', async () => {
    tree.add(foo)
    const what = home()
    expect(await refusal(adding(what))).toBe('ALREADY_ADDED')
    expect(await adding(what, { force: true })).toMatchObject({ outcome: 'kept', replacedSource: true })
    expect(existsSync(join(tree.roots.sourceTree, 'foo-1.0/foo.c'))).toBe(true)
  })

  it('gives a binaries-only package its source', async () => {
    tree.write('t/foo/1.0/source/dkms.conf', confOf(foo))
    tree.build(foo, first)
    expect(await adding(home())).toMatchObject({ outcome: 'relinked' })
    expect(loadPackage(tree.roots, foo)).toMatchObject({ source: { kind: 'linked' }, builds: [{ kernel: first }] })
  })

  it.each<[ErrorCode, string | undefined]>([
    ['CONF_NOT_FOUND', undefined],
    ['CONF_UNNAMED', 'MAKE=make\n'],
    ['CONF_INVALID', 'PACKAGE_NAME=foo\nPACKAGE_VERSION=1.0\nDEST_MODULE_LOCATION=/somewhere\n'],
    ['CONF_INVALID', confOf({ name: '../../etc', version: '1.0' })],
  ])('refuses with %s a directory whose conf is %j', async (code, conf) => {
    const what = home(conf)
    if (conf === undefined) rmSync(join(what.path, 'dkms.conf'))
    const attempt = adding(what)
    expect(['NAME_UNSAFE', code]).toContain(await refusal(attempt))
  })
})

describe('what bash says about dkms.conf', () => {
  it('is warned about with its line', async () => {
    source(`${confOf(foo)}no_such_command_at_all\n`)
    const line = confOf(foo).split('\n').length
    await adding(byName)
    const where = join(tree.roots.sourceTree, `foo-1.0/dkms.conf:${line}`)
    expect(events).toContainEqual(expect.objectContaining({ kind: 'warning', code: 'SHELL_MESSAGE', where }))
  })
})

describe('POST_ADD', () => {
  function script(text: string, mode = 0o755): void {
    source(`${confOf(foo)}POST_ADD="scripts/post add\tme"\n`)
    chmodSync(tree.write('s/foo-1.0/scripts/post', text), mode)
  }

  it('runs in the source directory with its arguments', async () => {
    script('#!/bin/sh\npwd > out; echo "$#:$*" >> out\n')
    expect((await adding(byName)).postAdd).toMatchObject({ kind: 'ran' })
    expect(readFileSync(join(tree.roots.sourceTree, 'foo-1.0/out'), 'utf8')).toBe(
      `${join(tree.roots.dkmsTree, 'foo/1.0/source')}\n2:add me\n`,
    )
  })

  it('gives add its exit status, the package being added', async () => {
    script('#!/bin/sh\nexit 7\n')
    await expect(adding(byName)).rejects.toMatchObject({ code: 'SCRIPT_FAILED', exitStatus: 7 })
    expect(loadPackage(tree.roots, foo)).toBeDefined()
  })

  it('is warned about when it is not executable', async () => {
    script('#!/bin/sh\nexit 7\n', 0o644)
    expect((await adding(byName)).postAdd).toMatchObject({ kind: 'not-executable' })
    expect(events).toContainEqual(expect.objectContaining({ kind: 'warning' }))
  })

  it('is not run in a dry run', async () => {
    script('#!/bin/sh\nexit 7\n')
    expect((await adding(byName, { dryRun: true })).postAdd).toEqual({ kind: 'none' })
  })
})

describe('an upgrade by RPM', () => {
  it('is remembered for one removal, also when the package was added before', async () => {
    tree.add(foo)
    expect(await cancelsRemoval(tree.roots, foo)).toBe(false)
    await expect(adding(byName, { rpmSafeUpgrade: true })).rejects.toMatchObject({ code: 'ALREADY_ADDED' })
    expect(await cancelsRemoval(tree.roots, { name: 'foo', version: '2.0' })).toBe(false)
    expect(await cancelsRemoval(tree.roots, foo)).toBe(true)
    expect(await cancelsRemoval(tree.roots, foo)).toBe(false)
    expect(readdirSync(tree.roots.tmp)).toEqual([])
  })

  it('is announced in the form dkms reads', async () => {
    const file = await announceUpgrade(tree.roots, foo)
    const [, pid] = /dkms_rpm_safe_upgrade_lock\.(\d+)\./.exec(file) ?? []
    const { stdout } = spawnSync('ps', ['-o', 'lstart', '--no-headers', '-p', String(pid)], { encoding: 'utf8' })
    expect(readFileSync(file, 'utf8')).toBe(`foo-1.0\n${stdout.trim()}\n`)
  })
})

const missing = dkmsMissing()
describe.skipIf(missing !== undefined)(`next to dkms${missing === undefined ? '' : ` (${missing})`}`, () => {
  it.each<[string, () => void, string[], () => AddTarget]>([
    ['M/V', () => source(), ['foo/1.0'], () => byName],
    ['a directory', () => home(), ['PATH'], home],
    [
      'the directory in the source tree',
      () => source(),
      ['SOURCE'],
      () => ({ kind: 'path', path: treePaths(tree.roots).sourceDir(foo) }),
    ],
  ])('add of %s leaves trees of the same shape', async (_, furnish, words, what) => {
    furnish()
    const target = what()
    const path = target.kind === 'path' ? target.path : ''
    const args = words.map((word) => (['PATH', 'SOURCE'].includes(word) ? path : word))
    expect(dkms(tree.roots, 'add', ...args)).toMatchObject({ status: 0 })
    const theirs = shapeOf(tree.roots)
    rmSync(join(tree.roots.dkmsTree, 'foo'), { recursive: true })
    if (words[0] === 'PATH') rmSync(join(tree.roots.sourceTree, 'foo-1.0'), { recursive: true })
    await adding(target)
    expect(shapeOf(tree.roots)).toEqual(theirs)
    expect(dkms(tree.roots, 'status').stdout).toBe('foo/1.0: added\n')
  })
})
