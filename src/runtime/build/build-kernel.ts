/** One kernel's build, from the fresh copy of the source to the committed modules. */
import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { evaluationVariables } from '../../conf/variables.ts'
import { type AbsolutePath, formatKernel, formatPackage } from '../../domain.ts'
import { FactoryError, isFactoryError } from '../../errors.ts'
import type { BuildStep } from '../../report.ts'
import { now } from '../../system/clock.ts'
import { fileError, makeDirectories } from '../../system/fs.ts'
import { heldLocks } from '../../system/lock.ts'
import { runShellLine } from '../../system/run.ts'
import { commitBuild } from '../../tree/change.ts'
import { treePaths } from '../../tree/layout.ts'
import { commitProvisionally } from '../../tree/provisional.ts'
import { stagingPlace } from '../../tree/staging.ts'
import { runScript } from '../scripts.ts'
import { recordDepends } from './depends.ts'
import { buildEnvironment } from './environment.ts'
import type { JobServer } from './jobserver.ts'
import { makeCommand, shellWord } from './make-command.ts'
import { lastOutput, type MakeLog, openMakeLog } from './make-log.ts'
import type { BuildRequest, KernelOutcome, StagedModule } from './model.ts'
import { applyPatch } from './patches.ts'
import { pathMap } from './path-map.ts'
import type { PreparedKernel } from './prepare.ts'
import { checkProducts } from './products.ts'
import { stageProducts } from './stage.ts'
import { discardWorkspace, prepareWorkspace, type Workspace, type WorkspaceKind } from './workspace.ts'

export interface KernelJob {
  readonly request: BuildRequest
  readonly prepared: PreparedKernel
  readonly workspaceKind: WorkspaceKind
  readonly jobServer?: JobServer
}

export interface FailedBuild {
  readonly outcome: Extract<KernelOutcome, { state: 'failed' }>
  /** Left for the person who looks for the cause. */
  readonly workspace: Workspace | undefined
}

/** @returns the outcome; a failure of the package is returned, a bug is thrown */
export async function buildForKernel(job: KernelJob): Promise<KernelOutcome | FailedBuild> {
  const { request, prepared } = job
  const { kernel } = prepared
  const start = now()
  const step = stepper(job)
  let workspace: Workspace | undefined
  step('kernel', 'begin')
  try {
    workspace = prepareWorkspace(request.roots, request.package, kernel, job.workspaceKind)
    const modules = await build(job, workspace, step)
    step('kernel', 'end', `${((now() - start) / 1000).toFixed(1)} s`)
    const paths = treePaths(request.roots)
    discardWorkspace(workspace, paths.versionDir(request.package))
    const log = paths.makeLog(request.package, kernel)
    return { state: 'built', kernel, modules, log, milliseconds: now() - start }
  } catch (error) {
    if (!isFactoryError(error) || error.code === 'INTERRUPTED') throw error
    step('kernel', 'failed')
    return { outcome: { state: 'failed', kernel, error }, workspace }
  }
}

type Step = (step: BuildStep, state: 'begin' | 'end' | 'failed' | 'skipped', detail?: string) => void

function stepper({ request, prepared }: KernelJob): Step {
  return (step, state, detail) =>
    request.report({
      kind: 'build',
      package: request.package,
      kernel: prepared.kernel,
      step,
      state,
      ...(detail === undefined ? {} : { detail }),
    })
}

async function build(job: KernelJob, workspace: Workspace, step: Step): Promise<StagedModule[]> {
  const { request, prepared } = job
  using log = openMakeLog(workspace.log, request.package, prepared.kernel)
  const base = await buildEnvironment({ ...request, ...prepared })
  const shared = treePaths(request.roots).buildDir(request.package)
  const environment = { ...base, ...(await pathMap(prepared.toolchain.cc, workspace.dir, shared, base)) }
  for (const patch of prepared.patches) {
    step('patch', 'begin', patch.file)
    await applyPatch(patch, workspace.dir, log)
  }
  await script(job, workspace, 'pre_build', environment, log, step)
  step('make', 'begin')
  await runMake(job, workspace, environment, log)
  const { modules, stage } = await stageBuild(job, workspace, step)
  const { roots, package: id } = request
  const target = treePaths(roots).kernelDir(id, prepared.kernel)
  if (prepared.conf.scripts.post_build === undefined) commitBuild(roots, id, prepared.kernel, stage, { replace: true })
  else await commitOnTrial(job, workspace, { stage, target, environment, log, step })
  return modules
}

async function runMake(
  job: KernelJob,
  workspace: Workspace,
  environment: Record<string, string>,
  log: MakeLog,
): Promise<void> {
  const { request, prepared, jobServer } = job
  const command = makeCommand({
    rule: prepared.makeRule,
    kernelSourceDir: prepared.kernelSourceDir,
    buildDir: workspace.dir,
    kernelRelease: prepared.kernel.release,
    clang: prepared.toolchain.clang,
    jobs: jobServer === undefined ? request.jobs : undefined,
  })
  if (request.verbose) request.report({ kind: 'note', message: command })
  const status = await log.block('Building module(s)', command, async () => {
    const { exitCode } = await runShellLine(`${shellVariables(job)}\n${command}`, {
      cwd: workspace.dir,
      wholeEnv: { ...environment, ...jobServer?.env },
      inherit: [...(jobServer?.inherit ?? []), ...heldLocks()],
      logTo: log.descriptor,
      expected: anyStatus,
      purpose: 'run the MAKE line of dkms.conf',
    })
    return exitCode
  })
  if (status !== 0) throw buildFailed(prepared, command, status, workspace.log)
}

const anyStatus = Array.from({ length: 255 }, (_, index) => index + 1)

/** The documented variables that a MAKE line may name; known to its shell and, as in DKMS, not exported to make. */
function shellVariables({ request, prepared }: KernelJob): string {
  const variables = evaluationVariables({
    roots: request.roots,
    kernel: prepared.kernel,
    package: request.package,
    kernelSourceDir: prepared.kernelSourceDir,
    parallelJobs: request.jobs,
  })
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${shellWord(value)}`)
    .join('; ')
}

function buildFailed(prepared: PreparedKernel, command: string, status: number, log: string): FactoryError {
  return new FactoryError(
    'BUILD_FAILED',
    `the build for kernel ${formatKernel(prepared.kernel)} ended with status ${status}`,
    { details: [`command: ${command}`, ...lastOutput(log, 12)] },
  )
}

/** Everything of the new build is staged and complete before one rename makes it the build of the kernel. */
async function stageBuild(
  job: KernelJob,
  workspace: Workspace,
  step: Step,
): Promise<{ modules: StagedModule[]; stage: AbsolutePath }> {
  const { request, prepared } = job
  const { roots, package: id } = request
  const { kernel } = prepared
  const paths = treePaths(roots)
  const products = await checkProducts(prepared.records, workspace.dir, kernel)
  const stage = stagingPlace(roots, paths.kernelDir(id, kernel))
  try {
    step('strip', 'begin')
    const modules = await stageProducts({
      products,
      buildDir: workspace.dir,
      sharedDir: paths.buildDir(id),
      stage,
      target: paths.kernelDir(id, kernel),
      kernel,
      request,
      stripTool: prepared.toolchain.strip,
      signing: prepared.signing,
      onSign: (module) => step('sign', 'begin', module),
    })
    if (prepared.unmetDepends.length === 0) recordDepends(prepared.conf, roots, kernel, stage)
    keepLog(workspace.log, join(stage, 'log'))
    return { modules, stage }
  } catch (error) {
    rmSync(stage, { recursive: true, force: true })
    throw error
  }
}

function keepLog(log: string, directory: string): void {
  try {
    makeDirectories(directory)
    copyFileSync(log, join(directory, 'make.log'))
  } catch (error) {
    throw fileError(error, 'keep the build log', directory)
  }
}

interface Trial {
  readonly stage: AbsolutePath
  readonly target: AbsolutePath
  readonly environment: Record<string, string>
  readonly log: MakeLog
  readonly step: Step
}

/**
 * POST_BUILD runs after the commit because packages copy further files into TREE/M/V/K/A. When it fails, or this process
 * is killed meanwhile, the build that was there before is there again.
 */
async function commitOnTrial(job: KernelJob, workspace: Workspace, trial: Trial): Promise<void> {
  const { roots, package: id } = job.request
  const { kernel } = job.prepared
  const change = `build ${formatPackage(id)} for kernel ${formatKernel(kernel)}`
  const standing = commitProvisionally(roots, change, trial.stage, trial.target)
  try {
    await script(job, workspace, 'post_build', trial.environment, trial.log, trial.step)
    keepLog(workspace.log, treePaths(roots).logDir(id, kernel))
  } catch (error) {
    standing.takeBack()
    throw error
  }
  standing.keep()
}

async function script(
  job: KernelJob,
  workspace: Workspace,
  name: 'pre_build' | 'post_build',
  environment: Record<string, string>,
  log: MakeLog,
  step: Step,
): Promise<void> {
  const { request, prepared } = job
  const line = prepared.conf.scripts[name]
  if (line === undefined) return
  step(name, 'begin')
  const run = () =>
    runScript({
      roots: request.roots,
      package: request.package,
      name,
      line,
      directory: workspace.dir,
      environment,
      logTo: log.descriptor,
      report: (event) => event.kind === 'note' || request.report(event),
    })
  let failure: FactoryError | undefined
  await log.block(`Running the ${name} script`, line, async () => {
    try {
      await run()
      return 0
    } catch (error) {
      if (!isFactoryError(error, 'SCRIPT_FAILED')) throw error
      failure = error
      return error.exitStatus ?? 1
    }
  })
  if (failure !== undefined) throw failure.with({ details: lastOutput(workspace.log, 12) })
}
