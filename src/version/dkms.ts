/**
 * The version order of DKMS itself, used by BUILD_EXCLUSIVE_KERNEL_MIN and _MAX, by autoinstall and by the comparison
 * of a module with the one already installed (function VER of every DKMS release).
 *
 * Numbers of one or two digits are padded to three and the results are compared as text. Longer numbers stay as they
 * are, so 1000 sorts before 999; a prefix sorts first, so 6.1 < 6.1.0 < 6.1.0-56 and also 6.1 < 6.1-rc1. Package
 * authors have learned to write 6.1.9999 for "any 6.1". DKMS compares in the locale of the caller; here it is always
 * byte order, which is what it is under the C locale its services run in.
 */

export function compareDkms(a: string, b: string): number {
  const left = dkmsSortKey(a)
  const right = dkmsSortKey(b)
  if (left === right) return 0
  return left < right ? -1 : 1
}

/** The text DKMS compares in place of the version. */
export function dkmsSortKey(version: string): string {
  return version.replace(/\d+/g, (digits) => digits.padStart(3, '0'))
}
