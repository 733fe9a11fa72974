/** From a package, in the tree or in a plain directory, to the plan of what is packed. */
import { loadConf } from '../../conf/load.ts'
import type { DkmsConf } from '../../conf/model.ts'
import { type AbsolutePath, below, type Kernel, type PackageId, type Roots } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { isFile } from '../../system/fs.ts'
import { treePaths } from '../../tree/layout.ts'
import { assertSafePackage } from '../../tree/names.ts'
import { readPackagingFile } from '../metadata/file.ts'
import type { PackagingFile, StatedMetadata } from '../metadata/model.ts'
import { planBuild } from './build.ts'
import { chooseBuiltKernels, findInTree, sourceDirectory, withoutRepeats } from './choose.ts'
import { planMetadata } from './metadata.ts'
import type { PackagePlan, PlanContent, PlannedBuild, PlannedSource, PlanOrigin } from './model.ts'
import { newestTime, plannedEntry, walkSource } from './source.ts'
import type { Walked } from './walk.ts'

interface PlanRequest {
  /** For the variables of dkms.conf and for scratch files; nothing of /etc/dkms goes into a plan. */
  readonly roots: Roots
  /** For the variables of dkms.conf, when no kernel is named. */
  readonly runningKernel: Kernel
  /** What the command line says: readMetadataOptions. */
  readonly options: StatedMetadata
  /** Values of --directive, NAME=VALUE each. */
  readonly directives?: readonly string[]
  /** SOURCE_DATE_EPOCH, in seconds. */
  readonly sourceDateEpoch?: number | undefined
}

export interface TreePlanRequest extends PlanRequest {
  readonly package: PackageId
  readonly content: PlanContent
  /** 'all': every kernel the package is built for. For source-only they need not be built, and 'all' means none. */
  readonly kernels: readonly Kernel[] | 'all'
}

export interface DirectoryPlanRequest extends PlanRequest {
  readonly directory: AbsolutePath
  /** Kernels a generator is to know of; there are no builds for them. */
  readonly kernels?: readonly Kernel[]
}

/**
 * @throws {FactoryError} NOT_IN_TREE, PACKAGE_BROKEN, SOURCE_MISSING, NOT_BUILT, CONF_INVALID, CONF_UNREADABLE,
 *   METADATA_INVALID, SOURCE_UNPACKABLE, ELF_INVALID, NAME_UNSAFE, FILE_ACCESS
 */
export async function planFromTree(request: TreePlanRequest): Promise<PackagePlan> {
  const { roots, package: id, content } = request
  const found = findInTree(roots, id)
  const directory = sourceDirectory(found, content)
  const isSourceOnly = content === 'source-only'
  const kernels = isSourceOnly ? namedKernels(request.kernels) : chooseBuiltKernels(found, request.kernels)
  const conf = await confFor(request, directory, kernels[0] ?? request.runningKernel, id)
  const prepared = await prepare(request, directory, conf, content === 'binaries-only' ? 'conf-only' : 'complete')
  const builds: PlannedBuild[] = []
  for (const kernel of isSourceOnly ? [] : kernels) {
    const ownConf = kernel === kernels[0] ? conf : await confFor(request, directory, kernel, id)
    const { clampTime } = prepared
    builds.push(await planBuild({ found, paths: treePaths(roots), kernel, conf: ownConf, clampTime }))
  }
  const origin: PlanOrigin = { kind: 'tree', versionDir: found.dir }
  return complete(request, { ...prepared, conf, kernels, builds, origin, content })
}

/**
 * A directory that holds a dkms.conf is all it takes: no tree, and no right to write one. The conf is evaluated as one
 * that the user trusts, for it is the user's own.
 *
 * @throws {FactoryError} CONF_NOT_FOUND, CONF_INVALID, CONF_UNNAMED, CONF_UNREADABLE, METADATA_INVALID, SOURCE_UNPACKABLE,
 *   NAME_UNSAFE, FILE_ACCESS
 */
export async function planFromDirectory(request: DirectoryPlanRequest): Promise<PackagePlan> {
  const { directory } = request
  if (!isFile(below(directory, 'dkms.conf'))) {
    throw new FactoryError('CONF_NOT_FOUND', `there is no dkms.conf in ${directory}`, {
      hint: 'name the directory that holds the source of the modules and its dkms.conf',
    })
  }
  const kernels = namedKernels(request.kernels ?? [])
  const conf = await confFor(request, directory, kernels[0] ?? request.runningKernel)
  assertSafePackage(conf.package)
  const prepared = await prepare(request, directory, conf, 'complete')
  const origin: PlanOrigin = { kind: 'directory', directory }
  return complete(request, { ...prepared, conf, kernels, builds: [], origin, content: 'source-only' })
}

function namedKernels(kernels: readonly Kernel[] | 'all'): readonly Kernel[] {
  return kernels === 'all' ? [] : withoutRepeats(kernels)
}

async function confFor(
  request: PlanRequest,
  directory: AbsolutePath,
  kernel: Kernel,
  id?: PackageId,
): Promise<DkmsConf> {
  const { conf } = await loadConf({
    confFile: below(directory, 'dkms.conf'),
    kernel,
    roots: request.roots,
    directives: request.directives ?? [],
    overrides: 'ignore',
    strictness: 'lenient',
    trust: 'trusted',
    ...(id === undefined ? {} : { package: id }),
  })
  return conf
}

interface Prepared {
  readonly file: PackagingFile | undefined
  readonly walked: Walked
  readonly source: PlannedSource
  readonly clampTime: number
}

async function prepare(
  { sourceDateEpoch }: PlanRequest,
  directory: AbsolutePath,
  conf: DkmsConf,
  kind: PlannedSource['kind'],
): Promise<Prepared> {
  const file = await readPackagingFile(directory)
  const walked = walkSource({ kind, directory, conf, exclude: file?.exclude ?? [] })
  const clampTime = sourceDateEpoch ?? newestTime(walked.entries)
  const entries = walked.entries.map((entry) => plannedEntry(entry, clampTime))
  return { file, walked, clampTime, source: { kind, directory, entries, leftOut: walked.leftOut } }
}

type Incomplete = Prepared & Omit<PackagePlan, 'package' | 'metadata'>

function complete({ options }: PlanRequest, { file, walked, ...plan }: Incomplete): PackagePlan {
  const { package: id } = plan.conf
  const metadata = planMetadata({ conf: plan.conf, options, file, walked, builds: plan.builds, time: plan.clampTime })
  return { package: id, metadata, ...plan }
}
