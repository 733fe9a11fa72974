/** One writer per tree: TREE/.lock, which a DKMS passes over like every dot file. */
import { type AbsolutePath, absolutePath, type Roots } from '../domain.ts'
import { FactoryError, isFactoryError } from '../errors.ts'
import type { Report } from '../report.ts'
import { systemErrorCode } from '../system/fs.ts'
import { type HeldLock, isHeldByAncestor, takeLock } from '../system/lock.ts'
import { hasPendingChange, recover } from './journal.ts'
import { treePaths } from './layout.ts'
import { hasProvisional, undoProvisional } from './provisional.ts'
import { clearStaged } from './staging.ts'

export interface TreeLockOptions {
  /** What the command does, for others that have to wait: `build foo/1.0`. */
  readonly purpose: string
  readonly report: Report
  /** How long to wait, in milliseconds; absent waits for ever. */
  readonly waitMs?: number
  /** The command changes nothing in the tree: it may do without the lock where nobody can change anything. */
  readonly onlyReads?: boolean
}

/**
 * Makes the tree when there is none. What a killed command left is finished or undone before this returns; on disposal
 * staging places that a failed command did not use are deleted.
 *
 * On a file system that is mounted read-only there is no lock for a command that only reads, and nothing to lock out. A
 * user who may not write the tree has none either: he could keep root waiting with it. With DKMS he may pack what he may
 * read, too.
 *
 * A command that was started by the one that holds the lock, from a script of a package or a spec file, does not wait for
 * it, which would be for ever: it has the tree for itself while the other waits. What the other has begun it leaves alone.
 *
 * @throws {FactoryError} TREE_NOT_WRITABLE; LOCKED when `waitMs` passed; what recovering throws
 */
export async function lockTree(roots: Roots, options: TreeLockOptions): Promise<Disposable> {
  const { lockFile } = treePaths(roots)
  const file = lockOf(lockFile)
  if (file !== lockFile && options.onlyReads === true) return { [Symbol.dispose]: () => {} }
  const lock = waitForLock(roots, file, options)
  if (lock === undefined) return { [Symbol.dispose]: () => {} }
  if (file !== lockFile) return lock
  try {
    recover(roots, options.report, { takeBack: () => undoProvisional(roots), interrupted: lock.interrupted })
  } catch (error) {
    lock[Symbol.dispose]()
    throw error
  }
  return { [Symbol.dispose]: () => unlock(roots, lock) }
}

/** Commands that the same one has started keep each other out by a lock of their own, those that they start by another. */
function lockOf(file: AbsolutePath): AbsolutePath {
  return isHeldByAncestor(file) ? lockOf(absolutePath(`${file}.inner`)) : file
}

function unlock(roots: Roots, lock: Disposable): void {
  try {
    if (!hasPendingChange(roots) && !hasProvisional(roots)) clearStaged(roots)
  } catch (error) {
    // The next command tries again; an error from here would hide that of this one.
    if (!isFactoryError(error)) throw error
  } finally {
    lock[Symbol.dispose]()
  }
}

/** @returns undefined when it can be done without */
function waitForLock(roots: Roots, file: AbsolutePath, options: TreeLockOptions): HeldLock | undefined {
  const { purpose, report, waitMs } = options
  try {
    return takeLock(file, {
      purpose,
      onWait: (holder) => report({ kind: 'note', message: `waiting for the DKMS tree, which is held by ${holder}` }),
      ...(waitMs === undefined ? {} : { waitMs }),
    })
  } catch (error) {
    if (!isFactoryError(error, 'FILE_ACCESS')) throw error
    if (options.onlyReads !== true || !(isReadOnly(error) || isForbidden(error))) throw notWritable(roots, error)
    if (hasPendingChange(roots) || hasProvisional(roots)) throw halfChanged(roots, error)
    const why = isReadOnly(error) ? 'is mounted read-only' : 'may not be written by this user'
    report({ kind: 'note', message: `the DKMS tree at ${roots.dkmsTree} ${why} and is not locked` })
    return undefined
  }
}

function isReadOnly({ cause }: FactoryError): boolean {
  return systemErrorCode(cause) === 'EROFS'
}

function isForbidden({ cause }: FactoryError): boolean {
  return ['EACCES', 'EPERM'].includes(systemErrorCode(cause) ?? '')
}

function notWritable(roots: Roots, cause: FactoryError): FactoryError {
  return new FactoryError('TREE_NOT_WRITABLE', `no write access to the DKMS tree at ${roots.dkmsTree}`, {
    hint: isReadOnly(cause)
      ? 'mount its file system for writing, or name another tree with --dkmstree'
      : 'run as root, or name a tree of your own with --dkmstree',
    details: [cause.message],
    cause,
  })
}

function halfChanged(roots: Roots, cause: FactoryError): FactoryError {
  if (!isReadOnly(cause)) {
    return new FactoryError(
      'TREE_NOT_WRITABLE',
      `the DKMS tree at ${roots.dkmsTree} is being changed, or was when a command was interrupted`,
      {
        hint: 'try again in a moment; if that does not help, any command of root completes what was begun',
        cause,
      },
    )
  }
  const message = `a command was interrupted in the DKMS tree at ${roots.dkmsTree}, and it is mounted read-only`
  return new FactoryError('TREE_NOT_WRITABLE', message, {
    hint: 'mount it for writing: the next command completes what was begun',
    cause,
  })
}
