/** Many packages on one kernel: in rounds, those of one round built side by side and installed one after the other. */
import type { Kernel } from '../../domain.ts'
import { isFactoryError } from '../../errors.ts'
import type { KernelOutcome } from '../build/model.ts'
import type { InstallOutcome } from '../install/model.ts'
import { isObsolete } from '../install/sanity.ts'
import { type PackageOutcome, satisfies } from './model.ts'
import { inRounds, type Standing } from './rounds.ts'
import type { Candidate } from './survey.ts'

/** The two halves of the work, handed in so that the order of things can be told without a compiler. */
export interface Doings {
  /** Builds side by side. @returns what became of each */
  readonly build: (jobs: readonly Candidate[]) => Promise<ReadonlyMap<Candidate, KernelOutcome>>
  readonly install: (job: Candidate) => Promise<InstallOutcome>
}

/**
 * One package that fails does not keep the others, unless they depend on it.
 *
 * @returns one outcome for each candidate, in their order
 */
export async function installInRounds(
  candidates: readonly Candidate[],
  standing: Standing,
  { build, install }: Doings,
): Promise<readonly PackageOutcome[]> {
  const outcomes = new Map<Candidate, PackageOutcome>()
  const planned = new Set<string>()
  const stuck = await inRounds(candidates, standing, async (ready) => {
    const after = ready.filter(({ depends }) => depends.some((name) => planned.has(name)))
    for (const job of after) outcomes.set(job, plannedAfter(job, planned))
    const now = ready.filter((job) => !after.includes(job))
    const built = await build(now.filter(({ isBuilt }) => !isBuilt))
    for (const job of now) outcomes.set(job, await installOne(job, built.get(job), install))
    const plans = ready.filter((job) => outcomes.get(job)?.state === 'planned')
    for (const { id } of plans) planned.add(id.name)
    return [...ready.filter((job) => isSatisfied(outcomes.get(job))), ...plans].map(({ id }) => id.name)
  })
  for (const { job, state, missing } of stuck) outcomes.set(job, { package: job.id, state, missing })
  return candidates.flatMap((job) => outcomes.get(job) ?? [])
}

function isSatisfied(outcome: PackageOutcome | undefined): boolean {
  return outcome !== undefined && satisfies(outcome)
}

/** In a dry run what it depends on is not there yet, so it cannot be looked at more closely. */
function plannedAfter({ id, depends }: Candidate, planned: ReadonlySet<string>): PackageOutcome {
  const after = depends.filter((name) => planned.has(name)).join(', ')
  return { package: id, state: 'planned', steps: [`build and install it after ${after}`] }
}

async function installOne(
  job: Candidate,
  built: KernelOutcome | undefined,
  install: Doings['install'],
): Promise<PackageOutcome> {
  if (built?.state === 'failed' || built?.state === 'excluded') return outcomeOf(job, built)
  if (built?.state === 'planned') {
    return { package: job.id, state: 'planned', steps: [...built.steps, 'install the built modules'] }
  }
  try {
    return outcomeOf(job, await install(job))
  } catch (error) {
    if (!isFactoryError(error)) throw error
    return { package: job.id, state: 'failed', error }
  }
}

type Ended = InstallOutcome | Extract<KernelOutcome, { state: 'failed' | 'excluded' }>

function outcomeOf({ id, conf }: Candidate, outcome: Ended): PackageOutcome {
  switch (outcome.state) {
    case 'installed':
      return { package: id, state: 'installed', files: outcome.files, rebuilt: outcome.rebuilt }
    case 'already-installed':
      return { package: id, state: 'already-installed' }
    case 'refused': {
      const obsolete = outcome.refused.every(({ reason }) => reason === 'obsolete')
      const reasons = outcome.refused.map(({ message }) => message)
      return { package: id, state: obsolete ? 'obsolete' : 'newer-in-kernel', reasons }
    }
    case 'excluded':
      return {
        package: id,
        state: isObsoleteFor(conf.obsoleteBy, outcome.kernel) ? 'obsolete' : 'excluded',
        reasons: outcome.reasons,
      }
    case 'planned':
      return { package: id, state: 'planned', steps: outcome.steps }
    case 'failed':
      return { package: id, state: 'failed', error: outcome.error }
  }
}

function isObsoleteFor(obsoleteBy: string | undefined, kernel: Kernel): boolean {
  return obsoleteBy !== undefined && isObsolete(obsoleteBy, kernel.release)
}
