/** `unbuild`: deletes the builds of a package for some kernels. The caller holds the lock of the tree. */
import { formatKernel, formatPackage, type Kernel, type PackageId } from '../domain.ts'
import { removeBuild } from '../tree/change.ts'
import type { TreePackage } from '../tree/model.ts'
import { clearStaging } from '../tree/staging.ts'
import { type ChosenKernel, chooseKernels, requirePackage } from './chosen-kernels.ts'
import type { UninstallOutcome, UninstallRequest } from './install/model.ts'
import { uninstallFrom } from './install/uninstall.ts'

/** Installed modules are uninstalled first. */
export type UnbuildRequest = UninstallRequest

export interface UnbuildResult {
  readonly package: PackageId
  readonly kernels: readonly UnbuiltKernel[]
  /** Where depmod is still to be run, with `depmod: 'defer'`. */
  readonly depmodPending: readonly Kernel[]
}

export interface UnbuiltKernel {
  readonly kernel: Kernel
  /** `unfinished`: what an interrupted build or removal had left was deleted. */
  readonly outcome: 'deleted' | 'unfinished' | 'not-built'
  readonly uninstalled: UninstallOutcome
}

/**
 * Not being built for a kernel is no error, as in DKMS. Unlike there, a half-built state is deleted too.
 *
 * @throws {FactoryError} NAME_UNSAFE, NOT_IN_TREE, PACKAGE_BROKEN, FILE_ACCESS; CONF_INVALID when it is installed
 */
export async function unbuild(request: UnbuildRequest): Promise<UnbuildResult> {
  const entry = requirePackage(request.roots, request.package)
  const kernels: UnbuiltKernel[] = []
  for (const chosen of chooseKernels(entry, request.kernels)) kernels.push(await unbuildKernel(request, entry, chosen))
  return { package: entry.id, kernels, depmodPending: pendingDepmod(request, kernels) }
}

export function pendingDepmod(
  { depmod, dryRun }: Pick<UnbuildRequest, 'depmod' | 'dryRun'>,
  kernels: readonly UnbuiltKernel[],
): readonly Kernel[] {
  if (depmod !== 'defer' || dryRun) return []
  return kernels.filter(({ uninstalled }) => uninstalled.state === 'uninstalled').map(({ kernel }) => kernel)
}

export async function unbuildKernel(
  request: UnbuildRequest,
  entry: TreePackage,
  { kernel, build }: ChosenKernel,
): Promise<UnbuiltKernel> {
  const { roots, report } = request
  const { id } = entry
  const changes = !request.dryRun
  const uninstalled = await uninstallFrom(request, entry, kernel, build)
  if (changes) clearStaging(roots, id, kernel)
  if (build === undefined) {
    const message = `${formatPackage(id)} is not built for ${formatKernel(kernel)}: nothing to delete`
    report({ kind: 'note', message })
    return { kernel, outcome: 'not-built', uninstalled }
  }
  if (changes) removeBuild(roots, id, kernel)
  return { kernel, outcome: build.state === 'built' ? 'deleted' : 'unfinished', uninstalled }
}
