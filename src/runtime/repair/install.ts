/** Installs that are there in part: a file without a marker, or a marker without a file. */
import { dirname } from 'node:path'
import { absolutePath, below, type Kernel, type PackageId } from '../../domain.ts'
import type { FactoryError } from '../../errors.ts'
import { isDirectory } from '../../system/fs.ts'
import { commit, deleting, pruning } from '../../tree/journal.ts'
import { treePaths } from '../../tree/layout.ts'
import { oweDepmod } from '../autoinstall/depmod-once.ts'
import { install } from '../install/install.ts'
import { firstInstallFailure, type InstallOutcome } from '../install/model.ts'
import { uninstallFrom } from '../install/uninstall.ts'
import type { OnBuild } from './model.ts'
import { doing, type Finding, type Remedy, type RepairRequest } from './model.ts'

/** The install is completed; where the kernel refuses it, or is gone, what is there of it goes. */
export function completeInstall(request: RepairRequest, target: OnBuild, finding: Finding): Remedy {
  const { kernel, about, id } = target
  if (!isDirectory(below(request.roots.installTree, kernel.release))) {
    const marker = treePaths(request.roots).marker(id.name, kernel)
    return doing(`delete ${marker}: the kernel is not installed any more`, () =>
      commit(request.roots, `repair: delete ${marker}`, deleting(marker)),
    )
  }
  return {
    kind: 'action',
    text: `install ${about} anew`,
    carryOut: async () => {
      oweDepmod(request.roots, kernel)
      const [outcome] = (await install({ ...request, package: id, kernels: [kernel], depmod: 'defer' })).kernels
      return await settle(request, target, finding, outcome)
    },
  }
}

/** @returns why it is not installed now */
export async function buildAndInstall(
  request: RepairRequest,
  id: PackageId,
  kernel: Kernel,
): Promise<FactoryError | undefined> {
  oweDepmod(request.roots, kernel)
  return firstInstallFailure(await install({ ...request, package: id, kernels: [kernel], depmod: 'defer' }))
}

async function settle(
  request: RepairRequest,
  { entry, build, kernel, about }: OnBuild,
  { kind, path }: Finding,
  outcome: InstallOutcome | undefined,
): Promise<string | undefined> {
  if (outcome?.state === 'installed') return undefined
  const why = outcome !== undefined && 'error' in outcome ? outcome.error.message : 'there is nothing to install'
  if (outcome?.state !== 'refused') return `it could not be installed: ${why}`
  request.report({ kind: 'note', message: `${about} is not installed: ${why}; what is there of it is taken away` })
  if (kind === 'unmarked-install') {
    const stop = below(request.roots.installTree, kernel.release)
    const steps = [...deleting(path), pruning(absolutePath(dirname(path)), stop)]
    commit(request.roots, `repair: delete ${path}`, steps)
  } else {
    await uninstallFrom({ ...request, depmod: 'defer' }, entry, kernel, build)
  }
  return undefined
}
