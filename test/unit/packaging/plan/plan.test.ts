import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { absolutePath, below, type Kernel } from '../../../../src/domain.ts'
import type { PackagePlan } from '../../../../src/packaging/plan/model.ts'
import {
  type DirectoryPlanRequest,
  planFromDirectory,
  planFromTree,
  type TreePlanRequest,
} from '../../../../src/packaging/plan/plan.ts'
import { elfForms, modinfoSection, versionsSection, writeElf } from '../../kernel/elf-writer.ts'
import { confOf, first, type SyntheticTree, second, syntheticTree } from '../../tree/synthetic-tree.ts'

const foo = { name: 'foo', version: '1.0' }
const epoch = 1_700_000_000
let tree: SyntheticTree
let source: string

beforeEach(() => {
  tree = syntheticTree()
  tree.add(foo, confOf(foo))
  source = join(tree.roots.sourceTree, 'foo-1.0')
  writeFileSync(join(source, 'foo.c'), 'MODULE_LICENSE("GPL");\nMODULE_DESCRIPTION("Foo");\n')
  mkdirSync(join(source, 'patches'))
  writeFileSync(join(source, 'patches/a.patch'), '')
})
afterEach(() => tree[Symbol.dispose]())

function fromDirectory(change: Partial<DirectoryPlanRequest> = {}): Promise<PackagePlan> {
  const request = { roots: tree.roots, runningKernel: first, options: {}, directory: absolutePath(source) }
  return planFromDirectory({ ...request, sourceDateEpoch: epoch, ...change })
}

function fromTree(change: Partial<TreePlanRequest> = {}): Promise<PackagePlan> {
  const request = { roots: tree.roots, runningKernel: first, options: {}, package: foo, sourceDateEpoch: epoch }
  return planFromTree({ ...request, content: 'full', kernels: [first], ...change })
}

function moduleBytes(kernel: Kernel, name = 'foo'): Buffer {
  const entries = [
    'license=GPL v2',
    'alias=pci:v00008086d*',
    `name=${name}`,
    `vermagic=${kernel.release} SMP `,
    'description=Built foo',
  ]
  const [form] = elfForms
  if (form === undefined) throw new Error('no ELF form')
  return writeElf(form, { '.modinfo': modinfoSection(...entries), __versions: versionsSection(form, { printk: 7 }) })
}

function build(kernel: Kernel, files: Readonly<Record<string, Buffer>> = { 'foo.ko': moduleBytes(kernel) }): void {
  tree.build(foo, kernel, [])
  for (const [name, bytes] of Object.entries(files)) {
    writeFileSync(join(tree.roots.dkmsTree, 'foo/1.0', kernel.release, kernel.arch, 'module', name), bytes)
  }
}

describe('a plan from a plain directory', () => {
  it('has every file with its final mode and time, and needs no tree', async () => {
    chmodSync(join(source, 'foo.c'), 0o4751)
    chmodSync(join(source, 'dkms.conf'), 0o600)
    utimesSync(join(source, 'foo.c'), 1_600_000_000, 1_600_000_000)
    symlinkSync('../foo.c', join(source, 'patches/link.c'))
    mkdirSync(join(source, 'empty'))
    const nowhere = absolutePath('/nonexistent')
    const roots = { ...tree.roots, dkmsTree: nowhere, sourceTree: nowhere, etc: nowhere }
    const plan = await fromDirectory({ roots })
    expect(plan).toMatchObject({ package: foo, content: 'source-only', builds: [], kernels: [], clampTime: epoch })
    expect(plan.origin).toEqual({ kind: 'directory', directory: source })
    expect(plan.source.kind).toBe('complete')
    const text = (path: string) => ({ from: join(source, path), bytes: readFileSync(join(source, path)).length })
    expect(plan.source.entries).toEqual([
      { kind: 'file', path: 'dkms.conf', mode: 0o644, mtime: epoch, content: text('dkms.conf') },
      { kind: 'directory', path: 'empty', mode: 0o755, mtime: epoch },
      { kind: 'file', path: 'foo.c', mode: 0o755, mtime: 1_600_000_000, content: text('foo.c') },
      { kind: 'directory', path: 'patches', mode: 0o755, mtime: epoch },
      { kind: 'file', path: 'patches/a.patch', mode: 0o644, mtime: epoch, content: text('patches/a.patch') },
      { kind: 'symlink', path: 'patches/link.c', target: '../foo.c', mtime: epoch },
    ])
  })

  it('is the same whatever the umask, owner bits of directories and order of creation', async () => {
    const once = await fromDirectory()
    chmodSync(source, 0o700)
    chmodSync(join(source, 'patches'), 0o700)
    rmSync(join(source, 'patches/a.patch'))
    writeFileSync(join(source, 'patches/a.patch'), '', { mode: 0o600 })
    expect(await fromDirectory()).toEqual(once)
  })

  it('leaves out version control data, editor backups and what packaging.yaml excludes, and says so', async () => {
    mkdirSync(join(source, '.git/objects'), { recursive: true })
    symlinkSync('/etc/passwd', join(source, '.git/evil'))
    for (const name of ['.gitignore', 'foo.c~', 'blob.bin']) writeFileSync(join(source, name), '')
    writeFileSync(join(source, 'packaging.yaml'), 'exclude: ["*.bin", /patches]\n')
    const { entries, leftOut } = (await fromDirectory()).source
    expect(leftOut).toEqual(['.git/', '.gitignore', 'blob.bin', 'foo.c~', 'patches/'])
    expect(entries.map(({ path }) => path)).toEqual(['dkms.conf', 'foo.c', 'packaging.yaml'])
  })

  it('refuses to leave out what dkms.conf names', async () => {
    const conf = `${confOf(foo)}PATCH[0]="a.patch"\nPOST_ADD="./setup.sh~ -x"\n`
    writeFileSync(join(source, 'dkms.conf'), conf)
    writeFileSync(join(source, 'setup.sh~'), '')
    writeFileSync(join(source, 'packaging.yaml'), 'exclude: [patches/]\n')
    await expect(fromDirectory()).rejects.toMatchObject({
      code: 'SOURCE_UNPACKABLE',
      message: `${source}/patches/a.patch is left out, and dkms.conf needs it (and 1 more)`,
      details: [`${source}/setup.sh~ is left out, too`],
    })
  })

  it('refuses links that leave', async () => {
    symlinkSync('/etc/passwd', join(source, 'evil'))
    await expect(fromDirectory()).rejects.toMatchObject({
      code: 'SOURCE_UNPACKABLE',
      hint: 'put a copy in the place of a link that leaves (cp --dereference), or delete the link',
    })
  })

  it('without SOURCE_DATE_EPOCH has the time of the newest file that is packed', async () => {
    for (const [name, time] of [
      ['dkms.conf', 5],
      ['foo.c', 1_650_000_000],
      ['patches/a.patch', 7],
    ] as const) {
      utimesSync(join(source, name), time, time)
    }
    writeFileSync(join(source, 'foo.c~'), '')
    const plan = await fromDirectory({ sourceDateEpoch: undefined })
    expect(plan.clampTime).toBe(1_650_000_000)
    expect(plan.metadata.rpm.changelog[0]?.time).toBe(1_650_000_000)
  })

  it('takes nothing from the overrides of this host', async () => {
    tree.write('e/foo.conf', 'BUILT_MODULE_NAME[0]="other"\n')
    expect((await fromDirectory()).conf.modules[0]?.builtName).toBe('foo')
    expect((await fromTree({ content: 'source-only' })).conf.modules[0]?.builtName).toBe('foo')
  })

  it('says what options, packaging.yaml and modules say, for each family', async () => {
    writeFileSync(join(source, 'packaging.yaml'), 'vendor: Example\nrpm:\n  summary: For RPM\n')
    const { metadata } = await fromDirectory({ options: { url: 'https://example.org' } })
    expect(metadata.rpm).toMatchObject({
      summary: 'For RPM',
      vendor: 'Example',
      license: 'GPL-2.0-only',
      url: 'https://example.org',
    })
    expect(metadata.deb).toMatchObject({ summary: 'Foo', vendor: 'Example', license: 'GPL-2.0-only' })
  })

  it.each<[string, string, string]>([
    ['a dkms.conf without a name', 'AUTOINSTALL=yes\n', 'CONF_UNNAMED'],
    ['a name that leads out', confOf({ name: '../x', version: '1' }), 'CONF_INVALID'],
    [
      'a dkms.conf that is not valid',
      'PACKAGE_NAME=a\nPACKAGE_VERSION=1\nDEST_MODULE_LOCATION[0]=/x\n',
      'CONF_INVALID',
    ],
  ])('is refused for %s', async (_, conf, code) => {
    writeFileSync(join(source, 'dkms.conf'), conf)
    await expect(fromDirectory()).rejects.toMatchObject({ code })
  })

  it('is refused where there is no dkms.conf, or packaging.yaml is wrong', async () => {
    await expect(fromDirectory({ directory: below(absolutePath(source), 'patches') })).rejects.toMatchObject({
      code: 'CONF_NOT_FOUND',
    })
    writeFileSync(join(source, 'packaging.yaml'), 'licence: x\n')
    await expect(fromDirectory()).rejects.toMatchObject({
      code: 'METADATA_INVALID',
      message: `${source}/packaging.yaml:1: unknown key "licence"; did you mean license?`,
    })
  })
})

describe('a plan from the tree', () => {
  it('has the builds of the kernels asked for, with what their modules say', async () => {
    build(first, { 'foo.ko': moduleBytes(first) })
    build(second, { 'foo.ko.zst': zstdCompressSync(moduleBytes(second)), 'extra.ko': moduleBytes(second, 'extra') })
    const plan = await fromTree({ kernels: [second, first, second] })
    expect(plan.kernels).toEqual([second, first])
    expect(plan.origin).toEqual({ kind: 'tree', versionDir: `${tree.roots.dkmsTree}/foo/1.0` })
    expect(plan.builds.map(({ kernel }) => kernel)).toEqual([second, first])
    expect(plan.builds[0]?.modules).toMatchObject([
      {
        name: 'foo',
        fileName: 'foo.ko.zst',
        compression: '.zst',
        mtime: epoch,
        record: { index: 0, destLocation: '/kernel/drivers/misc' },
        info: {
          alias: ['pci:v00008086d*'],
          vermagic: `${second.release} SMP `,
          symbolVersions: [{ name: 'printk', crc: 7 }],
        },
      },
      { name: 'extra', record: undefined },
    ])
    expect(plan.builds[1]?.entries.map(({ path }) => path)).toEqual(['log', 'log/make.log', 'module', 'module/foo.ko'])
    expect(plan.source.entries.map(({ path }) => path)).toEqual(['dkms.conf', 'foo.c', 'patches', 'patches/a.patch'])
  })

  it('evaluates dkms.conf for each kernel', async () => {
    const conf = `${confOf(foo)}[ "$kernelver" = "${second.release}" ] && DEST_MODULE_LOCATION[0]="/extra"\n`
    writeFileSync(join(source, 'dkms.conf'), conf)
    build(first)
    build(second)
    const plan = await fromTree({ kernels: 'all' })
    const places = plan.builds.map(({ modules }) => modules[0]?.record?.destLocation)
    expect(places).toEqual(['/kernel/drivers/misc', '/extra'])
  })

  it('source-only needs no build; binaries-only has just the dkms.conf, and what the built modules say', async () => {
    const sourceOnly = await fromTree({ content: 'source-only', kernels: 'all' })
    expect(sourceOnly).toMatchObject({ builds: [], kernels: [], source: { kind: 'complete' } })
    expect((await fromTree({ content: 'source-only', kernels: [second] })).kernels).toEqual([second])
    build(first)
    const binaries = await fromTree({ content: 'binaries-only' })
    expect(binaries.source).toMatchObject({ kind: 'conf-only', entries: [{ path: 'dkms.conf', mode: 0o644 }] })
    expect(binaries.source.entries).toHaveLength(1)
    expect(binaries.metadata.deb).toMatchObject({ license: 'GPL-2.0-only', summary: 'Built foo' })
  })

  it('from tree and directory is the same source', async () => {
    const plan = await fromTree({ content: 'source-only', kernels: [] })
    const { origin: _, ...rest } = plan
    const { origin: __, ...same } = await fromDirectory()
    expect(rest).toEqual(same)
  })

  it.each<[string, Partial<TreePlanRequest>, string]>([
    ['a package that is not there', { package: { name: 'bar', version: '1' } }, 'NOT_IN_TREE'],
    ['a kernel it is not built for', { kernels: [second] }, 'NOT_BUILT'],
    ['no kernel', { kernels: [] }, 'NOT_BUILT'],
  ])('is refused for %s', async (_, change, code) => {
    build(first)
    await expect(fromTree(change)).rejects.toMatchObject({ code })
  })

  it('is refused for a built file that is no module', async () => {
    build(first, { 'foo.ko': Buffer.from('text') })
    await expect(fromTree()).rejects.toMatchObject({ code: 'ELF_INVALID' })
  })
})
