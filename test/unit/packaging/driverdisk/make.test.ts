import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { imageMedia } from '../../../../src/archive/image/model.ts'
import { type AbsolutePath, absolutePath, below } from '../../../../src/domain.ts'
import { type DriverDiskRequest, makeDriverDisk } from '../../../../src/packaging/driverdisk/make.ts'
import { type DiskFormat, diskFormats } from '../../../../src/packaging/driverdisk/model.ts'
import { showImage } from '../../../../src/packaging/driverdisk/show.ts'
import { parseRelease } from '../../../../src/packaging/driverdisk/verify/releases.ts'
import { verifyImage } from '../../../../src/packaging/driverdisk/verify/verify.ts'
import { el9, jammy, plannedBuild, requestOf, sle } from './parts.ts'
import { rooms } from './rooms.ts'

let root: AbsolutePath
beforeAll(() => {
  root = absolutePath(mkdtempSync(join(tmpdir(), 'disk-test-')))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

let count = 0
function request(more: Partial<DriverDiskRequest> = {}): DriverDiskRequest {
  count += 1
  return requestOf(root, { destination: below(root, `disk-${count}.iso`), ...more })
}

/** By programs that had no part in making the disk. */
function unpack(image: string, how: 'bsdtar' | 'xorriso' = 'bsdtar'): string {
  const into = mkdtempSync(join(root, 'out-'))
  if (how === 'bsdtar') execFileSync('bsdtar', ['-xf', image, '-C', into])
  else execFileSync('xorriso', ['-osirrox', 'on', '-indev', image, '-extract', '/', into], { stdio: 'ignore' })
  execFileSync('chmod', ['-R', 'u+w', into])
  return into
}

async function make(formats: readonly DiskFormat[], more: Partial<DriverDiskRequest> = {}) {
  const made = await makeDriverDisk(request({ formats, ...more }))
  return { made, out: unpack(made.path) }
}

async function codes(path: AbsolutePath, releases?: readonly string[], kernels: readonly string[] = []) {
  const options = { path, tmp: root, reader: rooms, kernels }
  const result = await verifyImage(
    releases === undefined ? options : { ...options, releases: releases.map(parseRelease) },
  )
  return result.findings.map(({ code, path, detail }) => [code, path, detail])
}

describe('a redhat2 disk', () => {
  it('has everything that the loaders of RHEL 3 to 5 read, made from the modules', async () => {
    const { made, out } = await make(['redhat2'])
    expect(made.files).toEqual([
      'modinfo',
      'modules.alias',
      'modules.cgz',
      'modules.dep',
      'modules.pcimap',
      'pcitable',
      'rhdd',
    ])
    expect(readFileSync(join(out, 'rhdd'), 'utf8')).toBe('hello-1.0 driver disk\n')
    const text = made.files
      .filter((name) => name !== 'modules.cgz')
      .map((name) => `== ${name}\n${readFileSync(join(out, name), 'utf8')}`)
    await expect(text.join('')).toMatchFileSnapshot('../../../golden/driverdisk/redhat2.txt')
    expect(await codes(made.path)).toEqual([])
  })

  it('holds the modules at release, architecture and name in modules.cgz, as cpio unpacks it', async () => {
    const { out } = await make(['redhat2'])
    writeFileSync(join(out, 'x.cpio'), gunzipSync(readFileSync(join(out, 'modules.cgz'))))
    const names = execFileSync('cpio', ['-it', '--quiet', '-F', join(out, 'x.cpio')], { encoding: 'utf8' })
      .trim()
      .split('\n')
    expect(names).toEqual(
      [el9, sle, jammy].flatMap((release) => ['needed', 'hello-world'].map((name) => `${release}/x86_64/${name}.ko`)),
    )
    execFileSync('cpio', ['-id', '--quiet', '-F', join(out, 'x.cpio')], { cwd: out })
    const built = readFileSync(join(root, 'built', el9, 'needed.ko'))
    expect(readFileSync(join(out, el9, 'x86_64/needed.ko')).equals(built)).toBe(true)
  })

  it('has the files of redhat_driver_disk/ in place of generated ones, and those that have no substitute', async () => {
    const own = request({ formats: ['redhat2'] })
    const directory = join(own.plan.source.directory, 'redhat_driver_disk')
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, 'modinfo'), 'Version 0\nneeded\n\teth\n\t"mine"\nhello-world\n\teth\n\t"mine"\n')
    writeFileSync(join(directory, 'pci.ids'), '8086  Intel\n')
    try {
      const made = await makeDriverDisk(own)
      const out = unpack(made.path)
      expect(readFileSync(join(out, 'modinfo'), 'utf8')).toContain('mine')
      expect(readFileSync(join(out, 'pci.ids'), 'utf8')).toBe('8086  Intel\n')
      expect(await codes(made.path)).toEqual([])
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})

describe('a redhat1 disk', () => {
  it('holds the modules at release and name', async () => {
    const { made, out } = await make(['redhat1'])
    expect(made.files).toContain('rhdd-6.1')
    const names = execFileSync('sh', ['-c', `gzip -dc modules.cgz | cpio -it --quiet`], { cwd: out, encoding: 'utf8' })
      .trim()
      .split('\n')
    expect(names).toContain(`${el9}/needed.ko`)
    expect(await codes(made.path)).toEqual([])
  })

  it('is refused for two architectures that are not i386', async () => {
    const builds = ['x86_64', 'ia64'].map((arch) => plannedBuild(below(root, 'built'), el9, arch))
    const own = request({ formats: ['redhat1'] })
    await expect(makeDriverDisk({ ...own, plan: { ...own.plan, builds } })).rejects.toMatchObject({
      code: 'DISK_REFUSED',
    })
  })
})

describe('a redhat3 disk', () => {
  it('has one package for each kernel, which anaconda offers to that kernel alone', async () => {
    const { made, out } = await make(['redhat3'])
    const packages = readdirSync(join(out, 'rpms/x86_64')).filter((name) => name.endsWith('.rpm'))
    expect(packages).toHaveLength(3)
    expect(await codes(made.path, ['rhel6', 'rhel7', 'rhel9', 'rhel10'], [el9])).toEqual([])
    expect(await codes(made.path, ['rhel9'], ['5.14.0-1.el9.x86_64'])).toEqual([
      ['not-for-release', undefined, expect.stringContaining('5.14.0-1.el9.x86_64')],
    ])
  })

  it('holds packages that rpm takes, with the exact kernel in Provides and plain modules below /lib/modules', async () => {
    const { out } = await make(['redhat3'])
    const [file = ''] = readdirSync(join(out, 'rpms/x86_64')).filter((name) => name.includes('el9'))
    const path = join(out, 'rpms/x86_64', file)
    const query = (...args: string[]) =>
      execFileSync('rpm', ['-qp', '--nosignature', ...args, path], { encoding: 'utf8' })
    execFileSync('rpm', ['-K', '--nosignature', path])
    expect(query('--provides')).toContain(`kernel-modules = ${el9}`)
    expect(query('-l').trim().split('\n')).toEqual(
      ['hello-world', 'needed'].map((name) => `/lib/modules/${el9}/extra/hello/${name}.ko`),
    )
    expect(query('--qf', '%{PAYLOADCOMPRESSOR}')).toBe('gzip')
    expect(query('--requires')).not.toMatch(/^kernel/m)
    expect(query('--supplements')).toContain('modalias(pci:v00008086d0000100Esv*sd*bc*sc*i*)')
  })

  it('takes packages as they are given, and makes none', async () => {
    const first = await makeDriverDisk(request({ formats: ['redhat3'] }))
    const [name = ''] = first.packages
    const given = below(root, name)
    writeFileSync(given, readFileSync(join(unpack(first.path), 'rpms/x86_64', name)))
    const { made } = await make(['redhat3'], { packages: [given] })
    expect(made.packages).toEqual([name])
    await expect(makeDriverDisk(request({ formats: ['redhat3'], packages: [given, given] }))).rejects.toMatchObject({
      code: 'DISK_REFUSED',
      message: expect.stringContaining('two packages'),
    })
  })
})

describe('a SUSE disk', () => {
  it('of the classic layout holds modules for the installer and an archive for the target', async () => {
    const { made, out } = await make(['suse'])
    const directory = '01/linux/suse/x86_64-11.1'
    expect(made.files).toEqual(
      [
        'install/update.post',
        'install/update.tar.gz',
        'modules/hello-world.ko',
        'modules/module.order',
        'modules/needed.ko',
      ].map((name) => `${directory}/${name}`),
    )
    const order = readFileSync(join(out, directory, 'modules/module.order'), 'utf8')
    expect(order).toBe('mii\nneeded.ko\nhello-world.ko\n')
    const built = readFileSync(join(root, 'built', sle, 'needed.ko'))
    expect(readFileSync(join(out, directory, 'modules/needed.ko')).equals(built)).toBe(true)
    const listed = execFileSync('tar', ['-tzf', join(out, directory, 'install/update.tar.gz')], { encoding: 'utf8' })
    expect(listed).toContain(`lib/modules/${el9}/extra/needed.ko\n`)
    execFileSync('sh', ['-n', join(out, directory, 'install/update.post')])
    expect((await codes(made.path)).map(([code]) => code)).toEqual([])
  })

  it('of the modern layout has links for further products, an UpdateID made of its content, and packages', async () => {
    const { made, out } = await make(['dud'])
    const directory = 'linux/suse/x86_64-sles15'
    const config = readFileSync(join(out, directory, 'dud.config'), 'utf8')
    expect(config).toMatch(/^UpdateName: hello 1\.0: Says hello\nUpdateID: [0-9a-f-]{36}\n$/)
    expect(readFileSync(join(out, 'linux/suse/x86_64-leap15.5/dud.config'), 'utf8')).toBe(config)
    expect(readdirSync(join(out, directory, 'install'))).toHaveLength(3)
    expect(await codes(made.path, ['sles15', 'sles15sp5', 'leap15.5'])).toEqual([])
    const again = await make(['dud'])
    expect(readFileSync(join(again.out, directory, 'dud.config'), 'utf8')).toBe(config)
    const other = await make(['dud'], {
      plan: { ...request().plan, builds: [plannedBuild(below(root, 'built'), sle)] },
    })
    expect(readFileSync(join(other.out, directory, 'dud.config'), 'utf8')).not.toBe(config)
  })

  it('is taken by Agama', async () => {
    const { made, out } = await make(['dud'], { suseTags: ['sles16.0', 'opensuse-leap16.0'] })
    expect(await codes(made.path, ['agama16', 'leap16.0'])).toEqual([])
    const order = readFileSync(join(out, 'linux/suse/x86_64-sles16.0/modules/module.order'), 'utf8')
    expect(order).toBe('mii\nneeded\nhello-world\n')
  })

  it('for linuxrc and for Agama has a list of modules for each, and the packages once', async () => {
    const tags = ['sles15', 'sles16.0', 'leap15.5', 'opensuse-leap16.0']
    const { made, out } = await make(['dud'], { suseTags: tags })
    const orders = tags.map((tag) => readFileSync(join(out, `linux/suse/x86_64-${tag}/modules/module.order`), 'utf8'))
    const [files, names] = ['mii\nneeded.ko\nhello-world.ko\n', 'mii\nneeded\nhello-world\n']
    expect(orders).toEqual([files, names, files, names])
    expect(made.files.filter((path) => path.endsWith('default-1.0-1.x86_64.rpm'))).toHaveLength(1)
    const installs = tags.map((tag) => readdirSync(join(out, `linux/suse/x86_64-${tag}/install`)).join())
    expect(new Set(installs).size).toBe(1)
    expect(await codes(made.path, ['sles15', 'leap15.5', 'sles16.0', 'leap16.0'])).toEqual([])
  })

  it.each([
    ['suse', { plan: undefined }, 'release'],
    ['dud', { suseTags: [] }, 'products'],
    ['debian', { injection: [] }, 'release'],
  ] as const)('of the format %s is refused when it does not say what it is for', async (format, more, word) => {
    const { release: _, ...rest } = request({ formats: [format] })
    const { plan: __, ...wanted } = { plan: undefined, ...more }
    await expect(makeDriverDisk({ ...rest, ...wanted })).rejects.toMatchObject({
      code: 'DISK_REFUSED',
      message: expect.stringContaining(word),
    })
  })
})

describe('update.post of a classic disk', () => {
  it('puts the modules in place wherever YaST unpacked them, and nothing when they are there already', async () => {
    const { out } = await make(['suse'])
    const install = join(out, '01/linux/suse/x86_64-11.1/install')
    execFileSync('tar', ['-xzf', 'update.tar.gz'], { cwd: install })
    const host = mkdtempSync(join(root, 'host-'))
    const script = readFileSync(join(install, 'update.post'), 'utf8')
      .replaceAll(' /lib/modules/', ` ${host}/`)
      .replaceAll('depmod', 'echo depmod')
    execFileSync('sh', ['-c', script, 'update.post', install], { cwd: install })
    expect(readdirSync(host).sort()).toEqual([el9, sle, jammy].sort())
    const bare = mkdtempSync(join(root, 'bare-'))
    expect(execFileSync('sh', ['-c', script, 'update.post', bare], { cwd: bare, encoding: 'utf8' })).toBe('')
  })
})

describe('disks with Debian packages', () => {
  it('hold packages where casper and debian-installer look, that dpkg takes', async () => {
    const { made, out } = await make(['ubuntu', 'debian'], { medium: 'iso' })
    expect(made.files).toContain('ubuntu-drivers/5.15.0/hello-modules-5.15.0-25-generic_1.0-1_amd64.deb')
    expect(made.files.filter((path) => path.startsWith('ubuntu-drivers/5.15.0/'))).toHaveLength(1)
    const deb = join(out, 'ubuntu-drivers/trusty/hello-modules-5.15.0-25-generic_1.0-1_amd64.deb')
    expect(execFileSync('dpkg-deb', ['-f', deb, 'Architecture'], { encoding: 'utf8' }).trim()).toBe('amd64')
    expect(execFileSync('dpkg-deb', ['-c', deb], { encoding: 'utf8' })).toContain(
      `./lib/modules/${jammy}/updates/dkms/needed.ko`,
    )
    expect(await codes(made.path)).toEqual([['medium-not-usb', undefined, undefined]])
  })
})

describe('a universal disk', () => {
  it('is accepted by every installer it has something for, from every medium with a file system', async () => {
    for (const medium of ['iso', 'fat', 'ext2'] as const) {
      const made = await makeDriverDisk(request({ medium }))
      const found = await codes(made.path, ['rhel6', 'rhel7', 'rhel9.4', 'sles15sp3', 'leap15.5', 'ubuntu'], [el9])
      expect(found, medium).toEqual([])
    }
  })

  it('tells what to type at the boot prompt', async () => {
    const { boot } = await makeDriverDisk(request({ destination: below(root, 'boot.iso') }))
    expect(boot.map(({ installer, argument }) => `${installer}: ${argument}`)).toMatchInlineSnapshot(`
      [
        "RHEL 7 and newer, Fedora: ",
        "RHEL 6: ",
        "linuxrc (SLES and SLED 10 to 15, Leap 15): ",
        "Agama (SLES 16, Leap 16): inst.dud=http://SERVER/PATH/boot.iso rd.neednet",
        "casper (Ubuntu live media): debian-installer/driver-update=true",
        "debian-installer: driver-injection-disk/load=true",
      ]
    `)
  })

  it('tells what it has nothing for, and nothing of how to load it there', async () => {
    const said: string[] = []
    const report: DriverDiskRequest['report'] = (event) => void said.push('message' in event ? event.message : '')
    const own = request({ report, injection: [] })
    const plan = { ...own.plan, builds: [plannedBuild(below(root, 'built'), jammy)] }
    const { boot } = await makeDriverDisk({ ...own, plan })
    expect(boot.map(({ installer }) => installer)).toEqual(['casper (Ubuntu live media)'])
    expect(said.filter((text) => text !== '')).toEqual(['there is nothing on the disk for sles15, leap15.5'])
  })

  it('can be appended to an initrd, and tells where it is then', async () => {
    const initrd = below(root, 'append.cpio.gz')
    const { boot } = await makeDriverDisk(request({ initrd }))
    expect(boot.filter(({ note }) => note === 'with append.cpio.gz appended to the initrd')).toMatchObject([
      { installer: 'RHEL 7 and newer, Fedora', argument: 'inst.dd=file:/dd.iso' },
      { installer: 'linuxrc, Agama', argument: '' },
    ])
    const out = unpack(initrd)
    expect(readdirSync(out).sort()).toEqual(['dd.iso', 'linux'])
    expect(readdirSync(unpack(join(out, 'dd.iso'))).sort()).toEqual(['linux', 'rhdd3', 'rpms', 'ubuntu-drivers'])
  })

  it('is shown with its formats, packages, kernels and modules', async () => {
    const { path } = await makeDriverDisk(request())
    const shown = await showImage(path, { tmp: root, reader: rooms })
    expect(shown).toMatchObject({
      container: { kind: 'iso', label: 'OEMDRV' },
      formats: ['redhat3', 'suse', 'ubuntu', 'debian'],
      kernels: [el9, sle, jammy].sort(),
      updates: [
        { path: 'linux/suse/x86_64-leap15.5', arch: 'x86_64', tag: 'leap15.5' },
        { path: 'linux/suse/x86_64-sles15', arch: 'x86_64', tag: 'sles15' },
      ],
    })
    expect(shown.packages.find(({ kind }) => kind === 'rpm')?.identity).toEqual({
      name: `kmod-hello-${sle}`,
      version: '1.0-1',
      arch: 'x86_64',
    })
    expect(shown.modules.every(({ isSigned }) => isSigned)).toBe(true)
  })
})

describe('making a disk', () => {
  it.each(
    diskFormats.flatMap((format) => imageMedia.map((medium) => [format, medium] as const)),
  )('of the format %s on %s gives the same bytes whoever makes it', async (format, medium) => {
    const own = request({ formats: [format], medium, ...(medium === 'floppy' ? { size: 'auto' as const } : {}) })
    const first = await makeDriverDisk(own)
    const before = { umask: process.umask(0o077), zone: process.env['TZ'] }
    try {
      process.env['TZ'] = 'Pacific/Chatham'
      for (const { modules } of own.plan.builds) {
        for (const { content } of modules) {
          utimesSync(content.from, 5, 5)
          chmodSync(content.from, 0o600)
        }
      }
      const second = await makeDriverDisk({ ...own, destination: below(root, 'second') })
      expect(second.sha256).toBe(first.sha256)
    } finally {
      process.umask(before.umask)
      if (before.zone === undefined) delete process.env['TZ']
      else process.env['TZ'] = before.zone
      rmSync(first.path)
    }
  })

  it('decompresses modules, for installers drop compressed ones', async () => {
    const own = request({ formats: ['dud'] })
    const [build] = own.plan.builds
    const [module] = build!.modules
    execFileSync('xz', ['-kf', module!.content.from])
    const from = absolutePath(`${module!.content.from}.xz`)
    const packed = {
      ...module!,
      fileName: `${module!.fileName}.xz`,
      compression: '.xz' as const,
      content: { from, bytes: 1 },
    }
    const made = await makeDriverDisk({ ...own, plan: { ...own.plan, builds: [{ ...build!, modules: [packed] }] } })
    const out = unpack(made.path)
    expect(
      readFileSync(join(out, 'linux/suse/x86_64-sles15/modules/needed.ko')).equals(readFileSync(module!.content.from)),
    ).toBe(true)
  })

  it('refuses an initrd form that no installer reads, and writes nothing', async () => {
    const own = request({ formats: ['ubuntu'], initrd: below(root, 'no') })
    await expect(makeDriverDisk(own)).rejects.toMatchObject({ code: 'DISK_REFUSED' })
    expect(existsSync(own.destination)).toBe(false)
  })

  it('puts packages on the disk that are for other kernels than its own', async () => {
    const own = request({ formats: ['redhat3', 'ubuntu'] })
    const theirs = unpack((await makeDriverDisk(own)).path)
    const rpm = execFileSync('find', [theirs, '-name', `*${sle}*.rpm`], { encoding: 'utf8' }).trim()
    const deb = execFileSync('find', [theirs, '-name', '*5.15.0*.deb'], { encoding: 'utf8' }).trim()
    const builds = [plannedBuild(below(root, 'built'), sle.replace('53', '55'))]
    const packages = [rpm, deb].map(absolutePath)
    const made = await makeDriverDisk({
      ...request({ formats: ['dud', 'ubuntu'] }),
      plan: { ...own.plan, builds },
      packages,
    })
    expect(made.files).toContain(`linux/suse/x86_64-sles15/install/${basename(rpm)}`)
    expect(made.files).toContain(`ubuntu-drivers/5.15.0/${basename(deb)}`)
  })

  it('refuses packages that no format has a place for', async () => {
    const own = request({ formats: ['ubuntu'] })
    const out = unpack((await makeDriverDisk(own)).path)
    const deb = absolutePath(execFileSync('find', [out, '-name', '*5.15.0*.deb'], { encoding: 'utf8' }).trim())
    const made = makeDriverDisk(request({ formats: ['redhat3'], packages: [deb] }))
    await expect(made).rejects.toMatchObject({ code: 'DISK_REFUSED', message: expect.stringContaining(deb) })
  })

  it('refuses a floppy that is too small', async () => {
    const own = request({ formats: ['redhat3'], medium: 'floppy', size: 20 })
    await expect(makeDriverDisk(own)).rejects.toMatchObject({ code: 'IMAGE_FULL' })
  })
})
