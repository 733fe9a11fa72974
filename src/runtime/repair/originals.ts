/** Archived modules of a kernel on which nothing is installed any more that had replaced them. */
import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { type AbsolutePath, absolutePath, below, formatKernel, type Kernel } from '../../domain.ts'
import { isDirectory, lstatOrNone } from '../../system/fs.ts'
import { commit, deleting, pruning, type Step } from '../../tree/journal.ts'
import { loadTree } from '../../tree/load.ts'
import type { BuiltFile } from '../../tree/model.ts'
import { haveSameBytes } from '../../tree/same-bytes.ts'
import { oweDepmod } from '../autoinstall/depmod-once.ts'
import { type Archived, decideRestore, type RestoreDecision, readArchived, restoring } from '../install/originals.ts'
import { doing, type Finding, type Remedy, type RepairRequest } from './model.ts'

/** They go back to where they came from, by the rules of uninstall. Those of a kernel that is gone go with it. */
export function bringBackOriginals({ roots }: RepairRequest, { path }: Finding): Remedy {
  const [name = '', , release = '', arch = ''] = path.slice(roots.dkmsTree.length + 1).split('/')
  const kernel = { release, arch }
  const kernelTree = below(roots.installTree, release)
  const gone = [pruning(absolutePath(dirname(path)), below(roots.dkmsTree, name))]
  if (!isDirectory(kernelTree)) {
    return doing(`delete ${path}: kernel ${formatKernel(kernel)} is not installed any more`, () =>
      commit(roots, `repair: delete ${path}`, [...deleting(path), ...gone]),
    )
  }
  const built = builtFiles({ roots }, name, kernel)
  const decisions = readArchived(path).map((archived) => decide(archived, kernelTree, built))
  const kept = decisions.filter(({ action }) => action === 'keep').map(({ archived }) => archived.file)
  if (kept.length === decisions.length && kept.length > 0) return { kind: 'advice', text: adviceFor(kept, kernelTree) }
  return {
    kind: 'action',
    text: describe(path, decisions),
    carryOut: async () => {
      oweDepmod(roots, kernel)
      const rest: readonly Step[] = kept.length > 0 ? [] : [...deleting(path), ...gone]
      commit(roots, `repair: put back ${path}`, [...restoring(roots, decisions), ...rest])
      return kept.length > 0 ? adviceFor(kept, kernelTree) : undefined
    },
  }
}

function builtFiles({ roots }: Pick<RepairRequest, 'roots'>, name: string, kernel: Kernel): readonly BuiltFile[] {
  return loadTree(roots, (one) => one === name)
    .packages.flatMap(({ builds }) => builds)
    .filter((build) => build.kernel.release === kernel.release && build.kernel.arch === kernel.arch)
    .flatMap(({ files }) => files)
}

function decide(archived: Archived, kernelTree: AbsolutePath, built: readonly BuiltFile[]): RestoreDecision {
  const { file } = archived
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  return decideRestore(archived, {
    kernelTree,
    fallback: undefined,
    isEmpty: size === 0,
    isOurs: built.some((one) => haveSameBytes(one.path, one.bytes, file)),
    present: (place) => {
      if (lstatOrNone(place) === undefined) return 'nothing'
      return haveSameBytes(file, size, place) ? 'identical' : 'other'
    },
  })
}

function describe(path: AbsolutePath, decisions: readonly RestoreDecision[]): string {
  const back = decisions.flatMap((decision) => (decision.action === 'restore' ? [decision.to] : []))
  return back.length === 0 ? `delete ${path}, which holds nothing to put back` : `put back ${back.join(', ')}`
}

function adviceFor(files: readonly AbsolutePath[], kernelTree: AbsolutePath): string {
  return `nothing tells where below ${kernelTree} this belongs: put it back yourself or delete it: ${files.join(', ')}`
}
