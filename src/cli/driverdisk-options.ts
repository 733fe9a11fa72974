/** Which disk is meant: the old command line (`-d`, `-r`, --media floppy|iso|tar) and the new one (--format, --dist). */
import { type ImageCompression, type ImageMedium, imageMedia, isFileSystem } from '../archive/image/model.ts'
import type { Kernel } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import { assertInjectionReleases } from '../packaging/driverdisk/layout/debian.ts'
import { assertUpdateProducts } from '../packaging/driverdisk/layout/dud.ts'
import { classicRelease } from '../packaging/driverdisk/layout/suse-classic.ts'
import { legacyDistros, legacyFormat, legacyMedium } from '../packaging/driverdisk/legacy.ts'
import type { DriverDiskRequest } from '../packaging/driverdisk/make.ts'
import { type DiskFormat, diskFormats } from '../packaging/driverdisk/model.ts'
import { suseTags } from '../packaging/driverdisk/suse-dists.ts'
import type { GivenOptions, OptionName } from './options.ts'
import { lastOption, numberOption } from './session.ts'

export type ChosenDisk = Pick<
  DriverDiskRequest,
  'formats' | 'medium' | 'label' | 'size' | 'compression' | 'release' | 'suseTags' | 'suseNumber' | 'injection'
>

/**
 * @param kernels decide what a plain `-d redhat` is
 * @throws {FactoryError} ARGUMENT_MISSING without a format; USAGE; DISK_REFUSED for a distribution nobody knows
 */
export function chooseDisk(options: GivenOptions, kernels: readonly Kernel[]): ChosenDisk {
  const formats = chosenFormats(options, kernels)
  const medium = chosenMedium(options, formats)
  const label = lastOption(options, 'label')
  const compression = chosenCompression(options, medium.medium)
  const release = lastOption(options, 'release')
  if (formats.includes('suse')) classicRelease('suse', release)
  if (formats.includes('unitedlinux')) classicRelease('UnitedLinux', release)
  const distributions = chosenDistributions(listOption(options, 'dist'))
  if (formats.includes('dud')) assertUpdateProducts(distributions.suseTags)
  if (formats.includes('debian')) assertInjectionReleases(distributions.injection)
  const suseNumber = numberOption(options, 'number')
  return {
    formats,
    ...medium,
    ...distributions,
    ...(label === undefined ? {} : { label: checkedLabel(label) }),
    ...(compression === undefined ? {} : { compression }),
    ...(release === undefined ? {} : { release }),
    ...(suseNumber === undefined ? {} : { suseNumber }),
  }
}

/** What was asked of a file system that the medium has not, as sentences for the user. DKMS 2 passes over it in silence. */
export function withoutEffect(options: GivenOptions, medium: ImageMedium): readonly string[] {
  const given = {
    '--size': options.has('size') && (medium === 'iso' || !isFileSystem(medium)),
    '--label': options.has('label') && !isFileSystem(medium),
  }
  return Object.entries(given).flatMap(([option, isIdle]) => (isIdle ? [`${option} means nothing for ${medium}`] : []))
}

function chosenFormats(options: GivenOptions, kernels: readonly Kernel[]): readonly [DiskFormat, ...DiskFormat[]] {
  const distro = lastOption(options, 'distro')
  const [first, ...others] = [...new Set(listOption(options, 'format').map(formatNamed))]
  if (distro !== undefined && first !== undefined) {
    throw new FactoryError('CONFLICTING_FLAGS', '--distro and --format exclude each other')
  }
  if (distro !== undefined) return [legacyFormat(distro, kernels)]
  if (first !== undefined) return [first, ...others]
  throw new FactoryError('ARGUMENT_MISSING', 'no distribution was named for the driver disk', {
    hint: `give -d with one of ${legacyDistros.join(', ')}, or --format with one of ${diskFormats.join(', ')}`,
  })
}

function formatNamed(word: string): DiskFormat {
  const format = diskFormats.find((one) => one === word.toLowerCase())
  if (format !== undefined) return format
  throw new FactoryError('DISK_REFUSED', `there is no format ${JSON.stringify(word)} of driver disks`, {
    hint: `choose among ${diskFormats.join(', ')}`,
  })
}

/** `-d` makes the floppies it always made; a format of its own name gets what its installers find by themselves. */
const mediumOfFormat: Readonly<Record<DiskFormat, ImageMedium>> = {
  redhat1: 'floppy',
  redhat2: 'floppy',
  redhat3: 'iso',
  suse: 'ext2',
  unitedlinux: 'ext2',
  dud: 'iso',
  ubuntu: 'iso',
  debian: 'fat',
  universal: 'iso',
}

function chosenMedium(
  options: GivenOptions,
  formats: readonly [DiskFormat, ...DiskFormat[]],
): { medium: ImageMedium; size?: number | 'auto' } {
  const size = chosenSize(options)
  const word = lastOption(options, 'media')
  const [format] = formats
  if (options.has('distro') && (word === undefined || ['floppy', 'iso', 'tar'].includes(word))) {
    const old = legacyMedium(format, word ?? 'floppy', size === 'auto' ? undefined : size)
    return size === 'auto' ? { medium: old.medium, size } : old
  }
  const medium = word === undefined ? mediumFor(formats) : mediumNamed(word)
  return { medium, ...(size === undefined ? {} : { size }) }
}

function mediumFor([first, ...others]: readonly [DiskFormat, ...DiskFormat[]]): ImageMedium {
  return others.every((format) => mediumOfFormat[format] === mediumOfFormat[first]) ? mediumOfFormat[first] : 'iso'
}

function mediumNamed(word: string): ImageMedium {
  const medium = imageMedia.find((one) => one === word)
  if (medium !== undefined) return medium
  throw new FactoryError('USAGE', `there is no medium ${JSON.stringify(word)}`, {
    hint: `choose one of ${imageMedia.join(', ')}`,
  })
}

function chosenSize(options: GivenOptions): number | 'auto' | undefined {
  const word = lastOption(options, 'size')
  if (word === undefined || word === 'auto') return word
  if (/^0*[1-9]\d{0,8}$/.test(word)) return Number(word)
  throw new FactoryError('USAGE', `--size takes a number of KiB, or auto, and not ${JSON.stringify(word)}`, {
    hint: 'a floppy has 1440',
  })
}

function checkedLabel(label: string): string {
  if (/^[A-Z0-9_-]{1,11}$/.test(label)) return label
  throw new FactoryError('USAGE', `${JSON.stringify(label)} cannot be the label of a disk`, {
    hint: 'a label has at most 11 capital letters, digits, - and _; installers look for OEMDRV',
  })
}

const compressions = ['none', 'gzip', 'xz'] as const satisfies readonly ImageCompression[]

function chosenCompression(options: GivenOptions, medium: ImageMedium): ImageCompression | undefined {
  const word = lastOption(options, 'compress')
  if (word === undefined) return undefined
  const compression = compressions.find((one) => one === word)
  if (compression === undefined) {
    throw new FactoryError('USAGE', `no installer reads a disk compressed with ${JSON.stringify(word)}`, {
      hint: `choose one of ${compressions.join(', ')}`,
    })
  }
  if (compression === 'none' || medium === 'tar' || medium === 'cpio') return compression
  throw new FactoryError('USAGE', `no installer reads a compressed ${medium} image`, {
    hint: 'leave out --compress, or give --media cpio',
  })
}

/** `ubuntu/trusty` is for debian-installer, all else for SUSE's installers. */
function chosenDistributions(words: readonly string[]): Required<Pick<ChosenDisk, 'suseTags' | 'injection'>> {
  const forDebian = words.filter((word) => word.includes('/') && !word.startsWith('='))
  const forSuse = words.filter((word) => !forDebian.includes(word))
  return {
    suseTags: [...new Set(forSuse.flatMap((word) => suseTags(word)))],
    injection: forDebian.map(injectionOf),
  }
}

function injectionOf(word: string): { distributor: string; codename: string } {
  const [, distributor, codename] = /^([a-z0-9.+-]+)\/([a-z0-9.+-]+)$/.exec(word.toLowerCase()) ?? []
  if (distributor !== undefined && codename !== undefined) return { distributor, codename }
  throw new FactoryError('USAGE', `${JSON.stringify(word)} is no distributor and codename`, {
    hint: 'write them as debian/bookworm or ubuntu/trusty',
  })
}

/** Given several times, or with commas between. */
export function listOption(options: GivenOptions, name: OptionName): readonly string[] {
  return (options.get(name) ?? []).flatMap((text) => text.split(',')).filter((word) => word !== '')
}
