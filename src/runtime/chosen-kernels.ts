/** The kernels an uninstall, an unbuild or a remove is about, against what the tree holds. Pure. */
import { formatPackage, type Kernel, type PackageId, type Roots, sameKernel } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import { loadPackage } from '../tree/load.ts'
import type { Build, TreePackage } from '../tree/model.ts'
import { compareSortV } from '../version/sort-v.ts'
import { assertNotBroken } from './broken.ts'

/** `all` is every kernel the package is built or half-built for, in the order of `sort -V`. */
export type KernelChoice = readonly Kernel[] | 'all'

export type ChosenKernel =
  | { readonly kernel: Kernel; readonly build: Build }
  /** Nothing is built for it. */
  | { readonly kernel: Kernel; readonly build: undefined }

/**
 * @throws {FactoryError} NAME_UNSAFE, NOT_IN_TREE, PACKAGE_BROKEN
 */
export function requirePackage(roots: Roots, id: PackageId): TreePackage {
  const entry = loadPackage(roots, id)
  if (entry === undefined) {
    throw new FactoryError('NOT_IN_TREE', `${formatPackage(id)} is not in the DKMS tree ${roots.dkmsTree}`, {
      hint: '`dkms status` lists what is',
    })
  }
  assertNotBroken(entry)
  return entry
}

export function chooseKernels(entry: TreePackage, choice: KernelChoice): readonly ChosenKernel[] {
  const kernels = choice === 'all' ? entry.builds.map(({ kernel }) => kernel).sort(inVersionOrder) : choice
  return kernels.map((kernel) => ({ kernel, build: entry.builds.find((build) => sameKernel(build.kernel, kernel)) }))
}

function inVersionOrder(a: Kernel, b: Kernel): number {
  return compareSortV(`${a.release}/${a.arch}`, `${b.release}/${b.arch}`)
}
