/** Installs candidates on one kernel for real: the rounds, then depmod once for all of them. */
import type { DkmsConf } from '../../conf/model.ts'
import type { Kernel, PackageId } from '../../domain.ts'
import { isFactoryError } from '../../errors.ts'
import { takeBack } from '../install/install.ts'
import { loadForDevices } from '../install/modprobe.ts'
import { remakeInitrd } from '../legacy/legacy.ts'
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
  const settled = await finishOrBack(request, kernel, candidates, outcomes)
  if (request.modprobeOnInstall && settled.some(({ state }) => state === 'installed')) {
    await loadForDevices(request, kernel)
  }
  return settled
}

/** When depmod or a ramdisk fails, everything that was installed is taken back, as `install` does for its one package. */
async function finishOrBack(
  request: ManyRequest,
  kernel: Kernel,
  candidates: readonly Candidate[],
  outcomes: readonly PackageOutcome[],
): Promise<readonly PackageOutcome[]> {
  const installed = outcomes.filter(({ state }) => state === 'installed')
  const confs = candidates.filter(({ id }) => installed.some((one) => one.package === id)).map(({ conf }) => conf)
  try {
    await payDepmod(request, kernel)
    await remakeInitrdOnce(request, kernel, confs)
    return outcomes
  } catch (error) {
    if (!isFactoryError(error)) throw error
    for (const outcome of installed) await warnOnly(request, () => takeBackOne(request, kernel, outcome.package))
    // Also after a ramdisk failed: depmod has to forget what was taken back.
    if (error.code === 'INITRD_FAILED') await warnOnly(request, () => payDepmod(request, kernel))
    return outcomes.map((outcome) =>
      installed.includes(outcome) ? { package: outcome.package, state: 'failed', error } : outcome,
    )
  }
}

/** One ramdisk holds what several packages want in it (REMAKE_INITRD, where it acts). */
export async function remakeInitrdOnce(
  request: ManyRequest,
  kernel: Kernel,
  confs: readonly DkmsConf[],
): Promise<void> {
  const wanting = confs.find(({ legacy }) => legacy.remakeInitrd)
  if (wanting !== undefined) await remakeInitrd(request, kernel, wanting)
}

async function takeBackOne(request: ManyRequest, kernel: Kernel, id: PackageId): Promise<void> {
  await takeBack({ ...request, package: id, kernels: [kernel] }, kernel)
}

async function warnOnly({ report }: ManyRequest, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!isFactoryError(error)) throw error
    report({ kind: 'warning', code: error.code, message: error.message })
  }
}
