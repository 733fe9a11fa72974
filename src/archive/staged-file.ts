/** Files that are written beside their place and renamed into it, or not at all. */
import { closeSync, fsyncSync, openSync, readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { beginningOfName, commitRename, fileError, makeDirectories } from '../system/fs.ts'
import { removeAtExit } from '../system/leftovers.ts'
import type { OpenFile } from './file-range.ts'

/**
 * What a former run left beside the destination when it was killed goes, too.
 *
 * @param write gets the file, open for reading and writing
 * @throws {FactoryError} FILE_ACCESS, DISK_FULL; what `write` throws. Then an older file at the destination stays as it was
 */
export async function writeStaged<Result>(
  destination: string,
  write: (file: OpenFile) => Promise<Result>,
): Promise<Result> {
  removeLeftovers(destination)
  const path = join(dirname(destination), stagedName(destination, process.pid))
  const descriptor = openNew(path)
  const forget = removeAtExit(path)
  try {
    const result = await write({ descriptor, path })
    fsyncSync(descriptor)
    commitRename(path, destination)
    return result
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  } finally {
    forget()
    closeSync(descriptor)
  }
}

/** A file beside the destination that has no name any more: it is gone when it is disposed of, or the process ends. */
export function openScratch(destination: string): OpenFile & Disposable {
  const path = join(dirname(destination), `.${beginningOfName(basename(destination))}.${process.pid}.part`)
  const descriptor = openNew(path)
  rmSync(path, { force: true })
  return { descriptor, path, [Symbol.dispose]: () => closeSync(descriptor) }
}

function stagedName(destination: string, pid: number | string): string {
  return `.${beginningOfName(basename(destination))}.${pid}.tmp`
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

/** Nothing depends on it, so what cannot be looked at or removed stays. */
function removeLeftovers(destination: string): void {
  const directory = dirname(destination)
  const [before = '', after = ''] = stagedName(destination, '/').split('/')
  for (const name of namesIn(directory)) {
    if (!name.startsWith(before) || !name.endsWith(after)) continue
    const pid = name.slice(before.length, name.length - after.length)
    if (/^[1-9]\d*$/.test(pid) && !isRunning(Number(pid))) removeIfPossible(join(directory, name))
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // EPERM is somebody else's process.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

function removeIfPossible(path: string): void {
  try {
    rmSync(path)
  } catch {
    // Told by nobody: it is no part of what was asked for.
  }
}
