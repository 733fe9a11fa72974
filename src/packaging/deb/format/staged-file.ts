/** A file that is written beside its place and renamed into it, or not at all. */
import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { OpenFile } from '../../../archive/file-range.ts'
import { commitRename, fileError, makeDirectories } from '../../../system/fs.ts'

/**
 * @param write gets the file, open for reading and writing
 * @throws {FactoryError} FILE_ACCESS, DISK_FULL; what `write` throws. Then an older file at the destination stays as it was
 */
export async function writeStaged<Result>(
  destination: string,
  write: (file: OpenFile) => Promise<Result>,
): Promise<Result> {
  const path = join(dirname(destination), `.${basename(destination)}.${process.pid}.tmp`)
  const descriptor = openNew(path)
  try {
    const result = await write({ descriptor, path })
    fsyncSync(descriptor)
    commitRename(path, destination)
    return result
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  } finally {
    closeSync(descriptor)
  }
}

/** A file beside the destination that has no name any more: it is gone when it is disposed of, or the process ends. */
export function openScratch(destination: string): OpenFile & Disposable {
  const path = join(dirname(destination), `.${basename(destination)}.${process.pid}.part`)
  const descriptor = openNew(path)
  rmSync(path, { force: true })
  return { descriptor, path, [Symbol.dispose]: () => closeSync(descriptor) }
}

function openNew(path: string): number {
  try {
    makeDirectories(dirname(path))
    rmSync(path, { force: true })
    return openSync(path, 'wx+', 0o644)
  } catch (error) {
    throw fileError(error, 'write', path)
  }
}
