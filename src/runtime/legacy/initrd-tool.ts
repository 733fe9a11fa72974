/** Which program makes the initial ramdisk of a kernel, and where the image lies. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { type AbsolutePath, below } from '../../domain.ts'
import { findOnPath } from '../../kernel/toolchain.ts'
import { isFile } from '../../system/fs.ts'

export interface InitrdPlaces {
  /** By default /boot. */
  readonly boot: AbsolutePath
  /** By default /etc: machine-id names the directory of hosts that boot by the Boot Loader Specification. */
  readonly etcRoot: AbsolutePath
}

/** The image of a kernel, by the names that distributions give it; undefined when it has none (yet). */
export function findInitrd({ boot, etcRoot }: InitrdPlaces, release: string): AbsolutePath | undefined {
  const machine = machineId(etcRoot)
  const byMachine = machine === undefined ? [] : [`${machine}/${release}/initrd`, `efi/${machine}/${release}/initrd`]
  const names = [`initramfs-${release}.img`, `initrd.img-${release}`, `initrd-${release}`, `initrd-${release}.img`]
  return [...names, ...byMachine].map((name) => below(boot, name)).find(isFile)
}

function machineId(etcRoot: AbsolutePath): string | undefined {
  const file = below(etcRoot, 'machine-id')
  const text = isFile(file) ? readFileSync(file, 'utf8').trim() : ''
  return /^[0-9a-f]{32}$/.test(text) ? text : undefined
}

type Argv = readonly [string, ...string[]]

/** In the order of DKMS 2.2. */
const tools: readonly {
  readonly name: string
  readonly argv: (program: string, image: AbsolutePath, release: string) => Argv
}[] = [
  { name: 'dracut', argv: (program, image, release) => [program, '--force', image, release] },
  // It knows no image but its own, /boot/initrd.img-RELEASE.
  { name: 'update-initramfs', argv: (program, _image, release) => [program, '-u', '-k', release] },
  { name: 'mkinitrd', argv: mkinitrd },
]

/** SUSE's takes the names of the kernel and the image; Red Hat's the image and the release. */
function mkinitrd(program: string, image: AbsolutePath, release: string): Argv {
  const isSuse = basename(image) === `initrd-${release}`
  return isSuse ? [program, '-k', `vmlinuz-${release}`, '-i', basename(image)] : [program, '-f', image, release]
}

/**
 * Where update-initramfs is installed, initrd.img-RELEASE is its own: dracut, which may be there for another purpose, would
 * put in its place an image that knows nothing of the host's settings for the other.
 *
 * @returns undefined when the host has none of the programs
 */
export function initrdCommand(image: AbsolutePath, release: string, searchPath: string): Argv | undefined {
  const isOfDebian = basename(image) === `initrd.img-${release}`
  const own = isOfDebian ? tools.filter(({ name }) => name === 'update-initramfs') : []
  for (const { name, argv } of [...own, ...tools]) {
    const program = findOnPath(name, searchPath)
    if (program !== undefined) return argv(program, image, release)
  }
  return undefined
}
