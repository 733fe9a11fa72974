/** Which remedy each kind of finding has, in the order in which they are applied: one may be the cause of the next. */
import { basename, dirname } from 'node:path'
import { absolutePath, formatKernel, formatPackage } from '../../domain.ts'
import { removeBuild } from '../../tree/change.ts'
import { commit, deleting, pruning } from '../../tree/journal.ts'
import { kernelOfPendingDepmod } from '../../tree/layout.ts'
import { payDepmod } from '../autoinstall/depmod-once.ts'
import { repairBroken } from './broken-package.ts'
import { buildAgain } from './damaged-build.ts'
import { settleMarker } from './dangling-marker.ts'
import { buildAndInstall, completeInstall } from './install.ts'
import { doing, type Finding, type OnBuild, type Remedy, type RepairRequest } from './model.ts'
import { bringBackOriginals } from './originals.ts'

type RemedyOf = (request: RepairRequest, finding: Finding) => Remedy | Promise<Remedy>

const remedies = {
  unreadable: () => ({ kind: 'advice', text: 'run as root; if that does not help, check the file system' }),
  'stale-staging': deleteStaging,
  broken: repairBroken,
  'half-build': clearHalfBuild,
  'dangling-marker': settleMarker,
  'empty-build': onBuild(buildAgain),
  'empty-built-file': onBuild(buildAgain),
  'incomplete-build': onBuild(buildAgain),
  'unmarked-install': onBuild(completeInstall),
  'empty-installed-file': onBuild(completeInstall),
  'missing-installed-file': onBuild(completeInstall),
  'orphaned-originals': bringBackOriginals,
  'stale-build-directory': deletePath,
  'depmod-pending': runPendingDepmod,
} as const satisfies Readonly<Record<Finding['kind'], RemedyOf>>

/** The order of the table. */
export const kindsInOrder = Object.keys(remedies) as readonly Finding['kind'][] // Object.keys forgets what they are.

export async function remedyOf(request: RepairRequest, finding: Finding): Promise<Remedy> {
  const remedy: RemedyOf = remedies[finding.kind]
  return await remedy(request, finding)
}

function onBuild(remedy: (request: RepairRequest, target: OnBuild, finding: Finding) => Remedy): RemedyOf {
  return (request, finding) => {
    const { entry, build } = finding
    if (entry === undefined || build === undefined) throw new Error(`a finding without its build: ${finding.path}`)
    const { id, source } = entry
    const about = `${formatPackage(id)} for kernel ${formatKernel(build.kernel)}`
    if (source.kind === 'broken') {
      return { kind: 'advice', text: `${formatPackage(id)} is broken: mend that first, then run repair again` }
    }
    return remedy(request, { entry, build, kernel: build.kernel, id, about }, finding)
  }
}

/** With the directories above that this empties. */
function deletePath({ roots }: RepairRequest, { path }: Finding): Remedy {
  const steps = () => [...deleting(path), pruning(absolutePath(dirname(path)), roots.dkmsTree)]
  return doing(`delete ${path}`, () => commit(roots, `repair: delete ${path}`, steps()))
}

/** With the directory of the kernel when it held nothing else. */
function deleteStaging({ roots }: RepairRequest, { path }: Finding): Remedy {
  const parent = absolutePath(dirname(path))
  const steps = () => [...deleting(path), pruning(parent, absolutePath(dirname(parent)))]
  return doing(`delete ${path}`, () => commit(roots, `repair: delete ${path}`, steps()))
}

/** What the tree calls installed is built again, if it can be: the machine may need it. */
function clearHalfBuild(request: RepairRequest, finding: Finding): Remedy {
  const { entry, build, path } = finding
  if (entry === undefined || build === undefined) throw new Error(`a finding without its build: ${path}`)
  const remove = () => removeBuild(request.roots, entry.id, build.kernel)
  if (!build.installed || entry.source.kind !== 'linked') return doing(`delete ${build.dir}`, remove)
  const about = `${formatPackage(entry.id)} for kernel ${formatKernel(build.kernel)}`
  return doing(`build and install ${about} again; when that fails, delete ${build.dir}`, async () => {
    const failure = await buildAndInstall(request, entry.id, build.kernel)
    if (failure === undefined) return
    request.report({ kind: 'warning', code: failure.code, message: `${about}: ${failure.message}` })
    remove()
  })
}

function runPendingDepmod(request: RepairRequest, { path }: Finding): Remedy {
  const kernel = kernelOfPendingDepmod(basename(path))
  if (kernel === undefined) throw new Error(`not a note about depmod: ${path}`)
  return doing(`run depmod for kernel ${formatKernel(kernel)}`, () => payDepmod(request, kernel))
}
