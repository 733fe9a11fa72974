/**
 * REMAKE_INITRD: the initial ramdisk of a kernel is made anew when modules of the package come or go (dkms(8) of DKMS 2.2).
 * The image from before lies beside it as IMAGE.old-dkms while the package is installed.
 */
import { constants, copyFileSync, renameSync, rmSync } from 'node:fs'
import { basename } from 'node:path'
import { type AbsolutePath, absolutePath, type Kernel, type Roots } from '../../domain.ts'
import { FactoryError, isFactoryError } from '../../errors.ts'
import type { Report } from '../../report.ts'
import { syncDirectory } from '../../system/fs.ts'
import { run } from '../../system/run.ts'
import { changing } from '../../tree/changing.ts'
import { stagingPlace } from '../../tree/staging.ts'
import { findInitrd, type InitrdPlaces, initrdCommand } from './initrd-tool.ts'

export interface InitrdRequest {
  readonly roots: Roots
  readonly places: InitrdPlaces
  readonly kernel: Kernel
  /** PATH, where the programs are looked for. */
  readonly searchPath: string
  readonly report: Report
}

export type InitrdOutcome =
  | { readonly state: 'rebuilt'; readonly image: AbsolutePath; readonly backup: AbsolutePath }
  /** The package of the kernel makes the image after its modules. */
  | { readonly state: 'no-image' }
  | { readonly state: 'no-program'; readonly image: AbsolutePath }

export function backupOf(image: AbsolutePath): AbsolutePath {
  return absolutePath(`${image}.old-dkms`)
}

/**
 * After an install. What was is kept as IMAGE.old-dkms.
 *
 * @throws {FactoryError} INITRD_FAILED, and the image is what it was; FILE_ACCESS, DISK_FULL
 */
export async function rebuildInitrd(request: InitrdRequest): Promise<InitrdOutcome> {
  return makeAnew(request, (image) => backupOf(image))
}

/**
 * After an uninstall. IMAGE.old-dkms goes, as it has become worth nothing.
 *
 * @throws {FactoryError} as {@link rebuildInitrd}; the backup stays then
 */
export async function rebuildInitrdWithout(request: InitrdRequest): Promise<InitrdOutcome> {
  const outcome = await makeAnew(request, (image) => stagingPlace(request.roots, image))
  if (outcome.state !== 'rebuilt') return outcome
  for (const path of [outcome.backup, backupOf(outcome.image)]) {
    changing('delete', path, () => rmSync(path, { force: true }))
  }
  return outcome
}

async function makeAnew(
  { roots, places, kernel, searchPath, report }: InitrdRequest,
  keepAs: (image: AbsolutePath) => AbsolutePath,
): Promise<InitrdOutcome> {
  const image = findInitrd(places, kernel.release)
  if (image === undefined) {
    const message = `no initial ramdisk is made anew: kernel ${kernel.release} has none below ${places.boot}`
    report({ kind: 'note', message })
    return { state: 'no-image' }
  }
  const argv = initrdCommand(image, kernel.release, searchPath)
  if (argv === undefined) {
    report({
      kind: 'warning',
      message: `the initial ramdisk ${image} cannot be made anew: dracut, update-initramfs and mkinitrd are not installed`,
      hint: 'make it with the program of this system, or leave REMAKE_INITRD out of dkms.conf',
    })
    return { state: 'no-program', image }
  }
  const backup = keepAs(image)
  copyWhole(roots, image, backup)
  try {
    report({ kind: 'note', message: `making ${image} anew with ${basename(argv[0])}` })
    await run(argv, { env: { PATH: searchPath }, purpose: 'make the initial ramdisk anew' })
  } catch (error) {
    putBack(backup, image)
    throw initrdFailed(image, error)
  }
  return { state: 'rebuilt', image, backup }
}

/** Seen whole or not at all, and with the mode of the original: images are readable by root alone. */
function copyWhole(roots: Roots, from: AbsolutePath, to: AbsolutePath): void {
  const staged = stagingPlace(roots, to)
  changing('copy', to, () => {
    copyFileSync(from, staged, constants.COPYFILE_FICLONE)
    syncDirectory(staged)
    renameSync(staged, to)
  })
}

function putBack(backup: AbsolutePath, image: AbsolutePath): void {
  changing('put back', image, () => renameSync(backup, image))
}

function initrdFailed(image: AbsolutePath, error: unknown): unknown {
  if (!isFactoryError(error, 'COMMAND_FAILED')) return error
  return new FactoryError('INITRD_FAILED', `the initial ramdisk could not be made anew: ${image}`, {
    hint: 'see what the program says and try again, or give --no-initrd; the image is what it was',
    details: [error.message, ...error.details],
    cause: error,
  })
}
