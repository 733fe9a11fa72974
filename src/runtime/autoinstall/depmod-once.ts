/**
 * depmod once for all that an action does on a kernel. While it is owed, TREE/depmod-pending-K-A says so, an empty file
 * that DKMS 3.1.4 and newer make too: what a killed process owes is found by the next autoinstall and by repair.
 */
import { closeSync, openSync, rmSync } from 'node:fs'
import { type AbsolutePath, below, type Kernel, type Roots } from '../../domain.ts'
import { fileError, lstatOrNone } from '../../system/fs.ts'
import { changing } from '../../tree/changing.ts'
import { pendingDepmodName } from '../../tree/layout.ts'
import { runDepmod } from '../install/depmod.ts'
import type { ActionContext } from '../install/host.ts'

type Context = Pick<ActionContext, 'roots' | 'host' | 'report'>

export function pendingDepmod(roots: Roots, kernel: Kernel): AbsolutePath {
  return below(roots.dkmsTree, pendingDepmodName(kernel))
}

/** Before the first change that makes a depmod necessary. @throws {FactoryError} FILE_ACCESS, DISK_FULL */
export function oweDepmod(roots: Roots, kernel: Kernel): void {
  const path = pendingDepmod(roots, kernel)
  try {
    changing('note that depmod is owed', path, () => closeSync(openSync(path, 'a', 0o644)))
  } catch (error) {
    throw fileError(error, 'note that depmod has to be run', path)
  }
}

export function isDepmodOwed(roots: Roots, kernel: Kernel): boolean {
  return lstatOrNone(pendingDepmod(roots, kernel)) !== undefined
}

/** Nothing changed after all, or what had changed was taken back. */
export function forgetDepmod(roots: Roots, kernel: Kernel): void {
  const path = pendingDepmod(roots, kernel)
  changing('delete', path, () => rmSync(path, { force: true }))
}

/** @throws {FactoryError} DEPMOD_FAILED, TOOL_MISSING: it is still owed then */
export async function payDepmod(context: Context, kernel: Kernel): Promise<void> {
  await runDepmod(context, kernel)
  forgetDepmod(context.roots, kernel)
}
