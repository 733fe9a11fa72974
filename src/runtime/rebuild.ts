/**
 * `rebuild`: builds again what is built, for example after the compiler has changed, and installs again what is installed.
 * What was there stays until its successor is complete. The caller holds the lock of the tree.
 */
import { loadConf } from '../conf/load.ts'
import type { DkmsConf } from '../conf/model.ts'
import { formatKernel, formatPackage, type Kernel, type PackageId, sameKernel, samePackage } from '../domain.ts'
import { FactoryError, isFactoryError } from '../errors.ts'
import { loadTree } from '../tree/load.ts'
import type { Build, TreePackage } from '../tree/model.ts'
import { compareSortV } from '../version/sort-v.ts'
import { forgetDepmod, oweDepmod, payDepmod } from './autoinstall/depmod-once.ts'
import { buildSideBySide, tellingOnce } from './autoinstall/doings.ts'
import type { ManyRequest } from './autoinstall/model.ts'
import { remakeInitrdOnce } from './autoinstall/on-kernel.ts'
import { confRequestFor } from './autoinstall/package-conf.ts'
import { inRounds, type Waiting } from './autoinstall/rounds.ts'
import { dependsOf } from './autoinstall/survey.ts'
import { assertNotBroken } from './broken.ts'
import { requirePackage } from './chosen-kernels.ts'
import { install } from './install/install.ts'
import type { InstallRequest } from './install/model.ts'

export interface RebuildRequest extends ManyRequest {
  /** Absent: every package. */
  readonly package?: PackageId
  /** `all`: every kernel something is built for. */
  readonly kernels: readonly Kernel[] | 'all'
}

export type RebuildOutcome = { readonly package: PackageId; readonly kernel: Kernel } & (
  | { readonly state: 'rebuilt'; readonly reinstalled: boolean }
  /** Cannot be built at all, and was not asked for by name. */
  | { readonly state: 'skipped'; readonly reason: string }
  /** `build`: the former build stays as it was. `install`: the new build is there and not installed. */
  | { readonly state: 'failed'; readonly at: 'build' | 'install'; readonly error: FactoryError }
  | { readonly state: 'planned'; readonly reinstalls: boolean; readonly steps: readonly string[] }
)

interface Job extends Waiting {
  readonly entry: TreePackage
  readonly build: Build
  readonly conf: DkmsConf
}

/**
 * @returns an outcome for each build there is, by kernel and then in the order of `status`
 * @throws {FactoryError} NOT_IN_TREE, PACKAGE_BROKEN, and NOT_BUILT for a package that was named; FILE_ACCESS, DISK_FULL
 */
export async function rebuild(request: RebuildRequest): Promise<readonly RebuildOutcome[]> {
  const { packages } = loadTree(request.roots)
  if (request.package !== undefined) requirePackage(request.roots, request.package)
  const chosen = packages.filter(({ id }) => request.package === undefined || samePackage(id, request.package))
  const outcomes: RebuildOutcome[] = []
  for (const kernel of kernelsOf(request, chosen)) outcomes.push(...(await rebuildForKernel(request, chosen, kernel)))
  if (request.package === undefined || outcomes.length > 0) return outcomes
  const about = formatPackage(request.package)
  const where = request.kernels === 'all' ? 'any kernel' : request.kernels.map(formatKernel).join(', ')
  throw new FactoryError('NOT_BUILT', `${about} is not built for ${where}`, {
    hint: `\`dkms status ${about}\` lists what it is built for; \`dkms build\` builds it for the first time`,
  })
}

function kernelsOf({ kernels }: RebuildRequest, packages: readonly TreePackage[]): readonly Kernel[] {
  if (kernels !== 'all') return kernels
  const all = packages.flatMap(({ builds }) => builds.map(({ kernel }) => kernel))
  return all
    .filter((kernel, index) => all.findIndex((other) => sameKernel(kernel, other)) === index)
    .sort((a, b) => compareSortV(`${a.release}/${a.arch}`, `${b.release}/${b.arch}`))
}

async function rebuildForKernel(
  given: RebuildRequest,
  packages: readonly TreePackage[],
  kernel: Kernel,
): Promise<readonly RebuildOutcome[]> {
  const request = { ...given, report: tellingOnce(given.report) }
  const outcomes: RebuildOutcome[] = []
  const jobs: Job[] = []
  for (const entry of packages) {
    const build = entry.builds.find((one) => one.state === 'built' && sameKernel(one.kernel, kernel))
    if (build === undefined) continue
    const answer = await judge(request, entry, build)
    if ('state' in answer) outcomes.push(answer)
    else jobs.push(answer)
  }
  const names = new Set(jobs.map(({ id }) => id.name))
  const others = new Set(jobs.flatMap(({ depends }) => depends).filter((name) => !names.has(name)))
  // What fails keeps its former build, so those that depend on it can be built all the same; and so can a circle of them.
  const stuck = await inRounds(jobs, { satisfied: others, known: names }, async (ready) => {
    outcomes.push(...(await rebuildRound(request, kernel, ready)))
    return ready.map(({ id }) => id.name)
  })
  outcomes.push(
    ...(await rebuildRound(
      request,
      kernel,
      stuck.map(({ job }) => job),
    )),
  )
  return await withDepmod(request, kernel, jobs, inOrderOf(packages, outcomes))
}

function inOrderOf(packages: readonly TreePackage[], outcomes: readonly RebuildOutcome[]): readonly RebuildOutcome[] {
  return packages.flatMap(({ id }) => outcomes.find((outcome) => outcome.package === id) ?? [])
}

async function judge(request: RebuildRequest, entry: TreePackage, build: Build): Promise<Job | RebuildOutcome> {
  const { kernel } = build
  const about = { package: entry.id, kernel }
  try {
    assertNotBroken(entry)
    if (entry.source.kind === 'binaries-only' && request.package === undefined) {
      return { ...about, state: 'skipped', reason: 'it was loaded without its source' }
    }
    const { conf } = await loadConf(confRequestFor(request, entry, kernel))
    return { id: entry.id, entry, build, conf, depends: dependsOf(conf) }
  } catch (error) {
    if (!isFactoryError(error)) throw error
    if (error.code === 'PACKAGE_BROKEN') return { ...about, state: 'skipped', reason: error.message }
    return { ...about, state: 'failed', at: 'build', error }
  }
}

async function rebuildRound(
  request: RebuildRequest,
  kernel: Kernel,
  jobs: readonly Job[],
): Promise<readonly RebuildOutcome[]> {
  const built = await buildSideBySide(jobs.map((job) => ({ ...requestFor(request, job), again: true })))
  const outcomes: RebuildOutcome[] = []
  for (const [index, job] of jobs.entries()) {
    const about = { package: job.id, kernel }
    const outcome = built[index]
    if (outcome === undefined) throw new Error('a build that has no outcome')
    if ('error' in outcome) outcomes.push({ ...about, state: 'failed', at: 'build', error: outcome.error })
    else if (outcome.state === 'planned')
      outcomes.push({ ...about, state: 'planned', reinstalls: job.build.installed, steps: outcome.steps })
    else if (job.build.installed) outcomes.push(await reinstall(request, job))
    else outcomes.push({ ...about, state: 'rebuilt', reinstalled: false })
  }
  return outcomes
}

function requestFor(request: RebuildRequest, { id, build }: Job): InstallRequest {
  return { ...request, package: id, kernels: [build.kernel], depmod: request.depmod === 'run' ? 'defer' : 'skip' }
}

async function reinstall(request: RebuildRequest, job: Job): Promise<RebuildOutcome> {
  const { kernel } = job.build
  const about = { package: job.id, kernel }
  if (request.depmod === 'run') oweDepmod(request.roots, kernel)
  const [outcome] = (await install({ ...requestFor(request, job), force: true })).kernels
  if (outcome === undefined) throw new Error('an install for one kernel that has no outcome')
  if ('error' in outcome) return { ...about, state: 'failed', at: 'install', error: outcome.error }
  return { ...about, state: 'rebuilt', reinstalled: true }
}

async function withDepmod(
  request: RebuildRequest,
  kernel: Kernel,
  jobs: readonly Job[],
  outcomes: readonly RebuildOutcome[],
): Promise<readonly RebuildOutcome[]> {
  if (request.depmod !== 'run' || request.dryRun) return outcomes
  const reinstalled = outcomes.filter((one) => one.state === 'rebuilt' && one.reinstalled)
  if (reinstalled.length === 0) {
    forgetDepmod(request.roots, kernel)
    return outcomes
  }
  try {
    await payDepmod(request, kernel)
    const confs = jobs.filter(({ id }) => reinstalled.some((one) => one.package === id)).map(({ conf }) => conf)
    await remakeInitrdOnce(request, kernel, confs)
    return outcomes
  } catch (error) {
    if (!isFactoryError(error)) throw error
    return outcomes.map((one) =>
      reinstalled.includes(one) ? { package: one.package, kernel, state: 'failed', at: 'install', error } : one,
    )
  }
}

/** The first failure, whose exit status is that of the command. */
export function rebuildFailure(outcomes: readonly RebuildOutcome[]): FactoryError | undefined {
  for (const outcome of outcomes) if (outcome.state === 'failed') return outcome.error
  return undefined
}
