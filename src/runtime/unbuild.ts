/** `unbuild`: deletes the builds of a package for some kernels. The caller holds the lock of the tree. */
import { formatKernel, formatPackage, type Kernel, type PackageId, type Roots } from '../domain.ts'
import type { Report } from '../report.ts'
import { removeBuild } from '../tree/change.ts'
import { clearStaging } from '../tree/staging.ts'
import { type ChosenKernel, chooseKernels, type KernelChoice, requirePackage } from './chosen-kernels.ts'

export interface UnbuildRequest {
  readonly roots: Roots
  readonly package: PackageId
  readonly kernels: KernelChoice
  readonly report: Report
  /** Says what would be done and changes nothing. */
  readonly dryRun?: boolean
}

export interface UnbuildResult {
  readonly package: PackageId
  readonly kernels: readonly UnbuiltKernel[]
}

export interface UnbuiltKernel {
  readonly kernel: Kernel
  /** `unfinished`: what an interrupted build or removal had left was deleted. */
  readonly outcome: 'deleted' | 'unfinished' | 'not-built'
}

/**
 * Not being built for a kernel is no error, as in DKMS. Unlike there, a half-built state is deleted too.
 *
 * @throws {FactoryError} NAME_UNSAFE, NOT_IN_TREE, PACKAGE_BROKEN, STILL_INSTALLED (nothing is changed then), FILE_ACCESS
 */
export function unbuild(request: UnbuildRequest): UnbuildResult {
  const { roots, package: id } = request
  const chosen = chooseKernels(requirePackage(roots, id), request.kernels)
  return { package: id, kernels: chosen.map((one) => unbuildKernel(request, one)) }
}

export function unbuildKernel(request: UnbuildRequest, { kernel, build }: ChosenKernel): UnbuiltKernel {
  const { roots, package: id, report } = request
  const changes = request.dryRun !== true
  if (changes) clearStaging(roots, id, kernel)
  if (build === undefined) {
    report({
      kind: 'note',
      message: `${formatPackage(id)} is not built for ${formatKernel(kernel)}: nothing to delete`,
    })
    return { kernel, outcome: 'not-built' }
  }
  if (changes) removeBuild(roots, id, kernel)
  return { kernel, outcome: build.state === 'built' ? 'deleted' : 'unfinished' }
}
