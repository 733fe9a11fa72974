/** Which package of the tree, which source and which kernels a generator was asked for. */
import {
  type AbsolutePath,
  formatKernel,
  formatPackage,
  type Kernel,
  type PackageId,
  type Roots,
  sameKernel,
} from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { loadPackage } from '../../tree/load.ts'
import type { TreePackage } from '../../tree/model.ts'
import { compareSortV } from '../../version/sort-v.ts'
import type { PackagePlan, PlanContent } from './model.ts'

/** @throws {FactoryError} NOT_IN_TREE, NAME_UNSAFE */
export function findInTree(roots: Roots, id: PackageId): TreePackage {
  const found = loadPackage(roots, id)
  if (found === undefined) {
    throw new FactoryError('NOT_IN_TREE', `${formatPackage(id)} is not in the DKMS tree at ${roots.dkmsTree}`, {
      hint: 'add it first with `dkms add`; `dkms status` lists what is there',
    })
  }
  return found
}

/**
 * The directory with the source, or for a package that has only binaries, with its dkms.conf.
 *
 * @throws {FactoryError} PACKAGE_BROKEN; SOURCE_MISSING when the content needs a source and there is none
 */
export function sourceDirectory({ source, id, dir }: TreePackage, content: PlanContent): AbsolutePath {
  switch (source.kind) {
    case 'broken':
      throw new FactoryError(
        'PACKAGE_BROKEN',
        `${formatPackage(id)} lacks its source or the link to it: ${dir}/source`,
        {
          hint: `put the source directory back and run \`add ${formatPackage(id)}\`, or delete ${dir}`,
        },
      )
    case 'binaries-only':
      if (content === 'binaries-only') return source.dir
      throw new FactoryError('SOURCE_MISSING', `${formatPackage(id)} was loaded without its source`, {
        hint: 'pack it with --binaries-only, or load an archive that has the source first',
      })
    case 'linked':
      return source.dir
  }
}

/**
 * The kernels whose builds are to be packed: each once, in the order asked for, or in version order for "all".
 *
 * @throws {FactoryError} NOT_BUILT when one of them is not built, or none is named
 */
export function chooseBuiltKernels(found: TreePackage, kernels: readonly Kernel[] | 'all'): readonly Kernel[] {
  const built = found.builds.filter(({ state }) => state === 'built').map(({ kernel }) => kernel)
  if (kernels === 'all') {
    if (built.length > 0) return [...built].sort(inVersionOrder)
    throw new FactoryError('NOT_BUILT', `${formatPackage(found.id)} is not built for any kernel`, {
      hint: 'build it first, or pack it with --source-only',
    })
  }
  const wanted = withoutRepeats(kernels)
  const missing = wanted.filter((kernel) => !built.some((one) => sameKernel(one, kernel)))
  if (missing.length === 0 && wanted.length > 0) return wanted
  throw new FactoryError('NOT_BUILT', notBuilt(found, missing), {
    hint: 'build it for that kernel first, name others with -k, or pack it with --source-only',
  })
}

/**
 * Built modules are in the tree only.
 *
 * @throws {FactoryError} NOT_BUILT for a plan of a plain directory
 */
export function refuseDirectory({ package: id, origin }: PackagePlan): void {
  if (origin.kind !== 'directory') return
  throw new FactoryError(
    'NOT_BUILT',
    `${formatPackage(id)} is given as a source directory, which has no built modules`,
    {
      hint: `add and build it first: dkms build ${origin.directory}; then name it as ${formatPackage(id)}`,
    },
  )
}

/** Each kernel once, in the order of its first mention. */
export function withoutRepeats(kernels: readonly Kernel[]): readonly Kernel[] {
  return kernels.filter((one, index) => kernels.findIndex((other) => sameKernel(one, other)) === index)
}

function notBuilt({ id }: TreePackage, missing: readonly Kernel[]): string {
  if (missing.length === 0) return `no kernel is named whose builds of ${formatPackage(id)} to pack`
  return `${formatPackage(id)} is not built for kernel ${missing.map(formatKernel).join(' or ')}`
}

/** As `sort -V` orders kernel release and architecture, which is how DKMS lists --all. */
function inVersionOrder(a: Kernel, b: Kernel): number {
  return compareSortV(`${a.release}/${a.arch}`, `${b.release}/${b.arch}`)
}
