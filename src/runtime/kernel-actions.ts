/**
 * `kernel_preinst` and `kernel_prerm`: before a kernel of the same release is unpacked anew, or is removed, what was built
 * for it goes (DKMS 3.1.4 and 3.1.6). The caller holds the lock of the tree and runs post_transaction.
 */
import { readdirSync, rmdirSync } from 'node:fs'
import { loadConf } from '../conf/load.ts'
import { below, formatKernel, formatPackage, type Kernel, type PackageId, sameKernel } from '../domain.ts'
import { FactoryError, isFactoryError } from '../errors.ts'
import { silent } from '../report.ts'
import { isDirectory, systemErrorCode } from '../system/fs.ts'
import { changing } from '../tree/changing.ts'
import { loadTree } from '../tree/load.ts'
import type { Build, TreePackage } from '../tree/model.ts'
import { forgetDepmod, isDepmodOwed, oweDepmod, payDepmod } from './autoinstall/depmod-once.ts'
import { confRequestFor } from './autoinstall/package-conf.ts'
import { assertNotBroken } from './broken.ts'
import type { ActionContext } from './install/host.ts'
import { type UnbuiltKernel, unbuildKernel } from './unbuild.ts'

export interface KernelRemovalRequest extends Omit<ActionContext, 'depmod'> {
  readonly depmod: 'run' | 'skip'
  readonly kernel: Kernel
  /**
   * `preinst`: packages that autoinstall brings back; what a person built by hand stays. `prerm`: all, for the kernel
   * goes.
   */
  readonly action: 'preinst' | 'prerm'
  readonly directives: readonly string[]
}

export type RemovalOutcome = { readonly package: PackageId } & (
  | ({ readonly state: 'removed' } & Omit<UnbuiltKernel, 'kernel'>)
  | { readonly state: 'failed'; readonly error: FactoryError }
)

export interface KernelRemovalResult {
  readonly kernel: Kernel
  readonly packages: readonly RemovalOutcome[]
  /** Directories below the kernel's modules that were empty. */
  readonly emptyDirectories: readonly string[]
  /** depmod failed: the modules are gone, and nothing is taken back. */
  readonly depmodError?: FactoryError
}

/**
 * The packages stay in the tree, and one that fails does not keep the others.
 *
 * @throws {FactoryError} FILE_ACCESS, DISK_FULL
 */
export async function removeFromKernel(request: KernelRemovalRequest): Promise<KernelRemovalResult> {
  const { kernel, roots, report, dryRun } = request
  const packages: RemovalOutcome[] = []
  const runsDepmod = request.depmod === 'run' && !dryRun
  for (const entry of loadTree(roots).packages) {
    const build = entry.builds.find((one) => sameKernel(one.kernel, kernel))
    if (build === undefined || !(await isWanted(request, entry))) continue
    if (runsDepmod && build.installed) oweDepmod(roots, kernel)
    const about = `${formatPackage(entry.id)} for kernel ${formatKernel(kernel)}`
    report({ kind: 'note', message: `dkms: ${dryRun ? 'would remove' : 'removing'} module ${about}` })
    packages.push(await removeOne(request, entry, build))
  }
  const depmodError = runsDepmod ? await settleDepmod(request, packages) : undefined
  return {
    kernel,
    packages,
    emptyDirectories: dryRun ? [] : deleteEmpty(below(roots.installTree, kernel.release)),
    ...(depmodError === undefined ? {} : { depmodError }),
  }
}

/** A package that cannot be read is not known to come back: preinst leaves it. */
async function isWanted(request: KernelRemovalRequest, entry: TreePackage): Promise<boolean> {
  if (request.action === 'prerm') return true
  const { kernel } = request
  try {
    const { conf } = await loadConf(confRequestFor(request, entry, kernel))
    return conf.autoinstall
  } catch (error) {
    if (isFactoryError(error)) return false
    throw error
  }
}

async function removeOne(request: KernelRemovalRequest, entry: TreePackage, build: Build): Promise<RemovalOutcome> {
  const { kernel } = request
  const depmod = request.depmod === 'run' ? 'defer' : 'skip'
  // That there is nothing to uninstall is no news here.
  const report = build.installed ? request.report : silent
  try {
    assertNotBroken(entry)
    const { outcome, uninstalled } = await unbuildKernel(
      { ...request, report, package: entry.id, kernels: [kernel], depmod },
      entry,
      { kernel, build },
    )
    return { package: entry.id, state: 'removed', outcome, uninstalled }
  } catch (error) {
    if (!isFactoryError(error)) throw error
    return { package: entry.id, state: 'failed', error }
  }
}

async function settleDepmod(
  request: KernelRemovalRequest,
  packages: readonly RemovalOutcome[],
): Promise<FactoryError | undefined> {
  const { roots, kernel } = request
  if (!isDepmodOwed(roots, kernel)) return undefined
  const changed = packages.some((one) => one.state === 'removed' && one.uninstalled.state === 'uninstalled')
  if (!changed && packages.every(({ state }) => state === 'failed')) {
    forgetDepmod(roots, kernel)
    return undefined
  }
  try {
    await payDepmod(request, kernel)
    return undefined
  } catch (error) {
    if (isFactoryError(error)) return error
    throw error
  }
}

/** Not the kernel's own directory, which its package brings and takes. @returns those deleted, the deepest first */
function deleteEmpty(kernelTree: string): readonly string[] {
  if (!isDirectory(kernelTree)) return []
  const deleted: string[] = []
  for (const entry of readdirSync(kernelTree, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue
    const path = `${kernelTree}/${entry.name}`
    deleted.push(...deleteEmpty(path))
    if (removedIfEmpty(path)) deleted.push(path)
  }
  return deleted
}

function removedIfEmpty(path: string): boolean {
  if (readdirSync(path).length > 0) return false
  return changing('delete if empty', path, () => {
    try {
      rmdirSync(path)
      return true
    } catch (error) {
      // Something was put there at this moment.
      if (systemErrorCode(error) === 'ENOTEMPTY') return false
      throw error
    }
  })
}

/** KERNEL_CLEANUP_FAILED when something could not be removed, or depmod failed. */
export function removalFailure({ kernel, packages, depmodError }: KernelRemovalResult): FactoryError | undefined {
  const failed = packages.filter((one) => one.state === 'failed')
  if (failed.length === 0 && depmodError === undefined) return undefined
  const details = [
    ...failed.map(({ package: id, error }) => `${formatPackage(id)}: ${error.message}`),
    ...(depmodError === undefined ? [] : [depmodError.message, ...depmodError.details]),
  ]
  return new FactoryError(
    'KERNEL_CLEANUP_FAILED',
    `not everything that was built for kernel ${formatKernel(kernel)} could be removed`,
    { details, hint: '`dkms repair` finds what is left and says what can be done about it' },
  )
}
