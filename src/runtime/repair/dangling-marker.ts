/** Markers whose build is gone: the tree calls installed what it does not hold. */
import { readlinkSync } from 'node:fs'
import { basename, dirname, relative, resolve } from 'node:path'
import {
  absolutePath,
  below,
  formatKernel,
  formatPackage,
  type Kernel,
  type PackageId,
  type Roots,
} from '../../domain.ts'
import { isDirectory } from '../../system/fs.ts'
import { possiblePlaces, readInstallTree } from '../../tree/installed-files.ts'
import { commit, deleting, pruning } from '../../tree/journal.ts'
import { loadPackage } from '../../tree/load.ts'
import { buildAndInstall } from './install.ts'
import { doing, type Finding, type Remedy, type RepairRequest } from './model.ts'

/**
 * Where the module itself is still in its place the machine uses it, and without a build nothing would ever take it away:
 * it is built and installed again. Otherwise the marker goes.
 */
export async function settleMarker(request: RepairRequest, { path }: Finding): Promise<Remedy> {
  const { roots } = request
  const drop = () =>
    commit(roots, `repair: delete ${path}`, [...deleting(path), pruning(absolutePath(dirname(path)), roots.dkmsTree)])
  const target = targetOf(roots, path)
  if (target === undefined || !(await isInPlace(request, target))) return doing(`delete ${path}`, drop)
  const { id, kernel } = target
  const about = `${formatPackage(id)} for kernel ${formatKernel(kernel)}`
  return doing(
    `build and install ${about} again, for its module is in use; when that fails, delete ${path}`,
    async () => {
      const failure = await buildAndInstall(request, id, kernel)
      if (failure === undefined) return
      request.report({ kind: 'warning', code: failure.code, message: `${about}: ${failure.message}` })
      drop()
    },
  )
}

interface Target {
  readonly id: PackageId
  readonly kernel: Kernel
}

/** A marker leads from TREE/M to V/K/A. */
function targetOf({ dkmsTree }: Roots, marker: string): Target | undefined {
  const dir = dirname(marker)
  const [version, release, arch, ...more] = relative(dir, resolve(dir, readlinkSync(marker))).split('/')
  if (dirname(dir) !== dkmsTree || version === undefined || release === undefined || arch === undefined)
    return undefined
  if (version === '..' || more.length > 0) return undefined
  return { id: { name: basename(dir), version }, kernel: { release, arch } }
}

async function isInPlace({ roots, host, recordsOf }: RepairRequest, { id, kernel }: Target): Promise<boolean> {
  const entry = loadPackage(roots, id)
  const kernelTree = below(roots.installTree, kernel.release)
  if (entry?.source.kind !== 'linked' || !isDirectory(kernelTree)) return false
  const known = await recordsOf(entry, kernel)
  if (known.kind === 'unknown') return false
  const installTree = readInstallTree()
  return known.records.some((record) =>
    possiblePlaces(kernelTree, record, host.destination).some(
      (place) => installTree.find(place, record.destName) !== undefined,
    ),
  )
}
