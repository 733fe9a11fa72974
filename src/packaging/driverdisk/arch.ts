/** What each installer calls an architecture on its disks, from `uname -m`. */
import { archNames } from '../../kernel/arch.ts'

const is32BitIntel = /^i[3-6]86$/

/** anaconda: `rpms/<arch>/` by `uname -m`. RHEL 6 uses the base architecture for 32-bit Intel. */
export function anacondaArches(uname: string): readonly string[] {
  return is32BitIntel.test(uname) ? ['i386', 'i686'] : [uname]
}

/** linuxrc, in the names of update directories. */
export function suseArch(uname: string): string {
  return is32BitIntel.test(uname) ? 'i386' : uname
}

/** As dpkg names it. */
export function debArch(uname: string): string {
  return archNames(uname).deb
}

/** As rpm names it. */
export function rpmArch(uname: string): string {
  return archNames(uname).rpm
}
