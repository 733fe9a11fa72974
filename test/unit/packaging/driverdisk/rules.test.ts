import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { generateKey } from 'openpgp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AbsolutePath, absolutePath, below } from '../../../../src/domain.ts'
import { makeDriverDisk } from '../../../../src/packaging/driverdisk/make.ts'
import type { DiskFormat } from '../../../../src/packaging/driverdisk/model.ts'
import { parseRelease } from '../../../../src/packaging/driverdisk/verify/releases.ts'
import { type RuleCode, rules } from '../../../../src/packaging/driverdisk/verify/rules.ts'
import { verifyImage } from '../../../../src/packaging/driverdisk/verify/verify.ts'
import { armorSignature } from '../../../../src/packaging/openpgp/armor.ts'
import { frameMessage } from '../../../../src/packaging/openpgp/signed-message.ts'
import { keyFileSigner, type PackageSigner } from '../../../../src/packaging/openpgp/signer.ts'
import type { RpmBinaryDescription, RpmEntry } from '../../../../src/packaging/rpm/format/description.ts'
import type { RpmWriteOptions } from '../../../../src/packaging/rpm/format/write.ts'
import { el9, fieldsOf, moduleBytes, plannedBuild, requestOf, sle, time } from './parts.ts'
import { rooms, writeRpm } from './rooms.ts'

let root: AbsolutePath
const bases = new Map<DiskFormat, string>()

beforeAll(async () => {
  root = absolutePath(mkdtempSync(join(tmpdir(), 'rules-test-')))
  for (const format of ['redhat2', 'redhat3', 'suse', 'dud', 'ubuntu', 'debian'] as const) {
    const image = below(root, `${format}.iso`)
    const own = requestOf(root, { formats: [format], destination: image, suseTags: ['sles15'], release: 'sles11' })
    const release = format === 'redhat3' || format === 'redhat2' ? el9 : sle
    const builds = [plannedBuild(below(root, 'built'), release)]
    const packages = format === 'dud' ? await supplementedRpm() : []
    await makeDriverDisk({ ...own, packages, plan: { ...own.plan, builds } })
    const directory = join(root, `base-${format}`)
    mkdirSync(directory)
    execFileSync('bsdtar', ['-xf', image, '-C', directory])
    execFileSync('chmod', ['-R', 'u+w', directory])
    bases.set(format, directory)
  }
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** A package without modules, for updates whose modules come otherwise. */
async function supplementedRpm(): Promise<AbsolutePath[]> {
  const description = rpm({
    name: 'hello-tools',
    entries: [],
    relations: { supplements: [{ name: 'modalias(pci:x)' }] },
  })
  return [await writeRpm(description, root)]
}

let count = 0
function disk(format: DiskFormat): AbsolutePath {
  count += 1
  const path = below(root, `disk-${count}`)
  cpSync(bases.get(format) ?? '', path, { recursive: true, verbatimSymlinks: true })
  return path
}

function module(release: string, more: Record<string, string | readonly string[]> = {}, options = {}): Buffer {
  return moduleBytes(fieldsOf('hello', release, more), options)
}

function moduleEntry(path: string, bytes: Uint8Array): RpmEntry {
  count += 1
  const from = below(root, `content-${count}`)
  writeFileSync(from, bytes)
  return { kind: 'file', path, mode: 0o644, mtime: time, content: { from, bytes: bytes.length } }
}

const exact = { name: 'kernel-modules', constraint: { operator: '=', version: el9 } } as const

function rpm(more: Partial<RpmBinaryDescription> = {}): RpmBinaryDescription {
  return {
    kind: 'binary',
    name: 'kmod-hello',
    version: '1.0',
    release: '1',
    arch: 'x86_64',
    summary: 'Says hello',
    description: 'Says hello.',
    license: 'GPL',
    buildHost: 'reproducible',
    buildTime: time,
    relations: { provides: [exact] },
    entries: [moduleEntry(`/lib/modules/${el9}/extra/hello.ko`, module(el9))],
    ...more,
  }
}

/** A disk with this package in place of the good one. */
async function withRpm(more: Partial<RpmBinaryDescription>, options: RpmWriteOptions = {}): Promise<AbsolutePath> {
  const path = disk('redhat3')
  const directory = join(path, 'rpms/x86_64')
  for (const name of readdirSync(directory)) if (name.endsWith('.rpm')) rmSync(join(directory, name))
  await writeRpm(rpm(more), directory, options)
  return path
}

function provides(name: string, operator?: '=' | '>=' | '<', version = el9): Partial<RpmBinaryDescription> {
  return { relations: { provides: [operator === undefined ? { name } : { name, constraint: { operator, version } }] } }
}

function edit(path: AbsolutePath, name: string, change: (text: string) => string): AbsolutePath {
  const file = join(path, name)
  writeFileSync(file, change(readFileSync(file, 'utf8')))
  return path
}

function without(path: AbsolutePath, name: string): AbsolutePath {
  rmSync(join(path, name), { recursive: true })
  return path
}

function moved(path: AbsolutePath, from: string, to: string): AbsolutePath {
  mkdirSync(dirname(join(path, to)), { recursive: true })
  renameSync(join(path, from), join(path, to))
  return path
}

const update = 'linux/suse/x86_64-sles15'

function rpmIn(path: AbsolutePath): string {
  return `rpms/x86_64/${readdirSync(join(path, 'rpms/x86_64')).find((name) => name.endsWith('.rpm'))}`
}

function archive(path: AbsolutePath, command: string): AbsolutePath {
  const out = below(root, `${basename(path)}.out`)
  execFileSync('sh', ['-c', command.replace('OUT', out)], { cwd: path })
  return out
}

const newc = 'find . | cpio -o -H newc --quiet > OUT'

/** With a signature beside it, by a key that nobody knows. */
async function signed(path: AbsolutePath): Promise<AbsolutePath> {
  writeFileSync(`${path}.asc`, armorSignature(await (await someKey()).detached(readFileSync(path))))
  return path
}

async function someKey(): Promise<PackageSigner> {
  const keyFile = below(root, `key-${randomUUID()}.asc`)
  const { privateKey } = await generateKey({ type: 'ecc', userIDs: [{ name: 'Anybody' }], date: new Date(time * 1000) })
  writeFileSync(keyFile, privateKey)
  return keyFileSigner({ path: keyFile, time })
}

/** A file of public keys of which none has signed anything. */
async function otherKey(): Promise<string> {
  const keyFile = below(root, `public-${randomUUID()}.asc`)
  const { publicKey } = await generateKey({ type: 'ecc', userIDs: [{ name: 'Somebody else' }] })
  writeFileSync(keyFile, publicKey)
  return keyFile
}

async function iso(path: AbsolutePath, label: string, name = `${basename(path)}.iso`): Promise<AbsolutePath> {
  const out = below(root, name)
  execFileSync('xorriso', ['-as', 'mkisofs', '-quiet', '-o', out, '-V', label, '-r', '-J', path], { stdio: 'ignore' })
  return out
}

/** The one deb of a disk, made anew with a change. */
function rebuiltDeb(
  path: AbsolutePath,
  directory: string,
  change: (tree: string) => void,
  options: string[] = ['-Zgzip'],
): AbsolutePath {
  const [name = ''] = readdirSync(join(path, directory))
  const file = join(path, directory, name)
  const tree = mkdtempSync(join(root, 'deb-'))
  chmodSync(tree, 0o755)
  execFileSync('dpkg-deb', ['-R', file, tree])
  change(tree)
  execFileSync('dpkg-deb', [...options, '--root-owner-group', '--build', tree, file], { stdio: 'ignore' })
  return path
}

const casper = 'ubuntu-drivers/5.14.21'
const injected = 'ubuntu-drivers/trusty'

interface Fixture {
  readonly code: RuleCode
  readonly releases: readonly string[]
  readonly make: () => AbsolutePath | Promise<AbsolutePath>
  readonly symbols?: ReadonlyMap<string, ReadonlyMap<string, number>>
  readonly keyFile?: () => Promise<string>
}

const symbolTable = Buffer.concat([Buffer.from('78563412000000007072696e746b0000', 'hex'), Buffer.alloc(48)])

const fixtures: readonly Fixture[] = [
  {
    code: 'nothing-found',
    releases: [],
    make: () => {
      const path = below(root, 'nothing')
      mkdirSync(path)
      writeFileSync(join(path, 'readme'), 'x')
      return path
    },
  },
  { code: 'not-for-release', releases: ['sles12'], make: () => disk('dud') },
  {
    code: 'image-truncated',
    releases: ['rhel9'],
    make: async () => {
      const path = disk('redhat3')
      writeFileSync(join(path, 'zzz'), Buffer.alloc(300_000))
      const image = await iso(path, 'OEMDRV')
      truncateSync(image, readFileSync(image).length - 200_000)
      return image
    },
  },
  {
    code: 'container-not-mountable',
    releases: ['rhel9'],
    make: () => archive(disk('redhat3'), 'tar --format=ustar -cf OUT .'),
  },
  {
    code: 'container-not-mountable',
    releases: ['rhel5'],
    make: async () =>
      archive(absolutePath(dirname(await iso(disk('redhat2'), 'OEMDRV', 'packed.iso'))), 'gzip -c packed.iso > OUT'),
  },
  { code: 'label-not-oemdrv', releases: ['rhel9'], make: () => iso(disk('redhat3'), 'HELLO') },
  { code: 'url-name', releases: ['rhel9'], make: () => iso(disk('redhat3'), 'OEMDRV', 'name.img') },

  { code: 'marker-missing', releases: ['rhel9'], make: () => without(disk('redhat3'), 'rhdd3') },
  { code: 'marker-empty', releases: ['rhel6'], make: () => edit(disk('redhat3'), 'rhdd3', () => '') },
  {
    code: 'arch-dir-missing',
    releases: ['rhel9'],
    make: () => {
      const path = disk('redhat3')
      return without(path, 'rpms')
    },
  },
  // By dpkg's name of the architecture, and by rpm's word for none.
  { code: 'arch-dir-missing', releases: ['rhel9'], make: () => moved(disk('redhat3'), 'rpms/x86_64', 'rpms/amd64') },
  {
    code: 'arch-dir-missing',
    releases: ['rhel9'],
    make: async () => moved(await withRpm({ arch: 'noarch' }), 'rpms/x86_64', 'rpms/noarch'),
  },
  {
    code: 'arch-dir-missing',
    releases: ['rhel6'],
    make: async () => moved(await withRpm({ arch: 'i686' }), 'rpms/x86_64', 'rpms/i686'),
  },
  {
    code: 'arch-dir-missing',
    releases: ['rhel7'],
    make: async () => moved(await withRpm({ arch: 'i686' }), 'rpms/x86_64', 'rpms/i386'),
  },
  {
    code: 'rpm-outside-arch-dir',
    releases: ['rhel9'],
    make: () => {
      const path = disk('redhat3')
      return moved(path, rpmIn(path), 'rpms/x86_64/more/kmod.rpm')
    },
  },
  {
    code: 'rpm-unreadable',
    releases: ['rhel9'],
    make: () => {
      const path = disk('redhat3')
      truncateSync(join(path, rpmIn(path)), 500)
      return path
    },
  },
  { code: 'repodata-missing', releases: ['rhel6'], make: () => without(disk('redhat3'), 'rpms/x86_64/repodata') },
  { code: 'provides-missing', releases: ['rhel9'], make: () => withRpm({ relations: {} }) },
  { code: 'only-kabi-modules', releases: ['rhel9'], make: () => withRpm(provides('kabi-modules', '=')) },
  { code: 'provides-unversioned', releases: ['rhel9'], make: () => withRpm(provides('kernel-modules')) },
  {
    code: 'provides-without-arch',
    releases: ['rhel9'],
    make: () => withRpm(provides('kernel-modules', '=', '5.14.0-362.8.1.el9_3')),
  },
  { code: 'provides-unbounded', releases: ['rhel9'], make: () => withRpm(provides('kernel-modules', '>=')) },
  {
    code: 'two-kernels-in-rpm',
    releases: ['rhel9'],
    make: () => {
      const other = el9.replace('362', '363')
      const entries = [el9, other].map((one) => moduleEntry(`/lib/modules/${one}/extra/hello.ko`, module(one)))
      return withRpm({ entries })
    },
  },
  {
    code: 'same-name-two-kernels',
    releases: ['rhel9'],
    make: async () => {
      const path = await withRpm({})
      await writeRpm(rpm({ release: '2' }), join(path, 'rpms/x86_64'))
      return path
    },
  },
  {
    code: 'usr-lib-modules',
    releases: ['rhel9'],
    make: () => withRpm({ entries: [moduleEntry(`/usr/lib/modules/${el9}/extra/hello.ko`, module(el9))] }),
  },
  {
    code: 'usr-lib-firmware',
    releases: ['rhel9'],
    make: () =>
      withRpm({
        entries: [
          moduleEntry(`/lib/modules/${el9}/extra/hello.ko`, module(el9)),
          moduleEntry('/usr/lib/firmware/hello.bin', Buffer.from('firmware')),
        ],
      }),
  },
  {
    code: 'module-compressed',
    releases: ['rhel9.5'],
    make: () => {
      const packed = execFileSync('xz', ['-c', '--check=crc32'], { input: module(el9) })
      return withRpm({ entries: [moduleEntry(`/lib/modules/${el9}/extra/hello.ko.xz`, packed)] })
    },
  },
  { code: 'payload-zstd', releases: ['rhel9'], make: () => withRpm({}, { compression: 'zstd' }) },
  {
    code: 'debuginfo',
    releases: ['rhel9'],
    make: async () => {
      const path = disk('redhat3')
      await writeRpm(rpm({ name: 'kmod-hello-debuginfo', entries: [] }), join(path, 'rpms/x86_64'))
      return path
    },
  },
  {
    code: 'requires-exact-kernel',
    releases: ['rhel9'],
    make: () =>
      withRpm({
        relations: {
          provides: [exact],
          requires: [{ name: 'kernel', constraint: { operator: '=', version: '5.14.0-362.8.1.el9_3' } }],
        },
      }),
  },
  {
    code: 'rpm-version-dash',
    releases: ['rhel9'],
    make: async () => {
      const path = await withRpm({ version: '1_7' })
      const file = join(path, rpmIn(path))
      const bytes = readFileSync(file)
      for (let at = bytes.indexOf('\x001_7\0'); at >= 0; at = bytes.indexOf('\x001_7\0', at + 1))
        bytes.write('-', at + 2, 'latin1')
      writeFileSync(file, bytes)
      return path
    },
  },

  {
    code: 'vermagic-mismatch',
    releases: ['rhel9'],
    make: () => withRpm({ entries: [moduleEntry(`/lib/modules/${el9}/extra/hello.ko`, module(`${el9}.other`))] }),
  },
  {
    code: 'module-unreadable',
    releases: ['rhel9'],
    make: () => withRpm({ entries: [moduleEntry(`/lib/modules/${el9}/extra/hello.ko`, Buffer.from('no module'))] }),
  },
  {
    code: 'module-unsigned',
    releases: ['rhel9'],
    make: () =>
      withRpm({ entries: [moduleEntry(`/lib/modules/${el9}/extra/hello.ko`, module(el9, {}, { signed: false }))] }),
  },
  {
    code: 'modversions-mismatch',
    releases: ['rhel9'],
    symbols: new Map([[el9, new Map([['printk', 1]])]]),
    make: () =>
      withRpm({
        entries: [
          moduleEntry(`/lib/modules/${el9}/extra/hello.ko`, module(el9, {}, { sections: { __versions: symbolTable } })),
        ],
      }),
  },

  { code: 'loader-file-missing', releases: ['rhel5'], make: () => without(disk('redhat2'), 'modules.alias') },
  {
    code: 'modinfo-first-line',
    releases: ['rhel5'],
    make: () => edit(disk('redhat2'), 'modinfo', (text) => text.replace('Version 0', '# Version 0')),
  },
  {
    code: 'modinfo-module-missing',
    releases: ['rhel5'],
    make: () => edit(disk('redhat2'), 'modinfo', (text) => text.replace('\nneeded\n', '\nother\n')),
  },
  {
    code: 'modules-dep-final-newline',
    releases: ['rhel5'],
    make: () => edit(disk('redhat2'), 'modules.dep', (text) => text.trimEnd()),
  },
  {
    code: 'module-archive-unreadable',
    releases: ['rhel5'],
    make: () => edit(disk('redhat2'), 'modules.cgz', () => ''),
  },
  { code: 'module-archive-layout', releases: ['rhel5'], make: () => moved(disk('redhat2'), 'rhdd', 'rhdd-6.1') },

  { code: 'disk-unsigned', releases: ['sles15'], make: () => archive(disk('dud'), newc) },
  {
    code: 'disk-signature-bad',
    releases: ['sles15'],
    make: () => {
      const path = archive(disk('dud'), newc)
      writeFileSync(`${path}.asc`, 'no signature\n')
      return path
    },
  },
  {
    code: 'disk-signer-unknown',
    releases: ['sles15'],
    make: () => signed(archive(disk('dud'), newc)),
    keyFile: otherKey,
  },
  {
    code: 'inline-signature',
    releases: ['agama'],
    make: async () => {
      const disk = agamaDisk()
      rmSync(join(disk, 'linux/suse/x86_64-sles16.0/install/update.post'))
      const plain = readFileSync(archive(disk, newc))
      const { head, tail } = await frameMessage(await (await someKey()).detached(plain), plain.length)
      const path = below(root, 'inline')
      writeFileSync(path, Buffer.concat([head, plain, tail]))
      return path
    },
  },
  {
    code: 'container-gnu-tar',
    releases: ['sles15'],
    make: () => signed(archive(disk('dud'), 'tar --format=gnu -czf OUT .')),
  },
  {
    code: 'container-crc-cpio',
    releases: ['sles15'],
    make: () => signed(archive(disk('dud'), 'find . | cpio -o -H crc --quiet > OUT')),
  },
  {
    code: 'container-not-accepted',
    releases: ['sles15'],
    make: () => signed(archive(disk('dud'), 'find . | cpio -o -H newc --quiet | zstd -q > OUT')),
  },
  { code: 'update-dir-not-numeric', releases: ['sles15'], make: () => moved(disk('dud'), 'linux', 'update1/linux') },
  {
    code: 'dist-unknown',
    releases: ['sles15'],
    make: () => {
      const path = disk('dud')
      cpSync(join(path, update), join(path, 'linux/suse/x86_64-sles15sp5'), { recursive: true })
      return path
    },
  },
  {
    code: 'symlink-on-fat',
    releases: ['sles15'],
    make: () => {
      const path = disk('dud')
      writeFileSync(join(path, 'linux/suse/x86_64-leap15.5'), 'x86_64-sles15')
      return path
    },
  },
  {
    code: 'module-order-missing',
    releases: ['sles15'],
    make: () => without(disk('dud'), `${update}/modules/module.order`),
  },
  {
    code: 'module-order-multi-word',
    releases: ['sles15'],
    make: () => edit(disk('dud'), `${update}/modules/module.order`, (text) => text.trim().replaceAll('\n', ' ')),
  },
  {
    code: 'module-order-comment',
    releases: ['sles15'],
    make: () => edit(disk('dud'), `${update}/modules/module.order`, (text) => `# first\n${text}`),
  },
  {
    code: 'module-order-spelling',
    releases: ['sles15'],
    make: () => edit(disk('dud'), `${update}/modules/module.order`, (text) => text.replaceAll('.ko', '')),
  },
  {
    code: 'module-order-suffix',
    releases: ['agama16'],
    make: () => {
      const path = agamaDisk()
      rmSync(join(path, 'linux/suse/x86_64-sles16.0/install/update.post'))
      return edit(path, 'linux/suse/x86_64-sles16.0/modules/module.order', () => 'mii\nneeded.ko\nhello-world\n')
    },
  },
  {
    code: 'module-not-listed',
    releases: ['sles15sp6'],
    make: () =>
      edit(disk('dud'), `${update}/modules/module.order`, (text) => text.replace('hello-world', 'hello_world')),
  },
  {
    code: 'dependency-not-listed',
    releases: ['sles15'],
    make: () => edit(disk('dud'), `${update}/modules/module.order`, (text) => text.replace('mii\n', '')),
  },
  {
    code: 'update-id-missing',
    releases: ['sles15'],
    make: () => edit(disk('dud'), `${update}/dud.config`, (text) => text.replace(/^UpdateID.*$/m, '')),
  },
  {
    code: 'update-id-duplicate',
    releases: ['sles15'],
    make: () => {
      const path = disk('dud')
      cpSync(join(path, 'linux'), join(path, '02/linux'), { recursive: true })
      return path
    },
  },
  {
    code: 'update-not-first',
    releases: ['agama16'],
    make: () => {
      const path = agamaDisk()
      rmSync(join(path, 'linux/suse/x86_64-sles16.0/install/update.post'))
      cpSync(join(path, 'linux'), join(path, '02/linux'), { recursive: true })
      return path
    },
  },
  {
    code: 'update-script-no-shebang',
    releases: ['sles11'],
    make: () =>
      edit(disk('suse'), `01/linux/suse/x86_64-sles11/install/update.post`, (text) => text.replace(/^#!.*\n/, '')),
  },
  {
    code: 'update-script-not-executable',
    releases: ['linuxrc'],
    make: () => {
      const path = disk('suse')
      chmodSync(join(path, '01/linux/suse/x86_64-sles11/install/update.post'), 0o644)
      return path
    },
  },
  {
    code: 'update-archive-not-applied',
    releases: ['sles11'],
    make: () => edit(disk('suse'), `01/linux/suse/x86_64-sles11/install/update.post`, () => '#!/bin/sh\ndepmod -a\n'),
  },
  {
    code: 'package-without-supplements',
    releases: ['agama16'],
    make: async () => {
      const path = agamaDisk()
      rmSync(join(path, 'linux/suse/x86_64-sles16.0/install/update.post'))
      await writeRpm(
        rpm({ name: 'plain', entries: [], relations: {} }),
        join(path, 'linux/suse/x86_64-sles16.0/install'),
      )
      return path
    },
  },
  { code: 'update-script-ignored', releases: ['agama16'], make: agamaDisk },

  {
    code: 'deb-unreadable',
    releases: ['ubuntu'],
    make: () => {
      const path = disk('ubuntu')
      const [name = ''] = readdirSync(join(path, casper))
      truncateSync(join(path, casper, name), 100)
      return path
    },
  },
  {
    code: 'deb-arch-name',
    releases: ['ubuntu'],
    make: () => {
      const path = disk('ubuntu')
      const [name = ''] = readdirSync(join(path, casper))
      return moved(path, `${casper}/${name}`, `${casper}/${name.replace('amd64', 'x86_64')}`)
    },
  },
  {
    code: 'deb-control-not-gzip',
    releases: ['debian'],
    make: () => rebuiltDeb(disk('debian'), injected, () => {}, ['-Zxz']),
  },
  {
    code: 'deb-data-compression',
    releases: ['debian'],
    make: () => rebuiltDeb(disk('debian'), injected, () => {}, ['-Zzstd', '--no-uniform-compression']),
  },
  {
    code: 'deb-postinst-depmod-missing',
    releases: ['ubuntu'],
    make: () => rebuiltDeb(disk('ubuntu'), casper, (tree) => rmSync(join(tree, 'DEBIAN/postinst'))),
  },
  {
    code: 'deb-preinst-kernel-guard',
    releases: ['ubuntu'],
    make: () =>
      rebuiltDeb(disk('ubuntu'), casper, (tree) =>
        writeFileSync(join(tree, 'DEBIAN/preinst'), '#!/bin/sh\n[ "$(uname -r)" = x ]\n', { mode: 0o755 }),
      ),
  },
  { code: 'medium-not-usb', releases: ['debian'], make: () => iso(disk('debian'), 'OEMDRV') },
]

function agamaDisk(): AbsolutePath {
  const path = moved(disk('dud'), update, 'linux/suse/x86_64-sles16.0')
  const install = join(path, 'linux/suse/x86_64-sles16.0/install')
  for (const name of readdirSync(install)) if (name.endsWith('.gz')) rmSync(join(install, name))
  edit(path, 'linux/suse/x86_64-sles16.0/modules/module.order', (text) => text.replaceAll('.ko', ''))
  return path
}

describe('the rules', () => {
  it.each([
    'redhat2',
    'redhat3',
    'suse',
    'dud',
    'ubuntu',
    'debian',
  ] as const)('find nothing wrong with a %s disk that we made', async (format) => {
    const result = await verifyImage({ path: disk(format), tmp: root, reader: rooms })
    expect(result.findings).toEqual([])
    expect(result.releases).not.toEqual([])
  })

  it.each(fixtures)('tell $code, and nothing else, of a disk that has it', async ({
    code,
    releases,
    make,
    symbols,
    keyFile,
  }) => {
    const request = {
      path: await make(),
      tmp: root,
      reader: rooms,
      keyFiles: keyFile === undefined ? [] : [await keyFile()],
      ...(symbols === undefined ? {} : { symbols }),
    }
    const chosen = releases.length === 0 ? {} : { releases: releases.map(parseRelease) }
    const result = await verifyImage({ ...request, ...chosen })
    expect([...new Set(result.findings.map((finding) => finding.code))]).toEqual([code])
    expect(result.isAccepted).toBe(rules[code].severity !== 'error')
  })

  it('are applied to an image on the disk, where anaconda looks into it', async () => {
    const outer = below(root, 'stick')
    mkdirSync(outer)
    cpSync(await iso(disk('redhat3'), 'ANY'), join(outer, 'DD.ISO'))
    const good = await verifyImage({ path: outer, tmp: root, reader: rooms })
    expect(good).toMatchObject({ findings: [], isAccepted: true })
    expect(good.releases).toContain('rhel9')
    cpSync(await iso(await withRpm({ relations: {} }), 'ANY'), join(outer, 'DD.ISO'))
    const bad = await verifyImage({ path: outer, tmp: root, reader: rooms, releases: [parseRelease('rhel9')] })
    const path = expect.stringMatching(/^DD\.ISO:rpms\/x86_64\/.*rpm$/)
    expect(bad.findings).toMatchObject([{ code: 'provides-missing', path }])
  })

  it.each([
    ['sles16.1', 'agama'],
    ['sl-micro6.1', 'agama'],
    ['product1', 'linuxrc'],
  ])('know by whom a disk for %s is taken', async (tag, installer) => {
    const path = moved(disk('dud'), update, `linux/suse/x86_64-${tag}`)
    const { releases } = await verifyImage({ path, tmp: root, reader: rooms })
    expect(releases).toEqual([installer])
  })

  it('look for packages of debian-installer where the named release does', async () => {
    const codesFor = async (word: string) => {
      const releases = [parseRelease(word)]
      const { findings } = await verifyImage({ path: disk('debian'), tmp: root, reader: rooms, releases })
      return findings.map(({ code }) => code)
    }
    expect(await codesFor('ubuntu/trusty')).toEqual([])
    expect(await codesFor('debian/bookworm')).toEqual(['not-for-release'])
  })

  it('are applied to packages for the installer alone, which no script of theirs has to make ready', async () => {
    const path = rebuiltDeb(disk('debian'), injected, (tree) => rmSync(join(tree, 'DEBIAN/postinst')))
    const [name = ''] = readdirSync(join(path, injected))
    const verify = () => verifyImage({ path, tmp: root, reader: rooms })
    moved(path, `${injected}/${name}`, `${injected}/hello.udeb`)
    expect(await verify()).toMatchObject({ releases: ['debian'], findings: [] })
    rebuiltDeb(path, injected, () => {}, ['-Zxz'])
    expect((await verify()).findings).toMatchObject([{ code: 'deb-control-not-gzip' }])
  })

  it('follow as many links as the kernel, however they are tied together', async () => {
    const path = disk('redhat3')
    mkdirSync(join(path, 'd'))
    symlinkSync('d', join(path, 'l0'))
    for (let at = 1; at < 13; at += 1) {
      symlinkSync(`l${at - 1}/s${at - 1}`, join(path, `l${at}`))
      symlinkSync(`../l${at - 1}`, join(path, `d/s${at - 1}`))
    }
    rmSync(join(path, 'rhdd3'))
    symlinkSync('../rpms', join(path, 'd/rpms'))
    mkdirSync(join(path, 'x'))
    symlinkSync('../l12/rpms', join(path, 'x/rpms'))
    writeFileSync(join(path, 'x/rhdd3'), 'x')
    const { findings } = await verifyImage({ path, tmp: root, reader: rooms, releases: [parseRelease('rhel9')] })
    expect(findings.map(({ code }) => code)).toContain('arch-dir-missing')
  })

  it('tell of a package that is made to fill the memory that it cannot be read', async () => {
    const path = disk('debian')
    const [name = ''] = readdirSync(join(path, injected))
    const parts = mkdtempSync(join(root, 'bomb-'))
    execFileSync('ar', ['x', join(path, injected, name)], { cwd: parts })
    const steps = [
      'truncate -s 90M zero',
      'tar --format=ustar -czf control.tar.gz zero',
      'ar rc new.deb debian-binary control.tar.gz data.tar.*',
    ]
    execFileSync('sh', ['-ec', steps.join('\n')], { cwd: parts })
    cpSync(join(parts, 'new.deb'), join(path, injected, name))
    const { findings } = await verifyImage({ path, tmp: root, reader: rooms })
    expect(findings.map(({ code }) => code)).toEqual(['deb-unreadable'])
  })

  it('are applied to a package by itself, which anaconda takes from an address', async () => {
    const judge = async (description: RpmBinaryDescription) => {
      const path = await writeRpm(description, mkdtempSync(join(root, 'alone-')))
      const { findings } = await verifyImage({ path, tmp: root, reader: rooms, releases: [parseRelease('rhel9')] })
      return findings.map(({ code }) => code)
    }
    expect(await judge(rpm())).toEqual([])
    expect(await judge(rpm(provides('kernel-modules')))).toEqual(['provides-unversioned'])
    expect(await judge(rpm({ entries: [], relations: {} }))).toEqual(['not-for-release'])
  })

  it('are applied to an update in a package, which linuxrc takes for an archive', async () => {
    const path = disk('dud')
    const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
    const entries = files.map(({ parentPath, name }): RpmEntry => {
      const from = absolutePath(join(parentPath, name))
      const { size: bytes, mode } = statSync(from)
      return { kind: 'file', path: from.slice(path.length), mode: mode & 0o777, mtime: time, content: { from, bytes } }
    })
    const bare = entries.filter((entry) => !entry.path.endsWith('module.order'))
    const judge = async (own: readonly RpmEntry[]) => {
      const image = await writeRpm(rpm({ entries: own, relations: {} }), mkdtempSync(join(root, 'alone-')))
      return await verifyImage({ path: image, tmp: root, reader: rooms, releases: [parseRelease('sles15')] })
    }
    expect((await judge(entries)).findings).toEqual([])
    expect((await judge(bare)).findings).toMatchObject([{ code: 'module-order-missing' }])
  })

  it.each([
    ['a line that is the name of a file', (text: string) => text],
    ['a bare name', (text: string) => text.replaceAll('.ko', '')],
    ['what stands behind the name', (text: string) => text.replace('needed.ko', 'needed # before the other')],
  ])('take %s in module.order as linuxrc of 2021 does', async (_, change) => {
    const path = edit(disk('dud'), `${update}/modules/module.order`, change)
    const result = await verifyImage({ path, tmp: root, reader: rooms, releases: [parseRelease('sles15sp6')] })
    expect(result.findings).toEqual([])
  })

  it('know that older releases of linuxrc put what the line says in the place of a module of the initrd', async () => {
    const path = edit(disk('dud'), `${update}/modules/module.order`, (text) => text.replace('mii', 'mii.ko'))
    const judge = async (word: string) =>
      await verifyImage({ path, tmp: root, reader: rooms, releases: [parseRelease(word)] })
    expect((await judge('sles15')).findings).toMatchObject([{ code: 'module-order-spelling', detail: 'mii.ko' }])
    expect((await judge('sles15sp6')).findings).toEqual([])
  })

  it('take scripts that linuxrc makes executable', async () => {
    const path = disk('suse')
    chmodSync(join(path, '01/linux/suse/x86_64-sles11/install/update.post'), 0o644)
    const result = await verifyImage({ path, tmp: root, reader: rooms, releases: [parseRelease('sles11')] })
    expect(result.findings).toEqual([])
  })

  it.each([
    'UpdateID: other\nUpdateID: id-1\n',
    'update-id = "id-1"\n',
    'UpdateID id-1\r\nUpdateID:\n',
  ])('read the UpdateID of %j as linuxrc does', async (config) => {
    const path = disk('dud')
    cpSync(join(path, 'linux'), join(path, '02/linux'), { recursive: true })
    writeFileSync(join(path, update, 'dud.config'), config)
    writeFileSync(join(path, '02', update, 'dud.config'), 'UpdateID: id-1\n')
    const result = await verifyImage({ path, tmp: root, reader: rooms, releases: [parseRelease('sles15')] })
    expect(result.findings).toMatchObject([{ code: 'update-id-duplicate', detail: 'id-1' }])
  })

  it('find a codename with a dash, and on FAT a directory in any case', async () => {
    const rolling = moved(disk('debian'), 'ubuntu-drivers/trusty', 'kali-drivers/kali-rolling')
    const judge = async (path: AbsolutePath, ...words: string[]) =>
      await verifyImage({ path, tmp: root, reader: rooms, releases: words.map((word) => parseRelease(word)) })
    expect((await judge(rolling, 'kali/kali-rolling', 'debian')).findings).toEqual([])
    const capital = moved(disk('debian'), 'ubuntu-drivers/trusty', 'Ubuntu-drivers/trusty')
    expect((await judge(capital, 'debian')).findings.map(({ code }) => code)).toEqual(['not-for-release'])
    const image = below(root, 'capital.img')
    execFileSync('mkfs.vfat', ['-C', '-n', 'OEMDRV', image, '2048'], { stdio: 'ignore' })
    execFileSync('mcopy', ['-s', '-i', image, join(capital, 'Ubuntu-drivers'), '::'])
    expect((await judge(image, 'debian', 'ubuntu/trusty')).findings).toEqual([])
  })

  it('judge a disk for products that no release is known of', async () => {
    const path = moved(disk('dud'), update, 'linux/suse/x86_64-Product-1')
    const result = await verifyImage({
      path: without(path, 'linux/suse/x86_64-Product-1/modules/module.order'),
      tmp: root,
      reader: rooms,
    })
    expect(result.releases).toEqual(['linuxrc'])
    expect(result.findings.map(({ code }) => code)).toEqual(['dist-unknown', 'module-order-missing'])
  })

  it('have a disk each', () => {
    expect(new Set(fixtures.map(({ code }) => code))).toEqual(new Set(Object.keys(rules)))
  })
})
