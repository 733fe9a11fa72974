/**
 * Runs the builds of several kernels: side by side where each has a directory of its own, one after the other where the
 * package counts on the shared one.
 */
import { rmSync } from 'node:fs'
import type { AbsolutePath } from '../../domain.ts'
import { treePaths } from '../../tree/layout.ts'
import { stagingPlace } from '../../tree/staging.ts'
import { buildForKernel, type FailedBuild } from './build-kernel.ts'
import { sideBySide } from './job-slots.ts'
import type { JobServer } from './jobserver.ts'
import type { BuildRequest, KernelOutcome } from './model.ts'
import type { PreparedKernel } from './prepare.ts'
import { namesSharedDirectory } from './shared-directory.ts'
import { discardWorkspace, keepFailedWorkspace, moveWorkspace } from './workspace.ts'

/**
 * @param shared what builds of other packages run on at the same time; the kernels of this one then take turns
 * @returns one outcome for each prepared kernel, in their order
 */
export async function buildAll(
  request: BuildRequest,
  prepared: readonly PreparedKernel[],
  processors: number,
  shared?: JobServer,
): Promise<KernelOutcome[]> {
  const { jobs, roots, package: id } = request
  const alone = prepared.length < 2 || shared !== undefined
  const serial = alone || prepared.some(({ conf }) => namesSharedDirectory(conf, roots, id))
  const results = serial
    ? await oneByOne(request, prepared, shared)
    : await sideBySide(prepared, { jobs, processors, tmp: roots.tmp }, (one, jobServer) =>
        buildForKernel({ request, prepared: one, workspaceKind: 'private', ...on(jobServer) }),
      )
  if (!serial && !results.some(isFailure)) discardSharedDirectory(request)
  return keepFailures(request, results)
}

type Result = KernelOutcome | FailedBuild

function isFailure(result: Result): result is FailedBuild {
  return 'outcome' in result
}

/** Builds in directories of their own leave the shared one as `add` or an earlier failure left it. */
function discardSharedDirectory({ roots, package: id }: BuildRequest): void {
  rmSync(treePaths(roots).buildDir(id), { recursive: true, force: true })
}

function on(jobServer: JobServer | undefined): { readonly jobServer?: JobServer } {
  return jobServer === undefined ? {} : { jobServer }
}

async function oneByOne(
  request: BuildRequest,
  prepared: readonly PreparedKernel[],
  jobServer: JobServer | undefined,
): Promise<Result[]> {
  const results: Result[] = []
  for (const one of prepared) {
    const result = await buildForKernel({ request, prepared: one, workspaceKind: 'shared', ...on(jobServer) })
    // The next kernel needs the directory that a failed build leaves, and of several failures the first keeps it.
    const inTheWay = one !== prepared.at(-1) || results.some(isFailure)
    results.push(isFailure(result) && inTheWay ? setAside(request, result) : result)
  }
  return results
}

function keepFailures(request: BuildRequest, results: readonly Result[]): KernelOutcome[] {
  let first = true
  return results.map((result) => {
    if (!isFailure(result)) return result
    const { outcome } = settleFailure(request, result, first)
    first = false
    return outcome
  })
}

function setAside(request: BuildRequest, failed: FailedBuild): FailedBuild {
  const { outcome, workspace } = failed
  if (workspace === undefined) return failed
  const aside = stagingPlace(request.roots, treePaths(request.roots).kernelDir(request.package, outcome.kernel))
  return { outcome, workspace: moveWorkspace(workspace, aside) }
}

function settleFailure(request: BuildRequest, failed: FailedBuild, first: boolean): FailedBuild {
  const { outcome, workspace } = failed
  if (workspace === undefined) return failed
  const paths = treePaths(request.roots)
  const buildDir = paths.buildDir(request.package)
  const { log, unkept } = keepOrSay(() => keepFailedWorkspace(workspace, buildDir, outcome.kernel, first))
  if (workspace.kind === 'private') discardWorkspace(workspace, paths.versionDir(request.package))
  // The private directory is gone when the lines are read.
  const details = outcome.error.details.map((line) => line.replaceAll(workspace.dir, () => buildDir))
  const where = log === undefined ? `the log could not be kept: ${unkept ?? ''}` : `the whole log: ${log}`
  return { outcome: { ...outcome, error: outcome.error.with({ details: [...details, where] }) }, workspace }
}

/** On a full disk the log is lost too; what became of each kernel must still be told. */
function keepOrSay(keep: () => AbsolutePath): { readonly log?: AbsolutePath; readonly unkept?: string } {
  try {
    return { log: keep() }
  } catch (error) {
    return { unkept: error instanceof Error ? error.message : String(error) }
  }
}
