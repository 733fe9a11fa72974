/** Programs we run and the package that brings each, per package manager. */
import { join } from 'node:path'
import { FactoryError } from '../errors.ts'
import { childEnvironment } from './env.ts'
import { isFile } from './fs.ts'

interface Provider {
  readonly apt: string
  readonly dnf: string
  readonly zypper: string
}

function everywhere(name: string): Provider {
  return { apt: name, dnf: name, zypper: name }
}

export const toolProviders: Readonly<Record<string, Provider>> = {
  bash: everywhere('bash'),
  bzip2: everywhere('bzip2'),
  cp: everywhere('coreutils'),
  depmod: everywhere('kmod'),
  dh: everywhere('debhelper'),
  'dpkg-buildpackage': everywhere('dpkg-dev'),
  fakeroot: everywhere('fakeroot'),
  flock: everywhere('util-linux'),
  gcc: everywhere('gcc'),
  gpg: { apt: 'gnupg', dnf: 'gnupg2', zypper: 'gpg2' },
  gzip: everywhere('gzip'),
  make: everywhere('make'),
  mkfifo: everywhere('coreutils'),
  modinfo: everywhere('kmod'),
  modprobe: everywhere('kmod'),
  mokutil: everywhere('mokutil'),
  openssl: everywhere('openssl'),
  patch: everywhere('patch'),
  ps: { apt: 'procps', dnf: 'procps-ng', zypper: 'procps' },
  rpm: everywhere('rpm'),
  rpmbuild: { apt: 'rpm', dnf: 'rpm-build', zypper: 'rpm-build' },
  strip: everywhere('binutils'),
  'llvm-strip': everywhere('llvm'),
  tar: everywhere('tar'),
  xz: { apt: 'xz-utils', dnf: 'xz', zypper: 'xz' },
  zstd: everywhere('zstd'),
  bsdtar: { apt: 'libarchive-tools', dnf: 'bsdtar', zypper: 'bsdtar' },
  debugfs: everywhere('e2fsprogs'),
  mke2fs: everywhere('e2fsprogs'),
  mcopy: everywhere('mtools'),
  mmd: everywhere('mtools'),
  'mkfs.vfat': everywhere('dosfstools'),
  xorriso: everywhere('xorriso'),
  unsquashfs: { apt: 'squashfs-tools', dnf: 'squashfs-tools', zypper: 'squashfs' },
}

/** Whether a program is on the PATH that programs are started with. */
export function isInstalled(program: string): boolean {
  return (childEnvironment()['PATH'] ?? '').split(':').some((directory) => isFile(join(directory, program)))
}

export function toolMissing(tool: string, purpose?: string): FactoryError {
  const provider = toolProviders[tool]
  const why = purpose === undefined ? '' : `, needed to ${purpose}`
  return new FactoryError('TOOL_MISSING', `the program ${tool} is not installed${why}`, {
    hint:
      provider === undefined
        ? `install ${tool} or put it on PATH`
        : `apt-get install ${provider.apt}, dnf install ${provider.dnf} or zypper install ${provider.zypper}`,
  })
}
