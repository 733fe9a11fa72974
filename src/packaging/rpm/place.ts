/** Where the packages go. */
import { accessSync, constants } from 'node:fs'
import { type AbsolutePath, below } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { fileError, makeDirectories } from '../../system/fs.ts'
import type { PlanOrigin } from '../plan/model.ts'

/** `TREE/M/V/rpm`, as always; of a plain directory, which has no such place, where the command was given. */
export function defaultOutput(origin: PlanOrigin, workingDirectory: AbsolutePath): AbsolutePath {
  switch (origin.kind) {
    case 'tree':
      return below(origin.versionDir, 'rpm')
    case 'directory':
      return workingDirectory
  }
}

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
    const { message } = fileError(error, 'write to', directory)
    throw new FactoryError('DESTINATION_NOT_WRITABLE', message, {
      hint: 'run as root, or name another directory with --output',
      cause: error,
    })
  }
}
