/** `remove`: takes a package, or its builds for some kernels, out of the tree. The caller holds the lock of the tree. */
import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { type AbsolutePath, below, formatPackage, sameKernel } from '../domain.ts'
import { isDirectory } from '../system/fs.ts'
import { removePackage } from '../tree/change.ts'
import { generatorDirectories, treePaths } from '../tree/layout.ts'
import type { TreePackage } from '../tree/model.ts'
import { clearAllStaging } from '../tree/staging.ts'
import { type ChosenKernel, chooseKernels, requirePackage } from './chosen-kernels.ts'
import { cancelsRemoval } from './rpm-safe-upgrade.ts'
import { pendingDepmod, type UnbuildRequest, type UnbuildResult, type UnbuiltKernel, unbuildKernel } from './unbuild.ts'

export interface RemoveRequest extends UnbuildRequest {
  /** Do nothing when the upgrade by RPM that is running has added this very package: see rpm-safe-upgrade.ts. */
  readonly rpmSafeUpgrade: boolean
}

export interface RemoveResult extends UnbuildResult {
  /** The package version is gone from the tree: nothing is built for any other kernel. */
  readonly deleted: boolean
  /** An upgrade by RPM has added the package again: nothing was done. */
  readonly cancelled: boolean
  /** SRC/M-V, which stays, when it exists. */
  readonly sourceKept?: AbsolutePath
}

/**
 * Uninstalls and deletes the builds for the chosen kernels, and the package version with its generator outputs when no
 * build is left. The source directory always stays.
 *
 * @throws {FactoryError} NAME_UNSAFE, NOT_IN_TREE, PACKAGE_BROKEN, FILE_ACCESS; CONF_INVALID when it is installed
 */
export async function remove(request: RemoveRequest): Promise<RemoveResult> {
  const { roots, package: id, dryRun } = request
  const entry = requirePackage(roots, id)
  const source = treePaths(roots).sourceDir(id)
  const kept = isDirectory(source) ? { sourceKept: source } : {}
  if (request.rpmSafeUpgrade && !dryRun && (await cancelsRemoval(roots, id))) {
    const message = `${formatPackage(id)} stays in the tree: the upgrade that is running has added it again`
    request.report({ kind: 'warning', message })
    return { package: id, kernels: [], depmodPending: [], deleted: false, cancelled: true, ...kept }
  }
  const chosen = chooseKernels(entry, request.kernels)
  if (!dryRun) clearAllStaging(roots, id)
  const kernels: UnbuiltKernel[] = []
  for (const one of chosen) kernels.push(await unbuildKernel(request, entry, one))
  const deleted = !holdsOthers(entry, chosen)
  if (deleted && !dryRun) removePackage(roots, id)
  return { package: id, kernels, depmodPending: pendingDepmod(request, kernels), deleted, cancelled: false, ...kept }
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
