/** Where packages go. */
import { accessSync, constants } from 'node:fs'
import type { AbsolutePath } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { fileError, makeDirectories, systemErrorCode } from '../../system/fs.ts'

/**
 * Makes the directory where there is none.
 *
 * @throws {FactoryError} DESTINATION_NOT_WRITABLE
 */
export function prepareOutput(directory: AbsolutePath): void {
  try {
    makeDirectories(directory)
    accessSync(directory, constants.W_OK | constants.X_OK)
  } catch (error) {
    if (['EEXIST', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) {
      throw new FactoryError('DESTINATION_NOT_WRITABLE', `cannot write to ${directory}: a file is in the way`, {
        hint: 'name a directory with --output; one that does not exist is made',
        cause: error,
      })
    }
    const { message } = fileError(error, 'write to', directory)
    throw new FactoryError('DESTINATION_NOT_WRITABLE', message, {
      hint: 'run as root, or name another directory with --output',
      cause: error,
    })
  }
}
