import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DkmsConf } from '../../../../src/conf/model.ts'
import { absolutePath, type Kernel, type PackageId, type Roots } from '../../../../src/domain.ts'
import type { ProgressEvent } from '../../../../src/report.ts'
import type { InitrdOutcome } from '../../../../src/runtime/legacy/initrd.ts'
import {
  type LegacyContext,
  type LegacyHost,
  remakeInitrd,
  remakeInitrdWithout,
  settingSteps,
  settingUndoSteps,
} from '../../../../src/runtime/legacy/legacy.ts'
import { commit, type Step } from '../../../../src/tree/journal.ts'

const kernel = { release: '6.1.0-1-amd64', arch: 'x86_64' }
const image = `initrd.img-${kernel.release}`

let dir = ''
let events: ProgressEvent[] = []

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dkms-factory-legacy-'))
  for (const name of ['tree', 'etc', 'boot', 'bin']) mkdirSync(join(dir, name))
  events = []
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

function put(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(dir, path)), { recursive: true })
  writeFileSync(join(dir, path), content)
}

function read(path: string): string {
  return readFileSync(join(dir, path), 'latin1')
}

/** Everything below etc/ and boot/, and its content. */
function listing(): Record<string, string> {
  const files = ['etc', 'boot'].flatMap((top) =>
    readdirSync(join(dir, top), { recursive: true, encoding: 'utf8' }).map((name) => join(top, name)),
  )
  return Object.fromEntries(
    files.filter((name) => statSync(join(dir, name)).isFile()).map((name) => [name, read(name)]),
  )
}

/** A build in the tree, installed for the kernel. */
function installed(name: string, version: string, release = kernel.release): void {
  mkdirSync(join(dir, 'tree', name, version, release, kernel.arch, 'module'), { recursive: true })
  symlinkSync(`${version}/${release}/${kernel.arch}`, join(dir, 'tree', name, `kernel-${release}-${kernel.arch}`))
}

function program(name: string, body: string): void {
  put(`bin/${name}`, `#!/bin/sh\necho "${name} $*" >>'${dir}/calls'\n${body}\n`)
  chmodSync(join(dir, 'bin', name), 0o755)
}

function calls(): string[] {
  return existsSync(join(dir, 'calls')) ? read('calls').trimEnd().split('\n') : []
}

type LegacyConf = Pick<DkmsConf, 'modules' | 'legacy'>

function conf(legacy: Partial<DkmsConf['legacy']>): LegacyConf {
  const record = { index: 0, builtName: 'bcm', builtLocation: '', destLocation: '/kernel/extra', strip: true }
  return {
    modules: [{ ...record, destName: 'bcm', exclusive: {} }],
    legacy: {
      remakeInitrd: false,
      modulesConf: [],
      modulesConfObsoletes: [],
      modulesConfAliasType: [],
      modulesConfObsoleteOnly: [],
      ...legacy,
    },
  }
}

const everything = conf({
  remakeInitrd: true,
  modulesConf: ['options bcm debug=1', 'options bcm name=ä'],
  modulesConfObsoletes: ['tg3,b44'],
  modulesConfAliasType: ['eth'],
})

interface Request {
  readonly conf: LegacyConf
  readonly package: PackageId
  readonly kernel: Kernel
  readonly context: LegacyContext
}

interface More {
  readonly package?: PackageId
  readonly kernel?: Kernel
  readonly initrd?: LegacyHost['initrd']
}

function request(wanted: LegacyConf, more: More = {}): Request {
  const at = (name: string) => absolutePath(join(dir, name))
  const roots: Roots = {
    dkmsTree: at('tree'),
    sourceTree: at('src'),
    installTree: at('mod'),
    etc: at('etc/dkms'),
    tmp: at('tmp'),
  }
  const initrd = 'initrd' in more ? more.initrd : { boot: at('boot'), searchPath: join(dir, 'bin') }
  return {
    conf: wanted,
    package: more.package ?? { name: 'bcm', version: '1.0' },
    kernel: more.kernel ?? kernel,
    context: { roots, report: (event) => events.push(event), legacy: { etcRoot: at('etc'), initrd } },
  }
}

interface Result {
  readonly changed: readonly string[]
  readonly initrd: InitrdOutcome | undefined
}

/** What the steps put into place or delete outside of the tree. */
function changedBy(steps: readonly Step[]): string[] {
  const paths = steps.flatMap((step) =>
    step.kind === 'place' ? [step.target] : step.kind === 'delete' ? [step.path] : [],
  )
  return paths.filter((path) => !path.startsWith(join(dir, 'tree/')))
}

/** As an install does it. */
async function applyLegacy({ conf: wanted, package: id, kernel: on, context }: Request): Promise<Result> {
  const steps = settingSteps(context, id, wanted)
  commit(context.roots, 'install', steps)
  return { changed: changedBy(steps), initrd: await remakeInitrd(context, on, wanted) }
}

/** As an uninstall does it. */
async function undoLegacy({ conf: wanted, package: id, kernel: on, context }: Request): Promise<Result> {
  const steps = settingUndoSteps(context, id, on)
  commit(context.roots, 'uninstall', steps)
  return { changed: changedBy(steps), initrd: await remakeInitrdWithout(context, on, wanted) }
}

function warnings(): string[] {
  return events.flatMap((event) => (event.kind === 'warning' ? [event.message] : []))
}

describe('the MODULES_CONF directives', () => {
  it('go to a file of our own on a host without the old files, which their undo deletes', async () => {
    const before = listing()
    await applyLegacy(request(everything))
    const text = Buffer.from(read('etc/modprobe.d/dkms-factory.conf'), 'latin1').toString()
    expect(text.split('\n').slice(1)).toEqual(['alias eth0 bcm', 'options bcm debug=1', 'options bcm name=ä', ''])
    installed('bcm', '1.0')
    await undoLegacy(request(everything))
    expect(listing()).toEqual(before)
    expect(readdirSync(join(dir, 'tree'))).toEqual(['bcm'])
  })

  it('go to each of the old files that a host has, and not to ours', async () => {
    put('etc/modules.conf', 'alias eth0 tg3\n')
    put('etc/modprobe.conf', 'alias eth0 e100')
    const { changed } = await applyLegacy(request(everything))
    expect(changed).toEqual([join(dir, 'etc/modules.conf'), join(dir, 'etc/modprobe.conf')])
    expect(read('etc/modules.conf')).toMatch(/^alias eth0 bcm\noptions bcm debug=1\n/)
    expect(read('etc/modprobe.conf')).toMatch(/^alias eth0 e100\nalias eth1 bcm\noptions bcm debug=1\n/)
    expect(existsSync(join(dir, 'etc/modprobe.d'))).toBe(false)
  })

  it('change nothing in files of packages but aliases of obsolete modules', async () => {
    put('etc/modprobe.d/dkms.conf', 'alias eth2 b44\noptions bcm debug=1\n')
    put('etc/modprobe.d/admin.conf', 'alias eth0 tg3\n')
    await applyLegacy(request(everything))
    expect(read('etc/modprobe.d/dkms.conf')).toBe('alias eth2 bcm\noptions bcm debug=1\n')
    expect(read('etc/modprobe.d/admin.conf')).toBe('alias eth0 tg3\n')
    // The alias is taken over and one line is there: what is left is the other line.
    expect(read('etc/modprobe.d/dkms-factory.conf').split('\n')).toHaveLength(3)
  })

  it('are taken back byte for byte, whatever the encoding, the mode and the links', async () => {
    put('etc/real.conf', Buffer.from([...Buffer.from('# caf'), 0xe9, 0x0a, ...Buffer.from('alias eth0 tg3')]))
    chmodSync(join(dir, 'etc/real.conf'), 0o640)
    symlinkSync('real.conf', join(dir, 'etc/modprobe.conf'))
    put('etc/sysconfig/kernel', 'INITRD_MODULES="tg3 ext3"\n')
    const before = listing()
    await applyLegacy(request(everything, { initrd: undefined }))
    expect(read('etc/sysconfig/kernel')).toBe('INITRD_MODULES="bcm ext3"\n')
    expect(statSync(join(dir, 'etc/real.conf')).mode & 0o777).toBe(0o640)
    await undoLegacy(request(everything, { initrd: undefined }))
    expect(listing()).toEqual(before)
    expect(statSync(join(dir, 'etc/real.conf')).mode & 0o777).toBe(0o640)
  })

  it('are made once for several kernels, and taken back with the last', async () => {
    const other = { release: '6.1.0-2-amd64', arch: 'x86_64' }
    const none = { initrd: undefined }
    put('etc/modprobe.conf', 'alias eth0 tg3\n')
    const before = listing()
    await applyLegacy(request(everything, none))
    installed('bcm', '1.0')
    const { changed } = await applyLegacy(request(everything, { ...none, kernel: other }))
    installed('bcm', '1.0', other.release)
    expect(changed).toEqual([])
    const after = listing()
    await undoLegacy(request(everything, { ...none, kernel: other }))
    expect(listing()).toEqual(after)
    rmSync(join(dir, 'tree/bcm', `kernel-${other.release}-x86_64`))
    await undoLegacy(request(everything, none))
    expect(listing()).toEqual(before)
  })

  it('of a newer version are taken back with those of the older', async () => {
    put('etc/modprobe.conf', 'alias eth0 tg3\n')
    const before = listing()
    await applyLegacy(request(conf({ modulesConf: ['options bcm a=1'] })))
    const newer = { package: { name: 'bcm', version: '2.0' } }
    await applyLegacy(request(everything, newer))
    expect(read('etc/modprobe.conf')).toContain('options bcm a=1\noptions bcm debug=1\n')
    await undoLegacy(request(everything, newer))
    expect(listing()).toEqual(before)
  })

  it('leave what an administrator added, and say what they do not find', async () => {
    put('etc/modprobe.conf', 'alias eth0 tg3\n')
    await applyLegacy(request(everything))
    const edited = read('etc/modprobe.conf').replace('options bcm debug=1', 'options bcm debug=2')
    put('etc/modprobe.conf', Buffer.from(`${edited}alias eth7 mine\n`, 'latin1'))
    await undoLegacy(request(everything))
    expect(read('etc/modprobe.conf')).toBe('alias eth0 tg3\noptions bcm debug=2\nalias eth7 mine\n')
    expect(warnings().join()).toContain('changed by somebody else')
  })

  it('do nothing unless they are made to act', async () => {
    put('etc/modprobe.conf', 'alias eth0 tg3\n')
    put(`boot/${image}`, 'old\n')
    program('update-initramfs', 'exit 1')
    const before = listing()
    const { context, ...rest } = request(everything)
    const { changed, initrd } = await applyLegacy({ ...rest, context: { ...context, legacy: undefined } })
    expect({ changed, initrd }).toEqual({ changed: [], initrd: undefined })
    expect(listing()).toEqual(before)
  })

  it('are taken back also when they act no more', async () => {
    const before = listing()
    await applyLegacy(request(everything))
    expect(listing()).not.toEqual(before)
    const { context, ...rest } = request(everything)
    await undoLegacy({ ...rest, context: { ...context, legacy: undefined } })
    expect(listing()).toEqual(before)
  })

  it('refuse a record that they did not write', async () => {
    put('tree/.legacy/bcm.json', '{"format": 99}')
    await expect(undoLegacy(request(everything))).rejects.toMatchObject({ code: 'JOURNAL_UNREADABLE' })
  })
})

describe('REMAKE_INITRD', () => {
  const remake = conf({ remakeInitrd: true })

  it.each([
    [['dracut', 'update-initramfs', 'mkinitrd'], `initramfs-${kernel.release}.img`, 'dracut --force IMAGE RELEASE'],
    [['dracut', 'update-initramfs', 'mkinitrd'], image, 'update-initramfs -u -k RELEASE'],
    [['dracut', 'mkinitrd'], image, 'dracut --force IMAGE RELEASE'],
    [['update-initramfs', 'mkinitrd'], image, 'update-initramfs -u -k RELEASE'],
    [['mkinitrd'], `initrd-${kernel.release}`, 'mkinitrd -k vmlinuz-RELEASE -i initrd-RELEASE'],
    [['mkinitrd'], `initrd-${kernel.release}.img`, 'mkinitrd -f IMAGE RELEASE'],
  ])('with %j on the host and the image %s runs %s', async (tools, name, command) => {
    for (const tool of tools) program(tool, `echo new >'${dir}/boot/${name}'`)
    put(`boot/${name}`, 'old\n')
    const { initrd } = await applyLegacy(request(remake))
    const path = join(dir, 'boot', name)
    expect(initrd).toEqual({ state: 'rebuilt', image: path, backup: `${path}.old-dkms` })
    expect(calls()).toEqual([command.replaceAll('IMAGE', path).replaceAll('RELEASE', kernel.release)])
    expect(listing()).toEqual({ [`boot/${name}`]: 'new\n', [`boot/${name}.old-dkms`]: 'old\n' })
  })

  it('finds the image of a host that boots by the Boot Loader Specification', async () => {
    const machine = '0123456789abcdef0123456789abcdef'
    put('etc/machine-id', `${machine}\n`)
    put(`boot/${machine}/${kernel.release}/initrd`, 'old\n')
    program('dracut', '')
    expect((await applyLegacy(request(remake))).initrd).toMatchObject({ state: 'rebuilt' })
    expect(calls()[0]).toContain(`/${machine}/${kernel.release}/initrd`)
  })

  it('makes it anew after an uninstall, and the backup goes', async () => {
    put(`boot/${image}`, 'with\n')
    put(`boot/${image}.old-dkms`, 'before\n')
    program('update-initramfs', `echo without >'${dir}/boot/${image}'`)
    await undoLegacy(request(remake))
    expect(listing()).toEqual({ [`boot/${image}`]: 'without\n' })
  })

  it('fails with the words of the program, and the image is what it was', async () => {
    put(`boot/${image}`, 'old\n')
    program('update-initramfs', `echo broken >'${dir}/boot/${image}'; echo 'no space' >&2; exit 3`)
    const failed = applyLegacy(request(remake))
    await expect(failed).rejects.toMatchObject({ code: 'INITRD_FAILED', details: expect.arrayContaining(['no space']) })
    expect(listing()).toEqual({ [`boot/${image}`]: 'old\n' })
  })

  it('only warns after an uninstall, and keeps the backup', async () => {
    put(`boot/${image}`, 'with\n')
    put(`boot/${image}.old-dkms`, 'before\n')
    program('update-initramfs', `echo broken >'${dir}/boot/${image}'; exit 1`)
    await undoLegacy(request(remake))
    expect(listing()).toEqual({ [`boot/${image}`]: 'with\n', [`boot/${image}.old-dkms`]: 'before\n' })
    expect(warnings()).toHaveLength(1)
  })

  it('does nothing without an image, without a program, and when it is told not to', async () => {
    expect((await applyLegacy(request(remake))).initrd).toEqual({ state: 'no-image' })
    put(`boot/${image}`, 'old\n')
    expect((await applyLegacy(request(remake))).initrd).toMatchObject({ state: 'no-program' })
    expect(warnings()).toHaveLength(1)
    program('dracut', 'exit 1')
    expect((await applyLegacy(request(remake, { initrd: undefined }))).initrd).toBeUndefined()
    expect((await applyLegacy(request(conf({})))).initrd).toBeUndefined()
    expect(listing()).toEqual({ [`boot/${image}`]: 'old\n' })
  })
})
