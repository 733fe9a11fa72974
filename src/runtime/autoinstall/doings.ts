/** How the packages of one round are really built and installed. */
import type { Kernel } from '../../domain.ts'
import { isFactoryError } from '../../errors.ts'
import type { Report } from '../../report.ts'
import { thisMachine } from '../../system/env.ts'
import { carryOutBuild, prepareBuild } from '../build/build.ts'
import { sideBySide } from '../build/job-slots.ts'
import type { JobServer } from '../build/jobserver.ts'
import type { BuildRequest, KernelOutcome } from '../build/model.ts'
import { install } from '../install/install.ts'
import type { InstallRequest } from '../install/model.ts'
import type { Doings } from './install-in-rounds.ts'
import type { ManyRequest } from './model.ts'
import type { Candidate } from './survey.ts'

export function doingsFor(request: ManyRequest, kernel: Kernel): Doings {
  const requestFor = ({ id }: Candidate): InstallRequest => ({
    ...request,
    report: request.report,
    package: id,
    kernels: [kernel],
    depmod: request.depmod === 'run' ? 'defer' : 'skip',
  })
  const built = new Set<Candidate>()
  return {
    async build(jobs) {
      const outcomes = await buildSideBySide(jobs.map(requestFor))
      for (const job of jobs) built.add(job)
      return new Map(jobs.flatMap((job, index) => pair(job, outcomes[index])))
    },
    async install(job) {
      const [outcome] = (await install({ ...requestFor(job), isNewBuild: built.has(job) })).kernels
      if (outcome === undefined) throw new Error('an install for one kernel that has no outcome')
      return outcome
    },
  }
}

function pair(job: Candidate, outcome: KernelOutcome | undefined): readonly [Candidate, KernelOutcome][] {
  return outcome === undefined ? [] : [[job, outcome]]
}

/**
 * Several packages, each for one kernel. They are prepared one after the other, since preparing may make a signing key,
 * and compiled side by side within the number of jobs.
 *
 * @returns one outcome for each request, in their order
 */
export async function buildSideBySide(requests: readonly BuildRequest[]): Promise<readonly KernelOutcome[]> {
  const [first] = requests
  if (first === undefined) return []
  const { jobs, roots } = first
  const turns = takingTurns()
  const limit = { jobs, processors: thisMachine().cpus, tmp: roots.tmp }
  return await sideBySide(requests, limit, (request, jobServer) => buildOne(request, jobServer, turns))
}

async function buildOne(
  request: BuildRequest,
  jobServer: JobServer | undefined,
  inTurn: TakeTurn,
): Promise<KernelOutcome> {
  try {
    const prepared = await inTurn(() => prepareBuild(request))
    const [outcome] = (await carryOutBuild(request, prepared, jobServer)).kernels
    if (outcome === undefined) throw new Error('a build for one kernel that has no outcome')
    return outcome
  } catch (error) {
    const [kernel] = request.kernels
    if (!isFactoryError(error) || kernel === undefined) throw error
    return { state: 'failed', kernel, error }
  }
}

type TakeTurn = <Result>(work: () => Promise<Result>) => Promise<Result>

function takingTurns(): TakeTurn {
  let last: Promise<unknown> = Promise.resolve()
  return async (work) => {
    const mine = last.then(work)
    last = mine.catch(() => {})
    return await mine
  }
}

/** A warning that several packages have in common, such as one about the signing key, is told once. */
export function tellingOnce(report: Report): Report {
  const told = new Set<string>()
  return (event) => {
    if (event.kind === 'warning' || event.kind === 'note') {
      const key = JSON.stringify(event)
      if (told.has(key)) return
      told.add(key)
    }
    report(event)
  }
}
