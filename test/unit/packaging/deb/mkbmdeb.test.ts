import { writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exitStatusOf } from '../../../../src/cli/exit-codes.ts'
import { absolutePath, type Kernel } from '../../../../src/domain.ts'
import { FactoryError } from '../../../../src/errors.ts'
import { makeBmdebs } from '../../../../src/packaging/deb/make-bmdeb.ts'
import { makeDeb } from '../../../../src/packaging/deb/make-deb.ts'
import { makeDsc } from '../../../../src/packaging/deb/make-dsc.ts'
import type { DebRequest } from '../../../../src/packaging/deb/model.ts'
import { planFromTree, type TreePlanRequest } from '../../../../src/packaging/plan/plan.ts'
import { confOf, first, type SyntheticTree, second, syntheticTree } from '../../tree/synthetic-tree.ts'
import { epoch, moduleBytes, planOf, readBack, runningKernel } from './generated.ts'

const foo = { name: 'foo_bar', version: '1.0' }
const arm: Kernel = { release: '6.1.0-56-arm64+Dbg_1', arch: 'aarch64' }
let tree: SyntheticTree
beforeEach(() => {
  tree = syntheticTree()
  tree.add(foo, `${confOf(foo)}REMAKE_INITRD="yes"\n`)
})
afterEach(() => tree[Symbol.dispose]())

function build(kernel: Kernel, fileName: string, bytes: Buffer): void {
  tree.build(foo, kernel, [])
  writeFileSync(join(tree.roots.dkmsTree, 'foo_bar/1.0', kernel.release, kernel.arch, 'module', fileName), bytes)
}

async function request(
  kernels: readonly Kernel[],
  { content = 'binaries-only', options = {} }: Partial<Pick<TreePlanRequest, 'content' | 'options'>> = {},
): Promise<DebRequest> {
  const { roots } = tree
  const plan = await planFromTree({
    roots,
    runningKernel,
    options,
    package: foo,
    content,
    kernels,
    sourceDateEpoch: epoch,
  })
  const output = absolutePath(join(roots.tmp, 'out'))
  return { plan, roots, output, compression: 'gzip', runningKernel, dryRun: false, report: () => {} }
}

describe('mkbmdeb', () => {
  it('makes a package for each kernel, with the modules as they are', async () => {
    build(first, 'foo_bar.ko', moduleBytes(first, 'foo_bar'))
    build(second, 'foo_bar.ko.zst', zstdCompressSync(moduleBytes(second, 'foo_bar')))
    const { files } = await makeBmdebs(await request([first, second]))
    expect(files.map(({ path }) => basename(path))).toEqual([
      'foo-bar-modules-6.1.0-55-amd64_1.0_amd64.deb',
      'foo-bar-modules-6.1.0-56-amd64_1.0_amd64.deb',
    ])
    const [plain, compressed] = await Promise.all(files.map(({ path }) => readBack(path)))
    expect(plain?.modes.get('/lib/modules/6.1.0-55-amd64/updates/dkms/foo_bar.ko')).toBe('644')
    expect(compressed?.modes.get('/lib/modules/6.1.0-56-amd64/updates/dkms/foo_bar.ko.zst')).toBe('644')
    const lines = plain?.control.split('\n') ?? []
    expect(lines).toContain('Depends: linux-image-6.1.0-55-amd64 | linux-image-unsigned-6.1.0-55-amd64')
    expect(lines).toContain('Provides: foo-bar-modules (= 1.0)')
    expect(lines).toContain('Source: foo-bar-dkms')
    expect(plain?.control).not.toContain('dkms (')
  })

  it('names the architecture and the kernel as Debian does, and not in the script', async () => {
    build(arm, 'foo_bar.ko', moduleBytes(arm, 'foo_bar'))
    const { files } = await makeBmdebs(await request([arm]))
    const [{ path } = { path: '' }] = files
    expect(basename(path)).toBe('foo-bar-modules-6.1.0-56-arm64+dbg-1_1.0_arm64.deb')
    expect((await readBack(path)).scripts.postinst).toContain('\nkernel=6.1.0-56-arm64+Dbg_1\n')
  })

  it('updates the initramfs of that kernel where dkms.conf asks for it', async () => {
    build(first, 'foo_bar.ko', moduleBytes(first, 'foo_bar'))
    const script = async (): Promise<string> => {
      const { files } = await makeBmdebs(await request([first]))
      const { postinst = '', postrm = '' } = (await readBack(files[0]?.path ?? '')).scripts
      return `${postinst}${postrm}`
    }
    expect((await script()).match(/update-initramfs -u -k "\$kernel"/g)).toHaveLength(2)
    tree.write(`s/foo_bar-1.0/dkms.conf`, confOf(foo))
    expect(await script()).not.toContain('initramfs')
  })

  it('tells which devices the modules are for, in the form of Ubuntu', async () => {
    const aliases = ['pci:v00008086d*', 'of:N*Tx,y(z)C*', 'pci:v00001022d*', 'net-pf-10']
    build(first, 'foo_bar.ko', moduleBytes(first, 'foo_bar', ...aliases))
    const { files } = await makeBmdebs(await request([first]))
    expect((await readBack(files[0]?.path ?? '')).control).toContain(
      '\nModaliases: foo_bar(of:N*Tx?y?z?C*, pci:v00001022d*, pci:v00008086d*)\n',
    )
  })

  it('leaves out what is stated about DKMS and headers, and keeps the rest', async () => {
    build(first, 'foo_bar.ko', moduleBytes(first, 'foo_bar'))
    const requires = ['dkms', 'firmware-foo'].map((name) => ({ anyOf: [{ name }] }) as const)
    const recommends = ['linux-headers-amd64', 'foo-tools'].map((name) => ({ anyOf: [{ name }] }) as const)
    const { files } = await makeBmdebs(await request([first], { options: { relations: { requires, recommends } } }))
    const { control } = await readBack(files[0]?.path ?? '')
    expect(control).toMatch(/^Depends: linux-image-\S+ \| linux-image-unsigned-\S+, firmware-foo$/m)
    expect(control).toMatch(/^Recommends: foo-tools$/m)
  })

  it('refuses a source directory, a build that lacks a module and one without any', async () => {
    const directory = await planOf(tree.roots.tmp, join(tree.roots.sourceTree, 'foo_bar-1.0'))
    build(first, 'foo_bar.ko', moduleBytes(first, 'foo_bar'))
    const good = await request([first])
    await expect(makeBmdebs({ ...good, plan: directory })).rejects.toMatchObject({ code: 'NOT_BUILT' })
    build(second, 'other.ko', moduleBytes(second, 'other'))
    await expect(makeBmdebs(await request([second]))).rejects.toMatchObject({ code: 'BUILD_INCOMPLETE' })
    tree.build(foo, arm, [])
    const empty = { ...good.plan, builds: good.plan.builds.map((one) => ({ ...one, modules: [] })) }
    await expect(makeBmdebs({ ...good, plan: empty })).rejects.toMatchObject({ code: 'BUILD_INCOMPLETE' })
  })
})

describe('exit statuses', () => {
  it.each([
    ['NOT_IN_TREE', 2],
    ['NOT_BUILT', 6],
    ['BUILD_INCOMPLETE', 12],
    ['TOOL_MISSING', 4],
    ['PACKAGE_BUILD_FAILED', 7],
    ['ARGUMENT_MISSING', 1],
    ['CONFLICTING_FLAGS', 8],
  ] as const)('of DKMS 2.8: %s is %i', (code, status) => {
    for (const verb of ['mkdeb', 'mkdsc', 'mkbmdeb'] as const) {
      expect(exitStatusOf(new FactoryError(code, 'it failed'), verb)).toBe(status)
    }
  })
})

describe('mkdeb and mkdsc of a package with builds', () => {
  it('bring them in a tarball of the name common.postinst looks for', async () => {
    build(first, 'foo_bar.ko', moduleBytes(first, 'foo_bar', 'pci:v00008086d*'))
    const full = await request([first], { content: 'full' })
    const [{ path } = { path: '' }] = (await makeDeb(full)).files
    expect(basename(path)).toBe('foo-bar-dkms_1.0_all.deb')
    const deb = await readBack(path)
    expect(deb.modes.get('/usr/share/foo-bar-dkms/foo_bar-1.0.dkms.tar.gz')).toBe('644')
    expect([...deb.modes.keys()]).toContain('/usr/src/foo_bar-1.0/dkms.conf')
    expect(deb.control).toContain('\nModaliases: foo_bar(pci:v00008086d*)\n')
    const { files } = await makeDsc({ ...full, format: '1.0', compression: 'gzip' })
    expect(files.map(({ path: made }) => basename(made))).toEqual([
      'foo-bar-dkms_1.0.tar.gz',
      'foo-bar-dkms_1.0.dsc',
      'foo-bar-dkms_1.0_source.changes',
    ])
  })

  it('without the source bring the tarball, and a dkms.conf that asks for no builds', async () => {
    build(first, 'foo_bar.ko', moduleBytes(first, 'foo_bar'))
    const [{ path } = { path: '' }] = (await makeDeb(await request([first]))).files
    const { modes, scripts } = await readBack(path)
    const source = '/usr/src/foo_bar-1.0'
    expect([...modes.keys()].filter((one) => one.startsWith(source))).toEqual([source, `${source}/dkms.conf`])
    expect(scripts.postinst).not.toContain('dkms add')
  })
})
