/** The words of the old command line: `mkdriverdisk -d DISTRO --media floppy|iso|tar --size KiB` (DKMS 2.2 man page). */
import type { ImageMedium } from '../../archive/image/model.ts'
import type { Kernel } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import type { DiskFormat } from './model.ts'

export const legacyDistros = ['redhat', 'redhat1', 'redhat2', 'redhat3', 'suse', 'UnitedLinux', 'ubuntu'] as const

/**
 * Plain `redhat` is the older format where that can hold the kernels: one architecture. (DKMS 2.2 wrote its marker in any
 * case, on disks that no loader could read then.)
 *
 * @throws {FactoryError} DISK_REFUSED for another word
 */
export function legacyFormat(distro: string, kernels: readonly Kernel[]): DiskFormat {
  switch (distro) {
    case 'redhat':
      return new Set(kernels.map(({ arch }) => arch)).size > 1 ? 'redhat2' : 'redhat1'
    case 'redhat1':
    case 'redhat2':
    case 'redhat3':
    case 'suse':
    case 'ubuntu':
      return distro
    case 'UnitedLinux':
      return 'unitedlinux'
    default:
      throw new FactoryError(
        'DISK_REFUSED',
        `no driver disks are known for the distribution ${JSON.stringify(distro)}`,
        {
          hint: `use one of ${legacyDistros.join(', ')}, or --format`,
        },
      )
  }
}

const legacyKib = 1440

/**
 * A floppy of Red Hat's is FAT, those of all others are ext2.
 *
 * @throws {FactoryError} USAGE for a medium that the old command line does not have
 */
export function legacyMedium(
  format: DiskFormat,
  media: string,
  kib: number = legacyKib,
): { readonly medium: ImageMedium; readonly size?: number } {
  if (media === 'iso' || media === 'tar') return { medium: media }
  if (media === 'floppy') return { medium: format.startsWith('redhat') ? 'floppy' : 'ext2', size: kib }
  throw new FactoryError('USAGE', `there is no medium ${JSON.stringify(media)}`, { hint: 'use floppy, iso or tar' })
}
