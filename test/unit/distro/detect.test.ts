import { mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { detectDistro, readDistro } from '../../../src/distro/detect.ts'
import { headersHint } from '../../../src/distro/headers-hint.ts'
import { parseOsRelease, readOsRelease } from '../../../src/distro/os-release.ts'
import { temporaryDirectory } from '../../../src/system/fs.ts'

describe('detectDistro', () => {
  it.each([
    ['debian', '', 'debian', '/updates/dkms'],
    ['raspbian', 'debian', 'debian', '/updates/dkms'],
    ['kali', 'debian', 'debian', '/updates/dkms'],
    ['ubuntu', 'debian', 'ubuntu', '/updates/dkms'],
    ['linuxmint', '"ubuntu debian"', 'ubuntu', '/updates/dkms'],
    ['pop', '"ubuntu debian"', 'ubuntu', '/updates/dkms'],
    ['fedora', '', 'fedora', '/extra'],
    ['nobara', 'fedora', 'fedora', '/extra'],
    ['rhel', '"fedora"', 'rhel', '/extra'],
    ['centos', '"rhel fedora"', 'rhel', '/extra'],
    ['almalinux', '"rhel centos fedora"', 'rhel', '/extra'],
    ['rocky', '"rhel centos fedora"', 'rhel', '/extra'],
    ['ol', 'fedora', 'rhel', '/extra'],
    ['amzn', '"centos rhel fedora"', 'rhel', '/extra'],
    ['amzn', 'fedora', 'fedora', '/extra'],
    ['ovm', '', 'generic', undefined],
    ['sles', 'suse', 'suse', '/updates'],
    ['sle_hpc', 'suse', 'suse', '/updates'],
    ['opensuse-leap', '"suse opensuse"', 'suse', '/updates'],
    ['arch', '', 'arch', '/updates/dkms'],
    ['manjaro', 'arch', 'arch', '/updates/dkms'],
    ['gentoo', '', 'gentoo', undefined],
    ['mageia', '"mandriva fedora"', 'mandriva', undefined],
    ['rosa', '', 'mandriva', undefined],
    ['somethingnew', '"unheard of"', 'generic', undefined],
  ])('takes ID=%s ID_LIKE=%s for %s, whose modules go to %s', (id, like, family, destination) => {
    const distro = detectDistro(`NAME=x\nID=${id}\n${like === '' ? '' : `ID_LIKE=${like}\n`}`)
    expect(distro).toMatchObject({ id, family })
    expect(distro.moduleDestination).toBe(destination)
  })

  it.each([
    ['debian', '6.1.0-56-amd64', 'linux-headers-6.1.0-56-amd64'],
    ['debian', '6.8.12-4-pve', 'proxmox-headers-6.8.12-4-pve'],
    ['raspbian', '6.1.21-v8+', 'raspberrypi-kernel-headers'],
    ['raspbian', '6.12.25+rpt-rpi-v8', 'linux-headers-6.12.25+rpt-rpi-v8'],
    ['ubuntu', '6.8.0-45-generic', 'linux-headers-6.8.0-45-generic'],
    ['fedora', '6.11.4-300.fc41.x86_64', 'kernel-devel-6.11.4-300.fc41.x86_64'],
    ['fedora', '6.11.4-300.fc41.x86_64+debug', 'kernel-debug-devel-6.11.4-300.fc41.x86_64'],
    ['rhel', '5.14.0-503.el9.aarch64+64k', 'kernel-64k-devel-5.14.0-503.el9.aarch64'],
    ['ol', '5.15.0-206.153.7.el9uek.x86_64', 'kernel-uek-devel-5.15.0-206.153.7.el9uek.x86_64'],
    ['sles', '6.4.0-150600.23-default', 'kernel-default-devel'],
    ['opensuse-leap', '6.4.0-150600.8-azure', 'kernel-azure-devel'],
    ['arch', '6.6.1-arch1-1', 'linux-headers'],
    ['arch', '6.6.8-1-lts', 'linux-lts-headers'],
    ['arch', '6.6.7-zen1-1-zen', 'linux-zen-headers'],
    ['gentoo', '6.6.13-gentoo', 'sys-kernel/gentoo-sources'],
    ['gentoo', '6.6.13-gentoo-dist', 'sys-kernel/gentoo-kernel'],
    ['mageia', '6.6.58-desktop-1.mga9', 'kernel-desktop-devel-6.6.58-1.mga9'],
    ['mageia', 'own', 'kernel-devel-own'],
    ['void', '6.6.1_1', 'the kernel headers package for 6.6.1_1'],
  ])('on %s brings the headers of %s with %s', (id, release, expected) => {
    expect(detectDistro(`ID=${id}`).headersPackage(release)).toBe(expected)
  })

  it.each([
    ['debian', 'the headers with: apt-get install linux-headers-6.6.1_1'],
    ['void', 'the kernel headers package for 6.6.1_1'],
  ])('on %s says to install %s', (id, expected) => {
    expect(headersHint(detectDistro(`ID=${id}`), '6.6.1_1')).toBe(expected)
  })

  it('knows where each signs and with which keys', () => {
    expect(detectDistro('ID=debian').signTools('6.1.0-56-amd64')).toEqual([
      { kind: 'path', path: '/usr/lib/linux-kbuild-6.1/scripts/sign-file' },
    ])
    expect(detectDistro('ID=ubuntu').signTools('6.8.0-45-generic')[0]).toEqual({ kind: 'command', name: 'kmodsign' })
    expect(detectDistro('ID=debian').signingKeys.privateKey).toBe('/var/lib/dkms/mok.key')
    expect(detectDistro('ID=ubuntu').signingKeys.certificate).toBe('/var/lib/shim-signed/mok/MOK.der')
    expect(detectDistro('ID=gentoo').signingKeys.configuredIn?.file).toBe('/etc/portage/make.conf')
  })

  it('uses weak-modules where the kernel interface is stable, Red Hat itself included', () => {
    const paths = ['rhel', 'centos', 'fedora', 'sles', 'debian'].map((id) => detectDistro(`ID=${id}`).weakModules?.path)
    const suse = '/usr/lib/module-init-tools/weak-modules2'
    expect(paths).toEqual(['/usr/sbin/weak-modules', '/usr/sbin/weak-modules', undefined, suse, undefined])
    expect(detectDistro('ID=rhel').weakModules?.add('K')).toEqual(['--no-initramfs', '--add-modules'])
    expect(detectDistro('ID=sles').weakModules?.remove('K')).toEqual(['--remove-kernel-modules', 'K'])
    expect(detectDistro('ID=sles').weakModules?.environment).toMatchObject({ INITRD_IN_POSTTRANS: '1' })
  })
})

describe('os-release', () => {
  it('is read with its quotes, escapes and comments', () => {
    const text = '# ID=no\nID=debian\nNAME="A \\"B\\" \\$C"\n  VERSION=\'1 2\'  \nBAD LINE=1\nID_LIKE=\nID=last\r\n'
    expect([...parseOsRelease(text)]).toEqual([
      ['ID', 'last'],
      ['NAME', 'A "B" $C'],
      ['VERSION', '1 2'],
      ['ID_LIKE', ''],
    ])
  })

  let directory: ReturnType<typeof temporaryDirectory>
  beforeEach(() => {
    directory = temporaryDirectory(tmpdir(), 'os-release-')
  })
  afterEach(() => directory[Symbol.dispose]())

  function make(path: string, content: string): void {
    mkdirSync(dirname(join(directory.path, path)), { recursive: true })
    writeFileSync(join(directory.path, path), content)
  }

  it('is taken from /etc, else from /usr/lib', () => {
    make('usr/lib/os-release', 'ID=arch\n')
    expect(readDistro(directory.path).id).toBe('arch')
    make('etc/os-release', 'ID=debian\n')
    expect(readDistro(directory.path).id).toBe('debian')
  })

  it('must exist', () => {
    expect(() => readOsRelease(directory.path)).toThrow(expect.objectContaining({ code: 'OS_RELEASE_MISSING' }))
  })
})
