import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { absolutePath } from '../../../../src/domain.ts'
import type { ErrorCode } from '../../../../src/errors.ts'
import type { ProgressEvent } from '../../../../src/report.ts'
import { install } from '../../../../src/runtime/install/install.ts'
import type { InstallOutcome } from '../../../../src/runtime/install/model.ts'
import { uninstall } from '../../../../src/runtime/install/uninstall.ts'
import { loadTree } from '../../../../src/tree/load.ts'
import { listTree } from '../../../support/tree-listing.ts'
import { first, type SyntheticTree, second, syntheticTree } from '../../tree/synthetic-tree.ts'
import { addBuilt, bytesAt, destination, installRequest, moduleFile, uninstallRequest } from './modules.ts'

const foo = { name: 'foo', version: '1.0' }
const foo2 = { name: 'foo', version: '2.0' }
const ours = moduleFile({ version: '1.0', srcversion: 'OURS' })
const intree = moduleFile({ version: '0.9', srcversion: 'INTREE' })
const kernelTree = `i/${first.release}`

let tree: SyntheticTree
let events: ProgressEvent[]

beforeEach(() => {
  tree = syntheticTree()
  events = []
  tree.mkdir(`${kernelTree}/kernel`)
  addBuilt(tree, foo, first, { 'foo.ko': ours })
})
afterEach(() => tree[Symbol.dispose]())

const report = (event: ProgressEvent) => void events.push(event)
const warnings = () => events.flatMap((event) => (event.kind === 'warning' ? [event.message] : []))
const installListing = () => listTree(tree.roots.installTree)
const marker = () => join(tree.roots.dkmsTree, 'foo', `kernel-${first.release}-x86_64`)
const anomalies = () => {
  const { packages, anomalies: loose } = loadTree(tree.roots)
  return [...loose, ...packages.flatMap((entry) => [...entry.anomalies, ...entry.builds.flatMap((b) => b.anomalies)])]
}

type More = Parameters<typeof installRequest>[2]

async function installing(id = foo, more: More = {}): Promise<InstallOutcome> {
  const { kernels } = await install(installRequest(tree, id, { report, ...more }))
  const [outcome] = kernels
  if (outcome === undefined) throw new Error('no outcome')
  return outcome
}

async function refusal(id = foo, more: More = {}): Promise<ErrorCode> {
  const before = [...installListing(), ...listTree(tree.roots.dkmsTree)]
  const outcome = await installing(id, more)
  if (!('error' in outcome)) throw new Error(`not refused: ${outcome.state}`)
  expect([...installListing(), ...listTree(tree.roots.dkmsTree)]).toEqual(before)
  return outcome.error.code
}

const uninstalling = (more: Parameters<typeof uninstallRequest>[2] = {}) =>
  uninstall(uninstallRequest(tree, foo, { report, ...more }))

describe('install', () => {
  it('copies the modules to where the distribution wants them and marks the version', async () => {
    expect(await installing()).toMatchObject({ state: 'installed', archived: [], refused: [] })
    expect(bytesAt(tree, destination('foo.ko'))).toEqual(ours)
    expect(readlinkSync(marker())).toBe(`1.0/${first.release}/x86_64`)
    expect(anomalies()).toEqual([])
    expect(readdirSync(tree.roots.dkmsTree)).toEqual(['foo'])
  })

  it('follows dkms.conf on a distribution without a place of its own', async () => {
    await installing(foo, { onHost: { destination: (location) => location } })
    expect(bytesAt(tree, `${kernelTree}/kernel/drivers/misc/foo.ko`)).toEqual(ours)
  })

  it('keeps the suffix of the tree', async () => {
    addBuilt(tree, { name: 'packed', version: '1' }, first, { 'packed.ko.gz': gzipSync(ours) })
    await installing({ name: 'packed', version: '1' })
    expect(existsSync(join(tree.roots.installTree, first.release, 'updates/dkms/packed.ko.gz'))).toBe(true)
  })

  it('does it for each kernel, and one that fails does not stop the others', async () => {
    addBuilt(tree, foo, second, { 'foo.ko': moduleFile({ version: '1.0', release: second.release }) })
    const { kernels } = await install(installRequest(tree, foo, { kernels: [second, first] }))
    expect(kernels).toMatchObject([
      { state: 'failed', error: { code: 'KERNEL_NOT_INSTALLED' } },
      { state: 'installed' },
    ])
  })

  it('links into the tree with symlink_modules, and takes the link away again', async () => {
    const before = installListing()
    await installing(foo, { symlinkModules: true })
    const file = join(tree.roots.installTree, first.release, 'updates/dkms/foo.ko')
    expect(lstatSync(file).isSymbolicLink()).toBe(true)
    expect(readFileSync(file)).toEqual(ours)
    await uninstalling()
    expect(installListing()).toEqual(before)
  })

  /** What came with the kernel. */
  function putOwnModule(flags: string, file = moduleFile({ flags, salt: 'own' })): void {
    tree.write(`${kernelTree}/modules.order`, 'kernel/lib/own.ko\nkernel/lib/other.ko\n')
    tree.write(`${kernelTree}/kernel/lib/own.ko`, file)
  }

  it.each<[ErrorCode, () => void, More]>([
    ['KERNEL_NOT_INSTALLED', () => rmSync(join(tree.roots.installTree, first.release), { recursive: true }), {}],
    ['BUILT_MODULE_MISSING', () => addBuilt(tree, foo, first, { 'foo.ko': ours, 'bar.ko': ours }), {}],
    ['BUILT_MODULE_MISSING', () => addBuilt(tree, foo, first, { 'foo.ko': Buffer.alloc(0) }), {}],
    ['CONF_INVALID', () => tree.write('s/foo-1.0/dkms.conf', 'PACKAGE_NAME=foo\n'), {}],
    ['VERMAGIC_MISMATCH', () => addBuilt(tree, foo, first, { 'foo.ko': moduleFile({ release: second.release }) }), {}],
    ['VERMAGIC_MISMATCH', () => addBuilt(tree, foo, first, { 'foo.ko': moduleFile({ release: null }) }), {}],
    ['VERMAGIC_MISMATCH', () => putOwnModule('SMP mod_unload'), {}],
    ['ELF_INVALID', () => addBuilt(tree, foo, first, { 'foo.ko': Buffer.from('text') }), { force: true }],
    ['MODULES_REFUSED', () => tree.write(`${kernelTree}/kernel/foo.ko`, moduleFile({ version: '2.0' })), {}],
    ['MODULES_REFUSED', () => addBuilt(tree, foo, first, { 'foo.ko': ours }, 'OBSOLETE_BY=5.0\n'), {}],
  ])('refuses with %s and changes nothing', async (code, furnish, more) => {
    furnish()
    if (code === 'BUILT_MODULE_MISSING')
      rmSync(join(tree.roots.dkmsTree, 'foo/1.0', first.release, 'x86_64/module/bar.ko'), { force: true })
    expect(await refusal(foo, more)).toBe(code)
  })

  it.each<[string, () => void, More]>([
    [
      'another vermagic',
      () => addBuilt(tree, foo, first, { 'foo.ko': moduleFile({ release: 'other' }) }),
      { force: true },
    ],
    ['another configuration', () => putOwnModule('SMP mod_unload'), { force: true }],
    ['the same configuration', () => putOwnModule('SMP preempt mod_unload modversions'), {}],
    ['a module of the kernel that nobody can read', () => putOwnModule('SMP', Buffer.from('text')), {}],
    ['a module that came from another kernel', () => putOwnModule('SMP', moduleFile({ release: 'other' })), {}],
    [
      'a newer module',
      () => tree.write(`${kernelTree}/kernel/foo.ko`, moduleFile({ version: '2.0' })),
      { force: true },
    ],
    [
      'a newer module',
      () => tree.write(`${kernelTree}/kernel/foo.ko`, moduleFile({ version: '2.0' })),
      { forceVersionOverride: true },
    ],
    [
      'a newer module',
      () => tree.write(`${kernelTree}/kernel/foo.ko`, moduleFile({ version: '2.0' })),
      { rpmSafeUpgrade: true },
    ],
  ])('installs over %s when told to', async (_, furnish, more) => {
    furnish()
    expect(await installing(foo, more)).toMatchObject({ state: 'installed' })
  })

  it.each(['foo', 'foo_version-override'])('a list of the distribution with %s forces it', async (word) => {
    tree.write(`${kernelTree}/kernel/foo.ko`, moduleFile({ version: '2.0' }))
    const forceLists = absolutePath(tree.mkdir('lists'))
    expect(await refusal(foo, { onHost: { forceLists } })).toBe('MODULES_REFUSED')
    tree.write('lists/vendor', `bar\n${word} baz\n`)
    expect(await installing(foo, { onHost: { forceLists } })).toMatchObject({ state: 'installed' })
  })

  it('installs what is not refused', async () => {
    addBuilt(tree, foo, first, { 'foo.ko': ours, 'bar.ko': ours })
    tree.write(`${kernelTree}/kernel/bar.ko`, moduleFile({ version: '3' }))
    expect(await installing()).toMatchObject({ state: 'installed', refused: [{ module: 'bar', reason: 'not-newer' }] })
    expect(readdirSync(join(tree.roots.installTree, first.release, 'updates/dkms'))).toEqual(['foo.ko'])
  })

  it('installs nothing and marks for a package without modules', async () => {
    const none = { name: 'none', version: '1' }
    addBuilt(tree, none, first, {})
    tree.mkdir(`t/none/1/${first.release}/x86_64/module`)
    expect(await installing(none)).toMatchObject({ state: 'installed', files: [] })
  })

  it('says that it is installed already, and repairs what is not whole', async () => {
    await installing()
    expect(await installing()).toEqual({ state: 'already-installed', kernel: first })
    for (const damage of [
      () => tree.write(destination('foo.ko'), ''),
      () => rmSync(join(tree.roots.installTree, first.release, 'updates'), { recursive: true }),
    ]) {
      damage()
      expect(await installing()).toMatchObject({ state: 'installed', archived: [] })
      expect(bytesAt(tree, destination('foo.ko'))).toEqual(ours)
    }
  })

  it('plans and changes nothing in a dry run', async () => {
    tree.write(`${kernelTree}/kernel/foo.ko`, intree)
    const before = [...installListing(), ...listTree(tree.roots.dkmsTree)]
    expect(await installing(foo, { dryRun: true })).toMatchObject({
      state: 'planned',
      steps: [/keep/, /install/].map((text) => expect.stringMatching(text)),
    })
    expect([...installListing(), ...listTree(tree.roots.dkmsTree)]).toEqual(before)
  })
})

describe('modules in the way', () => {
  it('are all kept with their origin, and come back byte for byte', async () => {
    tree.write(`${kernelTree}/kernel/drivers/foo.ko`, intree)
    tree.write(`${kernelTree}/extra/foo.ko`, 'anything')
    tree.write(`${kernelTree}/updates/dkms/foo.ko.xz`, 'of another package')
    tree.link('/nonexistent', `${kernelTree}/updates/dkms/foo.ko.gz`)
    chmodSync(join(tree.roots.installTree, first.release, 'extra/foo.ko'), 0o600)
    const before = installListing()
    const outcome = await installing()
    expect(outcome).toMatchObject({ state: 'installed' })
    expect(readdirSync(join(tree.roots.installTree, first.release, 'updates/dkms'))).toEqual(['foo.ko'])
    const archive = join(tree.roots.dkmsTree, 'foo/original_module', first.release, 'x86_64')
    expect(readFileSync(join(archive, 'foo.ko.origin'), 'utf8')).toBe(
      `${tree.roots.installTree}/${first.release}/extra/foo.ko\n`,
    )
    expect(readFileSync(join(archive, 'collisions/kernel/drivers/foo.ko'))).toEqual(intree)
    expect(loadTree(tree.roots).packages[0]?.builds[0]).toMatchObject({ originals: true })
    await uninstalling()
    expect(installListing()).toEqual(before)
    expect(existsSync(join(tree.roots.dkmsTree, 'foo/original_module'))).toBe(false)
  })

  it('are kept through a change of version', async () => {
    tree.write(`${kernelTree}/kernel/foo.ko`, intree)
    const before = installListing()
    await installing()
    addBuilt(tree, foo2, first, { 'foo.ko': moduleFile({ version: '2.0' }) })
    expect(await installing(foo2)).toMatchObject({ state: 'installed', archived: [] })
    await uninstalling({ package: foo2 })
    expect(installListing()).toEqual(before)
  })

  it.each([
    ['the same bytes', ours],
    ['signed', moduleFile({ version: '1.0', srcversion: 'OURS', signature: true })],
    ['empty', Buffer.alloc(0)],
  ])('are never our own file that an interrupted install left: %s', async (_, left) => {
    const before = installListing()
    tree.write(destination('foo.ko'), left)
    expect(await installing()).toMatchObject({ state: 'installed', archived: [] })
    await uninstalling()
    expect(installListing()).toEqual(before)
  })

  it('are never our own link', async () => {
    const before = installListing()
    tree.link(join(tree.roots.dkmsTree, 'foo/1.0', first.release, 'x86_64/module/foo.ko'), destination('foo.ko'))
    expect(await installing()).toMatchObject({ state: 'installed', archived: [] })
    await uninstalling()
    expect(installListing()).toEqual(before)
  })

  it.each<[string, (archive: string, origin: string) => void, RegExp]>([
    ['is our module', (archive) => writeFileSync(join(archive, 'foo.ko'), ours), /taken for an original/],
    ['is empty', (archive) => writeFileSync(join(archive, 'foo.ko'), ''), /it is empty/],
    [
      'was replaced by a newer kernel package',
      (_, origin) => writeFileSync(origin, 'newer'),
      /another file has been put there/,
    ],
  ])('an archived one that %s is not put back, and that is said', async (_, spoil, said) => {
    const newer = said.source.includes('another file')
    const path = tree.write(newer ? `${kernelTree}/kernel/foo.ko` : destination('foo.ko'), intree)
    await installing()
    spoil(join(tree.roots.dkmsTree, 'foo/original_module', first.release, 'x86_64'), path)
    await uninstalling()
    expect(warnings().join('\n')).toMatch(said)
    expect(existsSync(join(tree.roots.dkmsTree, 'foo/original_module'))).toBe(false)
  })

  it('an archived one from outside is kept', async () => {
    tree.write(`${kernelTree}/kernel/foo.ko`, intree)
    await installing()
    const archive = join(tree.roots.dkmsTree, 'foo/original_module', first.release, 'x86_64')
    writeFileSync(join(archive, 'foo.ko.origin'), '/etc/passwd\n')
    await uninstalling()
    expect(readFileSync(join(archive, 'foo.ko'))).toEqual(intree)
  })

  it('archives of an older DKMS, without origins, go to where the conf says', async () => {
    tree.write(`${kernelTree}/kernel/elsewhere/foo.ko`, intree)
    await installing()
    rmSync(join(tree.roots.dkmsTree, 'foo/original_module', first.release, 'x86_64/foo.ko.origin'))
    expect((await uninstalling()).kernels).toMatchObject([
      { restored: [expect.stringContaining('kernel/drivers/misc/foo.ko')] },
    ])
    expect(bytesAt(tree, `${kernelTree}/kernel/drivers/misc/foo.ko`)).toEqual(intree)
  })
})

describe('another version', () => {
  it('takes the place of the one that is installed, with all of its files', async () => {
    addBuilt(tree, foo, first, { 'foo.ko': ours, 'gone.ko': ours })
    await installing()
    addBuilt(tree, foo2, first, { 'foo.ko.gz': gzipSync(moduleFile({ version: '2.0' })) })
    await installing(foo2)
    expect(readdirSync(join(tree.roots.installTree, first.release, 'updates/dkms'))).toEqual(['foo.ko.gz'])
    expect(loadTree(tree.roots).packages.map(({ builds }) => builds[0]?.installed)).toEqual([false, true])
    addBuilt(tree, foo, first, { 'foo.ko': ours })
    expect(await refusal(foo)).toBe('MODULES_REFUSED')
  })

  it('puts aside what only its own new modules replace', async () => {
    const path = tree.write(destination('bar.ko'), 'of somebody else')
    await installing()
    addBuilt(tree, foo2, first, { 'foo.ko': moduleFile({ version: '2.0' }), 'bar.ko': moduleFile({ version: '2.0' }) })
    expect(await installing(foo2)).toMatchObject({ archived: [path] })
    await uninstalling({ package: foo2 })
    expect(readFileSync(path, 'utf8')).toBe('of somebody else')
  })

  it('without versions is installed over, and refused when it is the same', async () => {
    addBuilt(tree, foo, first, { 'foo.ko': moduleFile({ salt: 'one' }) })
    await installing()
    addBuilt(tree, foo2, first, { 'foo.ko': moduleFile({ salt: 'two' }) })
    expect(await installing(foo2)).toMatchObject({ state: 'installed' })
    addBuilt(tree, { name: 'foo', version: '3.0' }, first, { 'foo.ko': moduleFile({ salt: 'two' }) })
    expect(await refusal({ name: 'foo', version: '3.0' })).toBe('MODULES_REFUSED')
  })
})

describe('uninstall', () => {
  it('is no error where nothing is installed', async () => {
    expect((await uninstalling()).kernels).toEqual([{ state: 'not-installed', kernel: first }])
  })

  it.each([
    ['signed afterwards', moduleFile({ version: '1.0', srcversion: 'OURS', signature: true }), true],
    ['of another build of the version', moduleFile({ version: '1.0', srcversion: 'OTHER' }), true],
    ['cut short', ours.subarray(0, 100), true],
    ['of another version', moduleFile({ version: '7' }), false],
  ])('a file %s: taken away: %3$s', async (_, bytes, gone) => {
    await installing()
    tree.write(destination('foo.ko'), bytes)
    const { kernels } = await uninstalling()
    expect(existsSync(join(tree.roots.installTree, first.release, 'updates/dkms/foo.ko'))).toBe(!gone)
    expect(kernels).toMatchObject([{ notFound: gone ? [] : ['foo'] }])
    expect(existsSync(marker())).toBe(false)
  })

  it("leaves the kernel's own module alone that has come back to the place of dkms.conf", async () => {
    await installing(foo, { onHost: { destination: (location) => location } })
    tree.write(`${kernelTree}/kernel/drivers/misc/foo.ko`, intree)
    const { host } = installRequest(tree, foo, { onHost: { destination: (location) => location } })
    await uninstalling({ host })
    expect(bytesAt(tree, `${kernelTree}/kernel/drivers/misc/foo.ko`)).toEqual(intree)
  })

  it('keeps directories that belong to a package', async () => {
    tree.mkdir(`${kernelTree}/updates`)
    await installing()
    const query = tree.write('query', '#!/bin/sh\ncase "$1" in */updates) exit 0;; *) exit 1;; esac\n')
    chmodSync(query, 0o755)
    const { host } = installRequest(tree, foo, { onHost: { ownerQuery: [query] } })
    await uninstalling({ host })
    expect(readdirSync(join(tree.roots.installTree, first.release))).toContain('updates')
    expect(readdirSync(join(tree.roots.installTree, first.release, 'updates'))).toEqual([])
  })
})

describe('scripts', () => {
  function script(name: string, text: string): string {
    chmodSync(tree.write(`s/foo-1.0/${name}`, `#!/bin/sh\n${text}\n`), 0o755)
    return name
  }
  const log = () => readFileSync(join(tree.roots.sourceTree, 'foo-1.0/log'), 'utf8').trim().split('\n')
  const all = 'PRE_INSTALL="pre a"\nPOST_INSTALL=post\nPOST_REMOVE=gone\n'

  it('run around the work, with the documented variables', async () => {
    script(
      'pre',
      `ls ${tree.roots.installTree}/${first.release}/updates 2>/dev/null; echo "pre $* $kernelver $arch $module/$module_version $X" >> log`,
    )
    script('post', `echo post $(ls ${tree.roots.installTree}/${first.release}/updates/dkms) >> log`)
    script('gone', `echo gone $(ls ${tree.roots.installTree}/${first.release}) >> log`)
    addBuilt(tree, foo, first, { 'foo.ko': ours }, all)
    await installing(foo, { directives: ['X=1'] })
    await uninstalling()
    expect(log()).toEqual([`pre a ${first.release} x86_64 foo/1.0 1`, 'post foo.ko', 'gone kernel'])
  })

  it('pre_install can refuse, which --force overrides', async () => {
    script('pre', 'exit 3')
    addBuilt(tree, foo, first, { 'foo.ko': ours }, 'PRE_INSTALL=pre\n')
    expect(await refusal()).toBe('PRE_INSTALL_FAILED')
    expect(await installing(foo, { force: true })).toMatchObject({ state: 'installed' })
  })

  it('post_install and post_remove that fail are told and undo nothing', async () => {
    script('post', 'exit 4')
    script('gone', 'exit 5')
    addBuilt(tree, foo, first, { 'foo.ko': ours }, 'POST_INSTALL=post\nPOST_REMOVE=gone\n')
    expect(await installing()).toMatchObject({ state: 'installed' })
    expect((await uninstalling()).kernels).toMatchObject([{ state: 'uninstalled' }])
    expect(warnings()).toEqual([expect.stringContaining('status 4'), expect.stringContaining('status 5')])
  })

  it('--force uninstalls first: post_remove runs before pre_install', async () => {
    for (const name of ['pre', 'post', 'gone']) script(name, `echo ${name} >> log`)
    addBuilt(tree, foo, first, { 'foo.ko': ours }, all)
    await installing()
    await installing(foo, { force: true })
    expect(log()).toEqual(['pre', 'post', 'gone', 'pre', 'post'])
  })
})
