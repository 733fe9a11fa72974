/** Installs candidates on one kernel for real: the rounds, then depmod once for all of them. */
import { type Kernel, type PackageId } from '../../domain.ts'
import { isFactoryError } from '../../errors.ts'
import { takeBack } from '../install/install.ts'
import { loadForDevices } from '../install/modprobe.ts'
import { forgetDepmod, isDepmodOwed, oweDepmod, payDepmod } from './depmod-once.ts'
import { doingsFor, tellingOnce } from './doings.ts'
import { type Doings, installInRounds } from './install-in-rounds.ts'
import type { ManyRequest, PackageOutcome } from './model.ts'
import type { Standing } from './rounds.ts'
import type { Candidate } from './survey.ts'

/**
 * @param doings what builds and installs; by default the real ones
 * @returns one outcome for each candidate, in their order
 * @throws {FactoryError} FILE_ACCESS, DISK_FULL
 */
export async function installOnKernel(
  given: ManyRequest,
  kernel: Kernel,
  candidates: readonly Candidate[],
  standing: Standing,
  doings?: Doings,
): Promise<readonly PackageOutcome[]> {
  const request = { ...given, report: tellingOnce(given.report) }
  const { build, install } = doings ?? doingsFor(request, kernel)
  const runsDepmod = request.depmod === 'run' && !request.dryRun
  const wasOwed = runsDepmod && isDepmodOwed(request.roots, kernel)
  const outcomes = await installInRounds(candidates, standing, {
    build,
    install: async (job) => {
      if (runsDepmod) oweDepmod(request.roots, kernel)
      return await install(job)
    },
  })
  const changed = outcomes.some(({ state }) => state === 'installed')
  if (!runsDepmod || !(changed || wasOwed)) {
    if (runsDepmod) forgetDepmod(request.roots, kernel)
    return outcomes
  }
  const settled = await depmodOrBack(request, kernel, outcomes)
  if (request.modprobeOnInstall && settled.some(({ state }) => state === 'installed')) {
    await loadForDevices(request, kernel)
  }
  return settled
}

/** When depmod fails, everything that was installed is taken back, as `install` does for its one package. */
async function depmodOrBack(
  request: ManyRequest,
  kernel: Kernel,
  outcomes: readonly PackageOutcome[],
): Promise<readonly PackageOutcome[]> {
  try {
    await payDepmod(request, kernel)
    return outcomes
  } catch (error) {
    if (!isFactoryError(error)) throw error
    const failed = new Map<PackageOutcome, PackageOutcome>()
    for (const outcome of outcomes) {
      if (outcome.state !== 'installed') continue
      await takeBackOne(request, kernel, outcome.package)
      failed.set(outcome, { package: outcome.package, state: 'failed', error })
    }
    return outcomes.map((outcome) => failed.get(outcome) ?? outcome)
  }
}

async function takeBackOne(request: ManyRequest, kernel: Kernel, id: PackageId): Promise<void> {
  try {
    await takeBack({ ...request, package: id, kernels: [kernel] }, kernel)
  } catch (error) {
    if (!isFactoryError(error)) throw error
    request.report({ kind: 'warning', code: error.code, message: error.message })
  }
}
