import { constants, cpSync } from 'node:fs'
import { fileError } from './fs.ts'

/**
 * Copies a directory into `to`, merging with what is there: modes, times and links as they are, sharing blocks where
 * the file system can (reflinks). Links are copied as written, never followed.
 * @throws {FactoryError} FILE_ACCESS, DISK_FULL
 */
export function copyTree(from: string, to: string): void {
  try {
    cpSync(from, to, {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
      mode: constants.COPYFILE_FICLONE,
    })
  } catch (error) {
    throw fileError(error, `copy ${from}`, to)
  }
}
