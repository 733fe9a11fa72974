/** Which files installers can mount. linuxrc and Agama also unpack archives: suse.ts judges for them. */
import type { Container, ContainerKind } from '../../../archive/image/model.ts'
import type { InstallerRelease } from './releases.ts'
import type { Problem } from './rules.ts'

/** casper names the file systems it tries; kernels of the time of the loader had no squashfs. */
const mountable: Readonly<Partial<Record<InstallerRelease['consumer'], readonly ContainerKind[]>>> = {
  loader: ['fat', 'ext2', 'iso'],
  // A package is no file system, but is taken from an address.
  anaconda: ['iso', 'fat', 'ext2', 'squashfs', 'rpm'],
  casper: ['fat', 'iso', 'ext2'],
  'hw-detect': ['fat', 'iso', 'ext2'],
}

export function judgeMount({ consumer }: InstallerRelease, { kind, compression }: Container): Problem[] {
  const kinds = mountable[consumer]
  if (kinds === undefined || kind === 'directory' || (kinds.includes(kind) && compression === 'none')) return []
  const packed = compression === 'none' ? '' : `, compressed with ${compression}`
  return [{ code: 'container-not-mountable', detail: `${kind}${packed}` }]
}
