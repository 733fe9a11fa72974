/** The order in which packages that depend on each other are installed (BUILD_DEPENDS, dkms(8) autoinstall). Pure. */
import type { PackageId } from '../../domain.ts'

export interface Waiting {
  readonly id: PackageId
  /** Names of packages, of any version. */
  readonly depends: readonly string[]
}

export interface Standing {
  /** Names of packages that need not be waited for. */
  readonly satisfied: ReadonlySet<string>
  /** Names of packages that are in the tree. */
  readonly known: ReadonlySet<string>
}

export interface Stuck<Job> {
  readonly job: Job
  /** Deferred: all it waits for is not in the tree, or waits for such itself. */
  readonly state: 'missing-dependencies' | 'deferred'
  readonly missing: readonly string[]
}

/**
 * Hands out everything whose dependencies are settled, and again what that made possible, until nothing is left or
 * nothing more is possible. A package that depends on itself, or a circle of them, never becomes possible.
 *
 * @param work does one round and tells the names that need not be waited for any more
 * @returns what could not be handed out
 */
export async function inRounds<Job extends Waiting>(
  jobs: readonly Job[],
  { satisfied, known }: Standing,
  work: (ready: readonly Job[]) => Promise<Iterable<string>>,
): Promise<readonly Stuck<Job>[]> {
  const done = new Set(satisfied)
  let waiting = jobs
  for (;;) {
    const pending = new Set(waiting.map(({ id }) => id.name))
    const isMet = (name: string) => done.has(name) && !pending.has(name)
    const ready = waiting.filter(({ depends }) => depends.every(isMet))
    if (ready.length === 0) return judge(waiting, isMet, known)
    waiting = waiting.filter((job) => !ready.includes(job))
    for (const name of await work(ready)) done.add(name)
  }
}

function judge<Job extends Waiting>(
  waiting: readonly Job[],
  isMet: (name: string) => boolean,
  known: ReadonlySet<string>,
): readonly Stuck<Job>[] {
  const missing = new Map(waiting.map((job) => [job, job.depends.filter((name) => !isMet(name))]))
  const deferred = new Set<string>()
  for (let before = -1; before < deferred.size; ) {
    before = deferred.size
    for (const { id } of waiting) {
      const all = waiting.filter((job) => job.id.name === id.name).flatMap((job) => missing.get(job) ?? [])
      if (all.every((name) => !known.has(name) || deferred.has(name))) deferred.add(id.name)
    }
  }
  return waiting.map((job) => ({
    job,
    state: deferred.has(job.id.name) ? 'deferred' : 'missing-dependencies',
    missing: missing.get(job) ?? [],
  }))
}
