/** Copies a package's source into the source tree, beside the place it will take. */
import { constants, cpSync } from 'node:fs'
import { type AbsolutePath, type PackageId, type Roots } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import { changing } from './changing.ts'
import { treePaths } from './layout.ts'
import { stagingPlace } from './staging.ts'

/**
 * Everything is copied, dot files and version control included (as DKMS 3.2.2 does), with modes, times and links as they
 * are; file systems that can share blocks do.
 *
 * @returns the staged copy; change.ts commitPackage puts it in its place
 * @throws {FactoryError} USAGE when the source tree lies inside `from`; FILE_ACCESS, DISK_FULL
 */
export function stageSource(roots: Roots, id: PackageId, from: AbsolutePath): AbsolutePath {
  if (`${roots.sourceTree}/`.startsWith(`${from}/`)) throw holdsItself(roots, from)
  const staged = stagingPlace(roots, treePaths(roots).sourceDir(id))
  changing(`copy ${from}`, staged, () =>
    cpSync(from, staged, {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
      mode: constants.COPYFILE_FICLONE,
      errorOnExist: true,
      force: false,
    }),
  )
  return staged
}

function holdsItself(roots: Roots, from: AbsolutePath): FactoryError {
  return new FactoryError('USAGE', `${from} holds the source tree ${roots.sourceTree} and cannot be copied into it`, {
    hint: 'give the directory of one package',
  })
}
