/** Builds the kernels that a generator was asked for and that are not built yet, as DKMS 2.2 did for driver disks. */
import { formatKernel, formatPackage, type Kernel, type PackageId, sameKernel } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import { buildPackage } from '../runtime/build/build.ts'
import type { KernelOutcome } from '../runtime/build/model.ts'
import type { TreePackage } from '../tree/model.ts'
import { buildOptions } from './build-request.ts'
import type { CommandLine } from './grammar.ts'
import { kernelChoice } from './kernel-choice.ts'
import type { Session } from './session.ts'

/**
 * With the tree locked. A package that cannot be built here, for its source is not in the tree, is left as it is.
 *
 * @returns the kernels that were built or, in a dry run, would be
 * @throws {FactoryError} NOT_BUILT with the reason when a kernel cannot be built; PATCH_MISSING, PATCH_FAILED
 */
export async function buildMissing(
  session: Session,
  line: CommandLine,
  { id, builds, source }: TreePackage,
): Promise<readonly Kernel[]> {
  const choice = kernelChoice(session, line)
  if (choice === 'all' || source.kind !== 'linked') return []
  const kernels = choice.filter(
    (kernel) => !builds.some((one) => one.state === 'built' && sameKernel(one.kernel, kernel)),
  )
  if (kernels.length === 0) return []
  const result = await buildPackage({ ...buildOptions(session, line), package: id, kernels })
  for (const outcome of result.kernels) refuseFailure(id, outcome)
  return kernels
}

function refuseFailure(id: PackageId, outcome: KernelOutcome): void {
  if (outcome.state !== 'failed' && outcome.state !== 'excluded') return
  const { kernel, error } = outcome
  // These have statuses of their own, and say themselves what has to be done.
  if (error.code === 'PATCH_MISSING' || error.code === 'PATCH_FAILED') throw error
  throw new FactoryError(
    'NOT_BUILT',
    `${formatPackage(id)} is not built for kernel ${formatKernel(kernel)}, and cannot be built for it`,
    {
      details: [`${error.message} (code ${error.code})`, ...error.details],
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    },
  )
}
