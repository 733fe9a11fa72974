/** The path forms of `add`: which directory is meant, and whether it is where the package belongs already. */
import { realpathSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { type AbsolutePath, absolutePath, below, type PackageId, type Roots } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import { fileError, isFile } from '../system/fs.ts'
import { treePaths } from '../tree/layout.ts'

/**
 * @param path a directory holding dkms.conf, or that file
 * @returns the directory with links resolved
 * @throws {FactoryError} CONF_NOT_FOUND
 */
export function confDirectory(path: AbsolutePath): AbsolutePath {
  const directory = isFile(path) && basename(path) === 'dkms.conf' ? absolutePath(dirname(path)) : path
  if (!isFile(below(directory, 'dkms.conf'))) {
    throw new FactoryError('CONF_NOT_FOUND', `${directory} holds no dkms.conf`, {
      hint: 'give the directory of a package source',
    })
  }
  return realPath(directory)
}

/** SRC/M-V itself, or the link or the build directory of the tree: nothing is to be copied then. */
export function isOwnSource(roots: Roots, id: PackageId, from: AbsolutePath): boolean {
  const paths = treePaths(roots)
  return [paths.sourceDir(id), paths.sourceLink(id), paths.buildDir(id)].some((place) => existingPath(place) === from)
}

function existingPath(path: AbsolutePath): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}

function realPath(path: AbsolutePath): AbsolutePath {
  try {
    return absolutePath(realpathSync(path))
  } catch (error) {
    throw fileError(error, 'resolve', path)
  }
}
