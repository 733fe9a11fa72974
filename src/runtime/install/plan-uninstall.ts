/** What an uninstall will do, decided before anything is done. */
import { lstatSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { DkmsConf } from '../../conf/model.ts'
import { type AbsolutePath, absolutePath, below, type PackageId, type Roots } from '../../domain.ts'
import { isFactoryError } from '../../errors.ts'
import { lstatOrNone } from '../../system/fs.ts'
import { run } from '../../system/run.ts'
import type { Destination } from '../../tree/installed-files.ts'
import { deleting, pruning, type Step } from '../../tree/journal.ts'
import { moduleOfFile, treePaths } from '../../tree/layout.ts'
import type { Build } from '../../tree/model.ts'
import { haveSameBytes } from '../../tree/same-bytes.ts'
import type { Host } from './host.ts'
import { type Archived, decideRestore, type RestoreDecision, readArchived, restoring } from './originals.ts'
import { ownFiles } from './own-files.ts'

export interface UninstallPlan {
  readonly removed: readonly AbsolutePath[]
  readonly restored: readonly AbsolutePath[]
  readonly notFound: readonly string[]
  /** What a person should know about archived modules. */
  readonly remarks: readonly string[]
  /** Stages what comes back; to be called when it is about to be done. */
  steps(): Promise<readonly Step[]>
}

/** @throws {FactoryError} FILE_ACCESS */
export async function planUninstall(
  roots: Roots,
  id: PackageId,
  build: Build,
  conf: DkmsConf,
  host: Pick<Host, 'destination' | 'ownerQuery'>,
): Promise<UninstallPlan> {
  const kernelTree = below(roots.installTree, build.kernel.release)
  const files = await ownFiles(build, conf.modules, kernelTree, host.destination)
  const removed = [...new Set(files.map(({ path }) => path))]
  const decisions = readArchived(treePaths(roots).originals(id.name, build.kernel)).map((archived) =>
    decide(archived, { build, conf, kernelTree, removed, destination: host.destination }),
  )
  const found = new Set(files.map(({ module }) => module))
  const restored = decisions.flatMap((decision) => (decision.action === 'restore' ? [decision.to] : []))
  return {
    removed,
    restored,
    notFound: conf.modules.map(({ destName }) => destName).filter((name) => !found.has(name) && isBuilt(build, name)),
    remarks: decisions.flatMap(remark),
    steps: async () => [
      ...deleting(treePaths(roots).marker(id.name, build.kernel)),
      ...removed.filter((path) => !restored.includes(path)).flatMap(deleting),
      ...restoring(roots, decisions),
      ...originalsGone(roots, id, build, decisions),
      ...(await emptied(removed, kernelTree, host.ownerQuery)),
    ],
  }
}

function isBuilt(build: Build, module: string): boolean {
  return build.files.some((file) => file.module === module)
}

interface Situation {
  readonly build: Build
  readonly conf: DkmsConf
  readonly kernelTree: AbsolutePath
  readonly removed: readonly AbsolutePath[]
  readonly destination: Destination
}

function decide(archived: Archived, { build, conf, kernelTree, removed, destination }: Situation): RestoreDecision {
  const { file, origin } = archived
  const stats = lstatSync(file)
  const record = conf.modules.find(({ destName }) => destName === moduleOfFile(basename(file)))
  // Our module can only have been taken for an original where our modules go.
  const fromOwnPlace =
    origin === undefined ||
    (record !== undefined && dirname(origin) === below(kernelTree, destination(record.destLocation)))
  return decideRestore(archived, {
    kernelTree,
    fallback: record === undefined ? undefined : below(kernelTree, record.destLocation, basename(file)),
    isEmpty: stats.isFile() && stats.size === 0,
    isOurs: fromOwnPlace && build.files.some((built) => haveSameBytes(built.path, built.bytes, file)),
    present: (path) => {
      if (removed.includes(path) || lstatOrNone(path) === undefined) return 'nothing'
      return haveSameBytes(file, stats.size, path) ? 'identical' : 'other'
    },
  })
}

function remark(decision: RestoreDecision): readonly string[] {
  const { file, origin } = decision.archived
  if (decision.action === 'restore') return []
  if (decision.action === 'keep') {
    const why =
      decision.why === 'outside'
        ? `it came from ${origin ?? ''}, which is not of this kernel`
        : 'nothing tells where it came from'
    return [`the archived module ${file} is kept and not put back: ${why}`]
  }
  const reasons = {
    ours: 'it is the module of this package, which an interrupted command had taken for an original',
    empty: 'it is empty',
    superseded: `another file has been put there since: ${origin ?? ''}`,
  } as const
  return decision.why === 'identical'
    ? []
    : [`the archived module ${basename(file)} is not put back: ${reasons[decision.why]}`]
}

/** With everything else that lies there, unless a module has to be kept. */
function originalsGone(
  roots: Roots,
  id: PackageId,
  build: Build,
  decisions: readonly RestoreDecision[],
): readonly Step[] {
  const archive = treePaths(roots).originals(id.name, build.kernel)
  const packageDir = treePaths(roots).packageDir(id.name)
  if (decisions.some(({ action }) => action === 'keep')) return []
  return [...deleting(archive), pruning(absolutePath(dirname(archive)), packageDir)]
}

/** Directories that may have become empty and belong to no package. */
async function emptied(
  removed: readonly AbsolutePath[],
  kernelTree: AbsolutePath,
  ownerQuery: Host['ownerQuery'],
): Promise<readonly Step[]> {
  const steps: Step[] = []
  for (const directory of new Set(removed.map((path) => absolutePath(dirname(path))))) {
    const stop = ownerQuery === undefined ? kernelTree : await firstOwned(directory, kernelTree, ownerQuery)
    if (stop !== directory) steps.push(pruning(directory, stop))
  }
  return steps
}

async function firstOwned(
  directory: AbsolutePath,
  kernelTree: AbsolutePath,
  ownerQuery: readonly [string, ...string[]],
): Promise<AbsolutePath> {
  for (let path = directory; path !== kernelTree; path = absolutePath(dirname(path))) {
    if (await isOwned(path, ownerQuery)) return path
  }
  return kernelTree
}

async function isOwned(path: AbsolutePath, ownerQuery: readonly [string, ...string[]]): Promise<boolean> {
  try {
    await run([...ownerQuery, path])
    return true
  } catch (error) {
    if (isFactoryError(error, 'COMMAND_FAILED', 'TOOL_MISSING')) return false
    throw error
  }
}
