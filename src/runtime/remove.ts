/** `remove`: takes a package, or its builds for some kernels, out of the tree. The caller holds the lock of the tree. */
import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { type AbsolutePath, below, sameKernel } from '../domain.ts'
import { isDirectory } from '../system/fs.ts'
import { removePackage } from '../tree/change.ts'
import { generatorDirectories, treePaths } from '../tree/layout.ts'
import type { TreePackage } from '../tree/model.ts'
import { clearAllStaging } from '../tree/staging.ts'
import { type ChosenKernel, chooseKernels, requirePackage } from './chosen-kernels.ts'
import { type UnbuildRequest, type UnbuildResult, unbuildKernel } from './unbuild.ts'

export type RemoveRequest = UnbuildRequest

export interface RemoveResult extends UnbuildResult {
  /** The package version is gone from the tree: nothing is built for any other kernel. */
  readonly deleted: boolean
  /** SRC/M-V, which stays, when it exists. */
  readonly sourceKept?: AbsolutePath
}

/**
 * Deletes the builds for the chosen kernels, and the package version with its generator outputs when no build is left.
 * The source directory always stays.
 *
 * @throws {FactoryError} NAME_UNSAFE, NOT_IN_TREE, PACKAGE_BROKEN, STILL_INSTALLED (nothing is changed then), FILE_ACCESS
 */
export function remove(request: RemoveRequest): RemoveResult {
  const { roots, package: id } = request
  const changes = request.dryRun !== true
  const entry = requirePackage(roots, id)
  const chosen = chooseKernels(entry, request.kernels)
  if (changes) clearAllStaging(roots, id)
  const kernels = chosen.map((one) => unbuildKernel(request, one))
  const source = treePaths(roots).sourceDir(id)
  const kept = isDirectory(source) ? { sourceKept: source } : {}
  if (holdsOthers(entry, chosen)) return { package: id, kernels, deleted: false, ...kept }
  if (changes) removePackage(roots, id)
  return { package: id, kernels, deleted: true, ...kept }
}

/** Whether the version's directory will hold more than generator outputs once the chosen builds are gone. */
function holdsOthers({ dir, builds }: TreePackage, chosen: readonly ChosenKernel[]): boolean {
  const staying = builds.filter(({ kernel }) => !chosen.some((one) => sameKernel(one.kernel, kernel)))
  if (staying.length > 0) return true
  const emptied = new Set(chosen.flatMap(({ build }) => (build === undefined ? [] : [build.kernel.release])))
  return readdirSync(dir, { withFileTypes: true }).some(
    ({ name }) => !generatorDirectories.has(name) && !emptied.has(name) && holdsSomething(below(dir, name)),
  )
}

/** A directory with more than staging places. A file never keeps a version, as in DKMS. */
function holdsSomething(path: AbsolutePath): boolean {
  return !basename(path).startsWith('.') && isDirectory(path) && readdirSync(path).some((name) => !name.startsWith('.'))
}
