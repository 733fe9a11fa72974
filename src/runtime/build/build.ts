/** The `build` action: one package for one or several kernels (dkms(8), build). */

import { loadConf } from '../../conf/load.ts'
import { type AbsolutePath, formatPackage, type Kernel, sameKernel } from '../../domain.ts'
import { FactoryError, isFactoryError } from '../../errors.ts'
import { thisMachine } from '../../system/env.ts'
import { treePaths } from '../../tree/layout.ts'
import { loadPackage } from '../../tree/load.ts'
import type { TreePackage } from '../../tree/model.ts'
import { add } from '../add.ts'
import { assertNotBroken } from '../broken.ts'
import type { JobServer } from './jobserver.ts'
import { makeCommand } from './make-command.ts'
import type { BuildRequest, BuildResult, KernelOutcome } from './model.ts'
import { type PreparedKernel, prepareKernel } from './prepare.ts'
import { buildAll } from './schedule.ts'
import { tellTrust } from './signing.ts'

/**
 * A package that is not in the tree is added first. Each kernel has an outcome of its own; one that fails does not stop
 * the others.
 * @throws {FactoryError} what adding throws; PACKAGE_BROKEN; SOURCE_EMPTY
 */
export async function buildPackage(request: BuildRequest): Promise<BuildResult> {
  return carryOutBuild(request, await prepareBuild(request))
}

/** What can be decided before anything is compiled. */
export interface PreparedBuild {
  readonly settled: ReadonlyMap<Kernel, KernelOutcome>
  readonly prepared: readonly PreparedKernel[]
}

/**
 * The first half of {@link buildPackage}. It may make a signing key, so of several packages one is prepared after the
 * other.
 */
export async function prepareBuild(request: BuildRequest): Promise<PreparedBuild> {
  const { entry, source } = await packageInTree(request)
  const outcomes = new Map<Kernel, KernelOutcome>()
  const prepared: PreparedKernel[] = []
  for (const kernel of request.kernels) {
    if (!request.force && request.again !== true && isBuilt(entry, kernel)) {
      outcomes.set(kernel, { state: 'already-built', kernel })
      continue
    }
    const one = await prepareOrFail(request, kernel, source)
    if ('state' in one) outcomes.set(kernel, one)
    else prepared.push(one)
  }
  tellTrust(
    request,
    prepared.map(({ signing }) => signing),
  )
  return { settled: outcomes, prepared }
}

/** The second half. @param jobServer what builds of other packages run on at the same time */
export async function carryOutBuild(
  request: BuildRequest,
  { settled, prepared }: PreparedBuild,
  jobServer?: JobServer,
): Promise<BuildResult> {
  const outcomes = new Map(settled)
  const done = request.dryRun
    ? prepared.map((one) => plan(request, one))
    : await buildAll(request, prepared, thisMachine().cpus, jobServer)
  for (const outcome of done) outcomes.set(outcome.kernel, outcome)
  return { package: request.package, kernels: request.kernels.flatMap((kernel) => outcomes.get(kernel) ?? []) }
}

/** The package, added when it was not; in a dry run it then still has nothing but its source directory. */
async function packageInTree(request: BuildRequest): Promise<{ entry?: TreePackage; source: AbsolutePath }> {
  const { roots, package: id, report, dryRun, kernels } = request
  const paths = treePaths(roots)
  const entry = loadPackage(roots, id)
  if (entry === undefined) {
    const [kernel] = kernels
    if (kernel === undefined) throw new Error('a build without kernels')
    if (dryRun && request.plannedSource !== undefined) return { source: request.plannedSource }
    await add({ roots, what: { kind: 'package', id }, kernel, report, dryRun, loadConf })
    return { source: paths.sourceDir(id) }
  }
  assertNotBroken(entry)
  if (entry.source.kind !== 'binaries-only') return { entry, source: paths.sourceLink(id) }
  throw new FactoryError(
    'SOURCE_EMPTY',
    `${formatPackage(id)} was loaded without its source and cannot be built here`,
    {
      hint: 'load an archive that holds the source, or use the kernels it was built for',
    },
  )
}

function isBuilt(found: TreePackage | undefined, kernel: Kernel): boolean {
  return found?.builds.some((build) => build.state === 'built' && sameKernel(build.kernel, kernel)) ?? false
}

async function prepareOrFail(
  request: BuildRequest,
  kernel: Kernel,
  source: AbsolutePath,
): Promise<PreparedKernel | KernelOutcome> {
  try {
    return await prepareKernel(request, kernel, source)
  } catch (error) {
    if (!isFactoryError(error) || error.code === 'INTERRUPTED') throw error
    if (error.code === 'BUILD_EXCLUDED') return { state: 'excluded', kernel, reasons: error.details, error }
    return { state: 'failed', kernel, error }
  }
}

function plan(request: BuildRequest, prepared: PreparedKernel): KernelOutcome {
  const { roots, package: id, jobs } = request
  const { kernel, conf, patches } = prepared
  const buildDir = treePaths(roots).buildDir(id)
  const command = makeCommand({
    rule: prepared.makeRule,
    kernelSourceDir: prepared.kernelSourceDir,
    buildDir,
    kernelRelease: kernel.release,
    clang: prepared.toolchain.clang,
    jobs,
  })
  const steps = [
    `copy ${treePaths(roots).sourceLink(id)} to ${buildDir}`,
    ...patches.map((patch) => `apply patch ${patch.file}`),
    ...(conf.scripts.pre_build === undefined ? [] : [`run ${conf.scripts.pre_build}`]),
    `run ${command}`,
    ...prepared.records.map((record) => `keep ${record.builtLocation}${record.builtName}.ko as ${record.destName}.ko`),
    ...(prepared.signing.kind === 'sign' ? [`sign with ${prepared.signing.key}`] : []),
    ...(conf.scripts.post_build === undefined ? [] : [`run ${conf.scripts.post_build}`]),
  ]
  return { state: 'planned', kernel, steps }
}
