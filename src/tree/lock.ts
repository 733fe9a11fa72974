/** One writer per tree: TREE/.lock, which a DKMS passes over like every dot file. */
import type { Roots } from '../domain.ts'
import { FactoryError, isFactoryError } from '../errors.ts'
import type { Report } from '../report.ts'
import { takeLock } from '../system/lock.ts'
import { treePaths } from './layout.ts'

export interface TreeLockOptions {
  /** What the command does, for others that have to wait: `build foo/1.0`. */
  readonly purpose: string
  readonly report: Report
  /** How long to wait, in milliseconds; absent waits for ever. */
  readonly waitMs?: number
}

/**
 * Makes the tree when there is none.
 *
 * @throws {FactoryError} TREE_NOT_WRITABLE; LOCKED when `waitMs` passed
 */
export async function lockTree(roots: Roots, { purpose, report, waitMs }: TreeLockOptions): Promise<Disposable> {
  try {
    return await takeLock(treePaths(roots).lockFile, {
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
