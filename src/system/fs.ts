/** Changes to the disk that either happen whole or not at all, and errors that say where. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type AbsolutePath, absolutePath } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import { removeAtExit } from './leftovers.ts'

/** The system error code (ENOENT, EACCES, ...) of a thrown value, if it is a system error. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** A system error as a person needs it: what could not be done, where, why, and the deepest part of the path that exists. */
export function fileError(error: unknown, action: string, path: string): FactoryError {
  if (error instanceof FactoryError) return error
  const code = systemErrorCode(error)
  if (code === undefined) throw error
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new FactoryError('DISK_FULL', `cannot ${action}: no space left for ${path}`, {
      hint: 'free some space and run the command again; nothing was changed',
      cause: error,
    })
  }
  const details = code === 'ENOENT' ? [`the deepest directory that exists is ${deepestExisting(path)}`] : []
  const hint = hints[code]
  return new FactoryError('FILE_ACCESS', `cannot ${action}: ${path}: ${reasonOf(code)}`, {
    cause: error,
    details,
    ...(hint === undefined ? {} : { hint }),
  })
}

const denied = 'run as root, or choose a place you have access to'

const hints: Readonly<Record<string, string>> = {
  EACCES: denied,
  EPERM: denied,
  EROFS: 'mount the file system for writing, or choose another place',
  ENAMETOOLONG: 'choose a shorter name',
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ENOENT: 'no such file or directory',
  ENOTDIR: 'a part of the path is not a directory',
  EISDIR: 'it is a directory',
  EEXIST: 'it exists already',
  ENOSPC: 'no space left',
  EROFS: 'the file system is read-only',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'too many symbolic links',
}

/** A system error code in words. */
export function reasonOf(code: string): string {
  return reasons[code] ?? code
}

function deepestExisting(path: string): string {
  let current = dirname(path)
  while (current !== '/' && !existsSync(current)) current = dirname(current)
  return current
}

/**
 * lstat, or undefined when nothing is there or can be: a part of the path is a file, or its name is longer than any.
 *
 * @throws {FactoryError} FILE_ACCESS when this user may not look, or the disk fails
 */
export function lstatOrNone(path: string): Stats | undefined {
  return orNone(path, () => lstatSync(path, { throwIfNoEntry: false }))
}

/**
 * stat, following links, or undefined when nothing (or a link that leads nowhere) is there or can be.
 *
 * @throws {FactoryError} FILE_ACCESS when this user may not look, or the disk fails
 */
export function statOrNone(path: string): Stats | undefined {
  return orNone(path, () => statSync(path, { throwIfNoEntry: false }))
}

function orNone(path: string, look: () => Stats | undefined): Stats | undefined {
  try {
    return look()
  } catch (error) {
    if (['ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(systemErrorCode(error) ?? '')) return undefined
    throw fileError(error, 'access', path)
  }
}

export function isDirectory(path: string): boolean {
  return statOrNone(path)?.isDirectory() ?? false
}

export function isFile(path: string): boolean {
  return statOrNone(path)?.isFile() ?? false
}

/** A pipe, socket or terminal: to open one may wait for ever, and it cannot be read a second time. */
export function isStream(path: string): boolean {
  const found = statOrNone(path)
  return found !== undefined && (found.isFIFO() || found.isSocket() || found.isCharacterDevice())
}

/**
 * `mkdir -p`, one level at a time. Node 24's recursive mkdirSync never returns where a file system refuses new entries
 * with ENOENT, as /proc and /sys do.
 *
 * @throws {NodeJS.ErrnoException} for the caller to explain
 */
export function makeDirectories(path: string): void {
  if (isDirectory(path)) return
  if (dirname(path) !== path) makeDirectories(dirname(path))
  try {
    mkdirSync(path)
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (systemErrorCode(error) !== 'EEXIST' || !isDirectory(path)) throw error
  }
}

/** Makes what a directory entry change promises survive a power cut. */
export function syncDirectory(path: string | Buffer): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Looks at what is on the disk.
 *
 * @throws {FactoryError} FILE_ACCESS from what `read` throws
 */
export function reading<Result>(path: string, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    throw fileError(error, 'read', path)
  }
}

/**
 * What of a file name may stand in the name of something staged beside it: at most 162 bytes, for a name has 255 at most
 * and the rest makes it unique.
 */
export function beginningOfName(name: string): string {
  const bytes = Buffer.from(name)
  return bytes.length <= 160 ? name : bytes.toString('utf8', 0, 160)
}

/** Writes beside the target, syncs, renames into place. */
export function writeFileAtomic(path: string, content: string | Uint8Array, mode = 0o644): void {
  const staged = join(dirname(path), `.${beginningOfName(basename(path))}.${process.pid}.tmp`)
  try {
    makeDirectories(dirname(path))
    const descriptor = openSync(staged, 'w', mode)
    try {
      writeFileSync(descriptor, content)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(staged, path)
    syncDirectory(dirname(path))
  } catch (error) {
    rmSync(staged, { force: true })
    throw fileError(error, 'write', path)
  }
}

/** Moves a staged file or directory to its final name, which must be free or a file, and syncs the directory. */
export function commitRename(staged: string, target: string): void {
  try {
    makeDirectories(dirname(target))
    renameSync(staged, target)
    syncDirectory(dirname(target))
  } catch (error) {
    throw fileError(error, `move ${staged} into place`, target)
  }
}

/** Flushes every file and directory below a staged directory, so that a rename never precedes its content. */
export function syncTree(path: string): void {
  syncBelow(Buffer.from(path))
}

/** Names are bytes here: those of a package need not be UTF-8. */
function syncBelow(path: Buffer): void {
  for (const entry of readdirSync(path, { withFileTypes: true, encoding: 'buffer' })) {
    const child = Buffer.concat([path, Buffer.from('/'), entry.name])
    if (entry.isDirectory()) syncBelow(child)
    else if (entry.isFile()) syncDirectory(child)
  }
  syncDirectory(path)
}

/** A new empty directory that is removed when the handle is disposed of or the process ends, unless it was moved away meanwhile. */
export function temporaryDirectory(parent: string, prefix: string): Disposable & { readonly path: AbsolutePath } {
  let path: AbsolutePath
  try {
    makeDirectories(parent)
    path = absolutePath(mkdtempSync(join(parent, prefix)))
  } catch (error) {
    throw fileError(error, 'create a temporary directory', join(parent, prefix))
  }
  const forget = removeAtExit(path)
  return {
    path,
    [Symbol.dispose]() {
      removeIfPossible(path)
      forget()
    },
  }
}

/** For the end of what may have failed already: what stays behind must not hide why. */
export function removeIfPossible(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error
  }
}

/**
 * Removes empty directories from `path` upwards, up to but not including `stop`. What appears in one at that very moment
 * stays: only the kernel decides whether a directory is empty.
 *
 * @throws {NodeJS.ErrnoException} for the caller to explain
 */
export function removeEmptyParents(path: string, stop: string): void {
  let current = path
  while (current.startsWith(`${stop}/`) && lstatOrNone(current)?.isDirectory()) {
    if (!removeIfEmpty(current)) return
    current = dirname(current)
  }
}

function removeIfEmpty(directory: string): boolean {
  try {
    rmdirSync(directory)
    return true
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return true
    if (['ENOTEMPTY', 'EEXIST'].includes(systemErrorCode(error) ?? '')) return false
    throw error
  }
}
