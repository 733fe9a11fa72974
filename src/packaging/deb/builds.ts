/** Built modules are in the tree only. */
import { formatPackage } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import type { PackagePlan } from '../plan/model.ts'

/** @throws {FactoryError} NOT_BUILT for a plan of a plain directory, which has none */
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
