/** What an install will do to the install tree, decided before anything is done. */
import { lstatSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DkmsConf, ModuleRecord } from '../../conf/model.ts'
import {
  type AbsolutePath,
  absolutePath,
  below,
  type Kernel,
  type PackageId,
  type Roots,
  sameKernel,
} from '../../domain.ts'
import { isFactoryError } from '../../errors.ts'
import { readModuleInfo } from '../../kernel/modinfo.ts'
import type { Report } from '../../report.ts'
import { lstatOrNone } from '../../system/fs.ts'
import { deleting, type Step } from '../../tree/journal.ts'
import { markerTarget, moduleFileNames, treePaths } from '../../tree/layout.ts'
import { loadTree } from '../../tree/load.ts'
import type { Build, BuiltFile } from '../../tree/model.ts'
import { haveSameBytes } from '../../tree/same-bytes.ts'
import { placingCopy, placingLink } from '../../tree/stage-file.ts'
import type { Host } from './host.ts'
import type { RefusedModule } from './model.ts'
import { findModules } from './module-search.ts'
import { archiving, type InTheWay, inOrderOfPreference } from './originals.ts'
import { type OwnFile, ownFiles } from './own-files.ts'
import { likeness } from './recognise.ts'
import { describeRefusal, isObsolete, type ModuleIdentity, type RefusalReason, refuseVersion } from './sanity.ts'

/** A module that is to be installed, with the file that the tree holds for it. */
export interface WantedModule {
  readonly record: ModuleRecord
  readonly built: BuiltFile
  readonly identity: ModuleIdentity
}

export interface InstallPlan {
  readonly files: readonly AbsolutePath[]
  readonly archived: readonly AbsolutePath[]
  /** What the version that is installed, or an interrupted install, has and this one has not. */
  readonly outdated: readonly AbsolutePath[]
  readonly refused: readonly RefusedModule[]
  /** Stages everything; to be called when it is about to be done. */
  steps(): readonly Step[]
}

export interface PlanRequest {
  readonly roots: Roots
  readonly host: Pick<Host, 'destination'>
  readonly report: Report
  readonly package: PackageId
  readonly kernel: Kernel
  readonly conf: DkmsConf
  readonly modules: readonly WantedModule[]
  readonly force: boolean
  readonly versionOverride: boolean
  readonly symlinkModules: boolean
}

/** @throws {FactoryError} FILE_ACCESS */
export async function planInstall(request: PlanRequest): Promise<InstallPlan> {
  const { roots, modules, kernel, package: id } = request
  const kernelTree = below(roots.installTree, kernel.release)
  const siblings = buildsOf(roots, id.name, kernel)
  const former = await formerFiles(request, kernelTree, siblings)
  const present = await lookAround(request, kernelTree, siblings)
  const own = ownAlready(request, siblings) ? former.map(({ path }) => path) : []
  const refused: RefusedModule[] = []
  const accepted: WantedModule[] = []
  for (const wanted of modules) {
    const found = present.files.get(wanted.record.destName) ?? []
    const refusal = await refuse(
      request,
      wanted,
      found.filter((path) => !own.includes(path)),
    )
    if (refusal === undefined) accepted.push(wanted)
    else refused.push(refusal)
  }
  const targets = accepted.map((wanted) => ({ wanted, target: targetOf(request, kernelTree, wanted) }))
  const files = targets.map(({ target }) => target)
  // What the version that is installed had put aside is kept for the new one; what it had not is in the way now.
  const inTheWay = targets
    .filter(({ wanted }) => !former.some(({ module }) => module === wanted.record.destName))
    .map((one) => originalsOf(kernelTree, present, one))
  const before = new Set([...present.leftovers, ...former.map(({ path }) => path)])
  const outdated = [...before].filter((path) => !files.includes(path))
  return {
    files,
    archived: inTheWay.flatMap(({ paths }) => paths),
    outdated,
    refused,
    steps: () => [
      ...archiving(roots, id.name, kernel, inTheWay),
      ...targets.map(({ wanted, target }) => placing(request, wanted, target)),
      ...outdated.flatMap(deleting),
      placingLink(roots, markerTarget(id.version, kernel), treePaths(roots).marker(id.name, kernel)),
    ],
  }
}

/** Every version of the package that is built for the kernel. */
function buildsOf(roots: Roots, name: string, kernel: Kernel): readonly Build[] {
  return loadTree(roots, (one) => one === name)
    .packages.flatMap(({ builds }) => builds)
    .filter((build) => build.state === 'built' && sameKernel(build.kernel, kernel))
}

interface Surroundings {
  /** What the kernel has of each module: regular files. */
  readonly files: ReadonlyMap<string, readonly AbsolutePath[]>
  /** Links where the module is to go, such as those of another package's symlink_modules. */
  readonly links: ReadonlyMap<string, readonly AbsolutePath[]>
  /** What an interrupted install of this package left. */
  readonly leftovers: readonly AbsolutePath[]
}

/** No marker tells of leftovers; they lie where the module is to go and are one of the package's builds. */
async function lookAround(
  request: PlanRequest,
  kernelTree: AbsolutePath,
  siblings: readonly Build[],
): Promise<Surroundings> {
  const { modules } = request
  const found = findModules(
    kernelTree,
    modules.map(({ record }) => record.destName),
  )
  const links = new Map(modules.map((wanted) => [wanted.record.destName, linksBeside(request, kernelTree, wanted)]))
  if (siblings.some(({ installed }) => installed)) return { files: found, links, leftovers: [] }
  const leftovers: AbsolutePath[] = []
  for (const wanted of modules) {
    const module = wanted.record.destName
    const destination = dirname(targetOf(request, kernelTree, wanted))
    for (const path of [...(found.get(module) ?? []), ...(links.get(module) ?? [])]) {
      if (dirname(path) === destination && (await isOneOf(siblings, module, path))) leftovers.push(path)
    }
  }
  return { files: without(found, leftovers), links: without(links, leftovers), leftovers }
}

function without(
  paths: ReadonlyMap<string, readonly AbsolutePath[]>,
  left: readonly AbsolutePath[],
): ReadonlyMap<string, readonly AbsolutePath[]> {
  return new Map([...paths].map(([module, found]) => [module, found.filter((path) => !left.includes(path))]))
}

function linksBeside(request: PlanRequest, kernelTree: AbsolutePath, wanted: WantedModule): readonly AbsolutePath[] {
  const destination = absolutePath(dirname(targetOf(request, kernelTree, wanted)))
  return moduleFileNames(wanted.record.destName)
    .map((name) => below(destination, name))
    .filter((path) => lstatOrNone(path)?.isSymbolicLink())
}

/** An empty file is nobody's module: an interrupted copy left it. */
async function isOneOf(siblings: readonly Build[], module: string, path: AbsolutePath): Promise<boolean> {
  if (lstatSync(path).size === 0) return true
  for (const built of siblings.flatMap(({ files }) => files).filter((file) => file.module === module)) {
    const like = await likeness(built, path, false)
    if (like === 'same' || like === 'altered') return true
  }
  return false
}

async function refuse(
  { kernel, conf, force, versionOverride, report }: PlanRequest,
  { record, built, identity }: WantedModule,
  present: readonly AbsolutePath[],
): Promise<RefusedModule | undefined> {
  if (force || versionOverride) return undefined
  const module = record.destName
  function because(reason: RefusalReason, found?: ModuleIdentity): RefusedModule {
    return { module, reason, message: describeRefusal(reason, module, kernel.release, found) }
  }
  if (conf.obsoleteBy !== undefined && isObsolete(conf.obsoleteBy, kernel.release)) return because('obsolete')
  const [only, ...others] = present
  if (only === undefined) return undefined
  if (others.length > 0) {
    const message = `kernel ${kernel.release} has several modules of the name ${module}; versions are not compared`
    report({ kind: 'warning', message, where: only })
    return undefined
  }
  const found = await identityOf(only)
  if (found === undefined) return undefined
  const reason = refuseVersion(identity, found, () => haveSameBytes(built.path, built.bytes, only))
  return reason === undefined ? undefined : because(reason, found)
}

/** A file that is no module cannot be compared, and does not count. */
async function identityOf(path: AbsolutePath): Promise<ModuleIdentity | undefined> {
  try {
    return await readModuleInfo(path)
  } catch (error) {
    if (isFactoryError(error, 'ELF_INVALID')) return undefined
    throw error
  }
}

function targetOf({ host }: PlanRequest, kernelTree: AbsolutePath, { record, built }: WantedModule): AbsolutePath {
  return below(kernelTree, host.destination(record.destLocation), built.name)
}

function originalsOf(
  kernelTree: AbsolutePath,
  { files, links }: Surroundings,
  { wanted: { record }, target }: { readonly wanted: WantedModule; readonly target: AbsolutePath },
): InTheWay {
  const module = record.destName
  const paths = [...(files.get(module) ?? []), ...(links.get(module) ?? [])]
  return { module, paths: inOrderOfPreference(paths, kernelTree, absolutePath(dirname(target))) }
}

/** Whether the version that is installed is the one to install: its files are not what the kernel has of its own. */
function ownAlready({ roots, package: id, kernel }: PlanRequest, siblings: readonly Build[]): boolean {
  const dir = treePaths(roots).kernelDir(id, kernel)
  return siblings.some((build) => build.installed && build.dir === dir)
}

/** The files of the version that is installed now. */
async function formerFiles(
  { conf, host }: PlanRequest,
  kernelTree: AbsolutePath,
  siblings: readonly Build[],
): Promise<readonly OwnFile[]> {
  const former = siblings.find(({ installed }) => installed)
  if (former === undefined) return []
  const names = new Set([...conf.modules.map(({ destName }) => destName), ...former.files.map(({ module }) => module)])
  const [sample] = conf.modules
  const records = [...names].flatMap((destName) => {
    const record = conf.modules.find((one) => one.destName === destName) ?? sample
    return record === undefined ? [] : [{ ...record, destName }]
  })
  return ownFiles(former, records, kernelTree, host.destination)
}

function placing({ roots, symlinkModules }: PlanRequest, { built }: WantedModule, target: AbsolutePath): Step {
  return symlinkModules ? placingLink(roots, built.path, target) : placingCopy(roots, built.path, target)
}
