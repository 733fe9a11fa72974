/** A change that is decided is carried out, so what could stop it is looked for before. */
import { accessSync, constants } from 'node:fs'
import { dirname } from 'node:path'
import { FactoryError } from '../errors.ts'
import { fileError, isDirectory, lstatOrNone } from '../system/fs.ts'

/**
 * @throws {FactoryError} FILE_ACCESS when the directories on the way to `target` cannot be made, or it cannot be put there
 */
export function assertReachable(target: string): void {
  const parent = deepestExisting(dirname(target))
  if (!isDirectory(parent)) {
    throw new FactoryError('FILE_ACCESS', `cannot create ${target}: ${parent} is not a directory`, {
      hint: 'move it away',
    })
  }
  try {
    accessSync(parent, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw fileError(error, 'write to', parent)
  }
}

function deepestExisting(path: string): string {
  try {
    if (path === '/' || lstatOrNone(path) !== undefined) return path
  } catch {
    // A part of the path is a file: it will be found on the way up.
  }
  return deepestExisting(dirname(path))
}
