/** One writer per tree: TREE/.lock, which a DKMS passes over like every dot file. */
import type { Roots } from '../domain.ts'
import { FactoryError, isFactoryError } from '../errors.ts'
import type { Report } from '../report.ts'
import { type HeldLock, takeLock } from '../system/lock.ts'
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
}

/**
 * Makes the tree when there is none. What a killed command left is finished or undone before this returns; on disposal
 * staging places that a failed command did not use are deleted.
 *
 * @throws {FactoryError} TREE_NOT_WRITABLE; LOCKED when `waitMs` passed; what recovering throws
 */
export async function lockTree(roots: Roots, options: TreeLockOptions): Promise<Disposable> {
  const lock = waitForLock(roots, options)
  try {
    recover(roots, options.report, { takeBack: () => undoProvisional(roots), interrupted: lock.interrupted })
  } catch (error) {
    lock[Symbol.dispose]()
    throw error
  }
  return { [Symbol.dispose]: () => unlock(roots, lock) }
}

function unlock(roots: Roots, lock: Disposable): void {
  try {
    if (!hasPendingChange(roots) && !hasProvisional(roots)) clearStaged(roots)
  } finally {
    lock[Symbol.dispose]()
  }
}

function waitForLock(roots: Roots, { purpose, report, waitMs }: TreeLockOptions): HeldLock {
  try {
    return takeLock(treePaths(roots).lockFile, {
      purpose,
      onWait: (holder) => report({ kind: 'note', message: `waiting for the DKMS tree, which is held by ${holder}` }),
      ...(waitMs === undefined ? {} : { waitMs }),
    })
  } catch (error) {
    throw isFactoryError(error, 'FILE_ACCESS') ? notWritable(roots, error) : error
  }
}

function notWritable(roots: Roots, cause: FactoryError): FactoryError {
  return new FactoryError('TREE_NOT_WRITABLE', `no write access to the DKMS tree at ${roots.dkmsTree}`, {
    hint: 'run as root, or name a tree of your own with --dkmstree',
    details: [cause.message],
    cause,
  })
}
