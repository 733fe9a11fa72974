/**
 * One machine, four names: what `uname -m` says, and what RPM, Debian and SUSE call it in package names.
 *
 * Sources: dpkg's cputable and ostable (dpkg-architecture(1)), rpm's rpmrc, the port lists of Debian and openSUSE.
 */
import { FactoryError } from '../errors.ts'

export interface ArchNames {
  /** The machine name of the kernel, by which DKMS knows an architecture. */
  readonly uname: string
  readonly rpm: string
  readonly deb: string
  readonly suse: string
}

/**
 * Where several machine names share a package architecture, the one that package means comes first: a lookup from the
 * package side takes the first row.
 */
const table: readonly ArchNames[] = [
  row('x86_64', 'x86_64', 'amd64'),
  // The name DKMS used for Intel's x86_64 kernels of the 2.4 era.
  row('ia32e', 'ia32e', 'amd64'),
  row('i686', 'i686', 'i386', 'i586'),
  row('i586', 'i586', 'i386', 'i586'),
  row('i486', 'i486', 'i386', 'i586'),
  row('i386', 'i386', 'i386', 'i586'),
  row('aarch64', 'aarch64', 'arm64'),
  row('armv7l', 'armv7hl', 'armhf', 'armv7hl'),
  // A 32-bit personality on a 64-bit processor.
  row('armv8l', 'armv8hl', 'armhf', 'armv7hl'),
  row('armv6l', 'armv6hl', 'armel', 'armv6hl'),
  row('armv5tel', 'armv5tel', 'armel', 'armv5el'),
  row('armv5tejl', 'armv5tejl', 'armel', 'armv5el'),
  row('ppc64le', 'ppc64le', 'ppc64el'),
  row('ppc64', 'ppc64', 'ppc64'),
  row('ppc', 'ppc', 'powerpc'),
  row('s390x', 's390x', 's390x'),
  row('s390', 's390', 's390'),
  row('riscv64', 'riscv64', 'riscv64'),
  row('riscv32', 'riscv32', 'riscv32'),
  row('loongarch64', 'loongarch64', 'loong64'),
  // uname does not tell the byte order; every distribution that still has the port is little-endian.
  row('mips64', 'mips64el', 'mips64el'),
  row('mips', 'mipsel', 'mipsel'),
  row('sparc64', 'sparc64', 'sparc64'),
  row('ia64', 'ia64', 'ia64'),
  row('alpha', 'alpha', 'alpha'),
  row('parisc64', 'hppa', 'hppa'),
  row('parisc', 'hppa', 'hppa'),
  row('m68k', 'm68k', 'm68k'),
  row('sh4', 'sh4', 'sh4'),
]

function row(uname: string, rpm: string, deb: string, suse = rpm): ArchNames {
  return { uname, rpm, deb, suse }
}

/** @throws {FactoryError} ARCH_UNKNOWN for a machine the table does not list */
export function archNames(uname: string): ArchNames {
  const names = table.find((row) => row.uname === uname)
  if (names === undefined) {
    throw new FactoryError(
      'ARCH_UNKNOWN',
      `no package architecture is known for the machine ${JSON.stringify(uname)}`,
      {
        hint: `give the name that uname -m prints, one of ${table.map((row) => row.uname).join(', ')}`,
      },
    )
  }
  return names
}

/** The machine a package architecture is for; undefined for `noarch`, `all` and names that are not in use. */
export function unameFrom(format: 'rpm' | 'deb' | 'suse', arch: string): string | undefined {
  return table.find((row) => row[format] === arch)?.uname
}
