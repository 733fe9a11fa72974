/** Copies a package's source into the source tree, beside the place it will take. */
import { constants, cpSync, rmSync } from 'node:fs'
import { type AbsolutePath, type PackageId, type Roots } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import { fileError } from '../system/fs.ts'
import { treePaths } from './layout.ts'
import { stagedTag } from './staging.ts'

/**
 * Everything is copied, dot files and version control included (as DKMS 3.2.2 does), with modes, times and links as they
 * are; file systems that can share blocks do.
 *
 * @returns the staged copy; change.ts commitSource puts it in its place
 * @throws {FactoryError} USAGE when the source tree lies inside `from`; FILE_ACCESS, DISK_FULL
 */
export function stageSource(roots: Roots, id: PackageId, from: AbsolutePath): AbsolutePath {
  if (`${roots.sourceTree}/`.startsWith(`${from}/`)) throw holdsItself(roots, from)
  const staged = treePaths(roots).sourceStaging(id, stagedTag())
  try {
    cpSync(from, staged, {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
      mode: constants.COPYFILE_FICLONE,
      errorOnExist: true,
      force: false,
    })
    return staged
  } catch (error) {
    rmSync(staged, { recursive: true, force: true })
    throw fileError(error, `copy ${from}`, staged)
  }
}

function holdsItself(roots: Roots, from: AbsolutePath): FactoryError {
  return new FactoryError('USAGE', `${from} holds the source tree ${roots.sourceTree} and cannot be copied into it`, {
    hint: 'give the directory of one package',
  })
}
