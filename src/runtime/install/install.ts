/** The `install` action: one package for one or several kernels (dkms(8)). The caller holds the lock of the tree. */
import { formatPackage, type Kernel, sameKernel } from '../../domain.ts'
import { isFactoryError } from '../../errors.ts'
import { loadPackage } from '../../tree/load.ts'
import type { Build, TreePackage } from '../../tree/model.ts'
import { assertSafePackage } from '../../tree/names.ts'
import { assertNotBroken } from '../broken.ts'
import { buildPackage } from '../build/build.ts'
import { remakeInitrd } from '../legacy/legacy.ts'
import { runDepmod } from './depmod.ts'
import { confOf, installBuild } from './install-kernel.ts'
import type { InstallOutcome, InstallRequest, InstallResult } from './model.ts'
import { loadForDevices } from './modprobe.ts'
import { rebuildDependants } from './rebuild-dependants.ts'
import { uninstallFrom } from './uninstall.ts'

/**
 * What is not built is built first, what is not added is added. Each kernel has an outcome of its own; one that fails does
 * not stop the others.
 *
 * @throws {FactoryError} what adding throws; NAME_UNSAFE, PACKAGE_BROKEN, SOURCE_EMPTY
 */
export async function install(request: InstallRequest): Promise<InstallResult> {
  const known = loadPackage(request.roots, request.package)
  if (known === undefined) assertSafePackage(request.package)
  else assertNotBroken(known)
  const unbuilt = request.kernels.filter((kernel) => buildOf(known, kernel) === undefined)
  const outcomes = await buildMissing(request, unbuilt)
  for (const kernel of request.kernels) {
    if (outcomes.has(kernel)) continue
    outcomes.set(kernel, await installFor(request, kernel, unbuilt.includes(kernel) || request.isNewBuild === true))
  }
  const kernels = request.kernels.flatMap((kernel) => outcomes.get(kernel) ?? [])
  const pending = kernels.filter(({ state }) => state === 'installed').map(({ kernel }) => kernel)
  return { package: request.package, kernels, depmodPending: request.depmod === 'defer' ? pending : [] }
}

function buildOf(entry: TreePackage | undefined, kernel: Kernel): Build | undefined {
  return entry?.builds.find((build) => build.state === 'built' && sameKernel(build.kernel, kernel))
}

/** @returns the kernels that cannot be installed for, or in a dry run what building would do */
async function buildMissing(request: InstallRequest, kernels: readonly Kernel[]): Promise<Map<Kernel, InstallOutcome>> {
  const outcomes = new Map<Kernel, InstallOutcome>()
  if (kernels.length === 0) return outcomes
  for (const outcome of (await buildPackage({ ...request, kernels })).kernels) {
    if (outcome.state === 'failed' || outcome.state === 'excluded') outcomes.set(outcome.kernel, outcome)
    if (outcome.state === 'planned') {
      outcomes.set(outcome.kernel, { ...outcome, steps: [...outcome.steps, 'install the built modules'] })
    }
  }
  return outcomes
}

async function installFor(request: InstallRequest, kernel: Kernel, isNew: boolean): Promise<InstallOutcome> {
  try {
    const outcome = await installBuilt(request, kernel, isNew)
    if (outcome.state !== 'installed') return outcome
    const rebuilt = request.force ? [] : await rebuildDependants(request, kernel, installBuilt)
    if (request.depmod === 'run') await depmodOrBack(request, kernel)
    if (request.depmod === 'run') await initrdOrBack(request, kernel)
    if (request.modprobeOnInstall && request.depmod !== 'defer') await loadForDevices(request, kernel)
    return { ...outcome, rebuilt }
  } catch (error) {
    if (!isFactoryError(error)) throw error
    return { state: 'failed', kernel, error }
  }
}

function installBuilt(request: InstallRequest, kernel: Kernel, isNew = false): Promise<InstallOutcome> {
  const { entry, build } = builtPackage(request, kernel)
  return installBuild(request, entry, kernel, build, isNew)
}

function builtPackage({ roots, package: id }: InstallRequest, kernel: Kernel): { entry: TreePackage; build: Build } {
  const entry = loadPackage(roots, id)
  const build = buildOf(entry, kernel)
  if (entry === undefined || build === undefined) throw new Error(`${formatPackage(id)} was built and is not there`)
  return { entry, build }
}

async function depmodOrBack(request: InstallRequest, kernel: Kernel): Promise<void> {
  try {
    await runDepmod(request, kernel)
  } catch (error) {
    if (isFactoryError(error)) await takeBack(request, kernel)
    throw error
  }
}

/** REMAKE_INITRD, where it acts: a system whose ramdisk could not be made anew may not start with what was installed. */
async function initrdOrBack(request: InstallRequest, kernel: Kernel): Promise<void> {
  if (request.legacy?.initrd === undefined) return
  const conf = await confOf(request, builtPackage(request, kernel).entry, kernel, 'lenient')
  try {
    await remakeInitrd(request, kernel, conf)
  } catch (error) {
    if (isFactoryError(error)) {
      await takeBack(request, kernel)
      await runDepmod(request, kernel)
    }
    throw error
  }
}

/**
 * Undoes an install after which depmod failed: modprobe would not find what else the kernel has. For callers that
 * deferred depmod, too.
 *
 * @throws {FactoryError} as uninstall
 */
export async function takeBack(request: InstallRequest, kernel: Kernel): Promise<void> {
  const { entry, build } = builtPackage(request, kernel)
  await uninstallFrom({ ...request, depmod: 'skip' }, entry, kernel, build)
}
