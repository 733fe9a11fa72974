/** One kernel's install, from the checks to the scripts; depmod is for the caller. */
import { loadConf } from '../../conf/load.ts'
import type { DkmsConf } from '../../conf/model.ts'
import { below, formatKernel, formatPackage, type Kernel } from '../../domain.ts'
import { FactoryError, isFactoryError } from '../../errors.ts'
import { isDirectory } from '../../system/fs.ts'
import { readInstallTree, standingOf } from '../../tree/installed-files.ts'
import { commit } from '../../tree/journal.ts'
import { treePaths } from '../../tree/layout.ts'
import type { Build, TreePackage } from '../../tree/model.ts'
import { settingSteps } from '../legacy/legacy.ts'
import { wantedRecords } from '../module-records.ts'
import { runScript } from '../scripts.ts'
import { scriptVariables } from './environment.ts'
import { readForceLists } from './force-lists.ts'
import type { InstallOutcome, InstallRequest } from './model.ts'
import { type InstallPlan, planInstall } from './plan-install.ts'
import { uninstallFrom } from './uninstall.ts'
import { wantedModules } from './wanted-modules.ts'
import { tellWeakModules } from './weak-modules.ts'

type Installed = Extract<InstallOutcome, { state: 'installed' }>

/**
 * @param build finished
 * @param isNew made by this command: a marker that leads to it was left by an older build
 * @returns the outcome; `rebuilt` is for the caller to fill
 * @throws {FactoryError} KERNEL_NOT_INSTALLED, CONF_INVALID, BUILT_MODULE_MISSING, VERMAGIC_MISMATCH, PRE_INSTALL_FAILED,
 *   FILE_ACCESS, DISK_FULL
 */
export async function installBuild(
  request: InstallRequest,
  entry: TreePackage,
  kernel: Kernel,
  build: Build,
  isNew: boolean,
): Promise<InstallOutcome> {
  if (build.installed && !request.force && (await isWhole(request, entry, kernel, build, isNew))) {
    return { state: 'already-installed', kernel }
  }
  const lists = readForceLists(request.host.forceLists, entry.id.name)
  const force = request.force || request.rpmSafeUpgrade || lists.force
  assertKernelInstalled(request, kernel)
  const conf = await confOf(request, entry, kernel, 'strict')
  const about = { roots: request.roots, package: entry.id, kernel, force, report: request.report }
  const modules = await wantedModules(about, conf, build)
  if (build.installed && request.force) await uninstallFrom({ ...request, depmod: 'skip' }, entry, kernel, build)
  if (!request.dryRun) await preInstall(request, entry, kernel, conf, force)
  const plan = await planInstall({
    ...about,
    host: request.host,
    conf,
    modules,
    versionOverride: request.forceVersionOverride || lists.versionOverride,
    symlinkModules: request.symlinkModules,
  })
  for (const { message } of plan.refused) request.report({ kind: 'warning', code: 'MODULES_REFUSED', message })
  if (plan.files.length === 0 && modules.length > 0) return allRefused(entry, kernel, plan)
  if (request.dryRun) return { state: 'planned', kernel, steps: describe(plan) }
  return carryOut(request, entry, kernel, conf, plan)
}

function assertKernelInstalled({ roots, host }: InstallRequest, kernel: Kernel): void {
  const kernelTree = below(roots.installTree, kernel.release)
  if (isDirectory(kernelTree)) return
  const running = kernel.release === host.runningRelease ? '' : '; -k names another kernel'
  throw new FactoryError(
    'KERNEL_NOT_INSTALLED',
    `kernel ${formatKernel(kernel)} is not installed: there is no directory ${kernelTree}`,
    { hint: `install the kernel's modules first${running}` },
  )
}

export async function confOf(
  request: InstallRequest,
  entry: TreePackage,
  kernel: Kernel,
  strictness: 'strict' | 'lenient',
): Promise<DkmsConf> {
  const { conf } = await loadConf({
    confFile: request.confFile ?? below(entry.dir, 'source', 'dkms.conf'),
    package: entry.id,
    kernel,
    roots: request.roots,
    directives: request.directives,
    environment: request.environment,
    strictness,
    trust: 'trusted',
  })
  return conf
}

/**
 * A file that is gone, or was never written, makes an install of what says it is installed; so does one that a new build
 * replaces. Without a readable conf there is nothing to hold against it.
 */
async function isWhole(
  request: InstallRequest,
  entry: TreePackage,
  kernel: Kernel,
  build: Build,
  isNew: boolean,
): Promise<boolean> {
  const { roots, host } = request
  const kernelTree = below(roots.installTree, kernel.release)
  const installTree = readInstallTree()
  try {
    const records = await wantedRecords(await confOf(request, entry, kernel, 'lenient'), roots, kernel)
    return records.every((record) => {
      const { state } = standingOf(build, record, kernelTree, host.destination, installTree)
      return state === 'same' || (!isNew && state !== 'not-installed' && state !== 'empty')
    })
  } catch (error) {
    if (isFactoryError(error, 'CONF_INVALID', 'CONF_UNREADABLE')) return true
    throw error
  }
}

async function preInstall(
  request: InstallRequest,
  entry: TreePackage,
  kernel: Kernel,
  conf: DkmsConf,
  force: boolean,
): Promise<void> {
  try {
    await script(request, entry, kernel, conf, 'pre_install')
  } catch (error) {
    if (!isFactoryError(error, 'SCRIPT_FAILED')) throw error
    if (!force) {
      throw new FactoryError('PRE_INSTALL_FAILED', error.message, {
        hint: 'what it wrote says why; --force installs nevertheless',
        details: error.details,
        cause: error,
      })
    }
    request.report({ kind: 'warning', code: 'PRE_INSTALL_FAILED', message: error.message })
  }
}

function script(
  { roots, report, directives }: InstallRequest,
  { id }: TreePackage,
  kernel: Kernel,
  conf: DkmsConf,
  name: 'pre_install' | 'post_install',
): Promise<unknown> {
  return runScript({
    roots,
    package: id,
    name,
    line: conf.scripts[name],
    directory: treePaths(roots).sourceLink(id),
    environment: scriptVariables(id, kernel, directives),
    report,
  })
}

function allRefused({ id }: TreePackage, kernel: Kernel, { refused }: InstallPlan): InstallOutcome {
  const error = new FactoryError(
    'MODULES_REFUSED',
    `${formatPackage(id)} is not installed for kernel ${formatKernel(kernel)}: the kernel has what it brings`,
    {
      details: refused.map(({ message }) => message),
      hint: 'nothing needs to be done; --force or --force-version-override installs it nevertheless',
    },
  )
  return { state: 'refused', kernel, refused, error }
}

async function carryOut(
  request: InstallRequest,
  entry: TreePackage,
  kernel: Kernel,
  conf: DkmsConf,
  plan: InstallPlan,
): Promise<Installed> {
  const about = `${formatPackage(entry.id)} for kernel ${formatKernel(kernel)}`
  commit(request.roots, `install ${about}`, [...plan.steps(), ...settingSteps(request, entry.id, conf)])
  for (const path of plan.archived) {
    request.report({ kind: 'note', message: `${about}: ${path} gives way and is kept in the tree until uninstall` })
  }
  await tellWeakModules(request, 'remove', conf, kernel, plan.outdated)
  await tellWeakModules(request, 'add', conf, kernel, plan.files)
  await postInstall(request, entry, kernel, conf)
  const { files, archived, refused } = plan
  return { state: 'installed', kernel, files, archived, refused, rebuilt: [] }
}

/** The modules are installed by then; DKMS too goes on. */
async function postInstall(request: InstallRequest, entry: TreePackage, kernel: Kernel, conf: DkmsConf): Promise<void> {
  try {
    await script(request, entry, kernel, conf, 'post_install')
  } catch (error) {
    if (!isFactoryError(error, 'SCRIPT_FAILED')) throw error
    request.report({ kind: 'warning', code: error.code, message: error.message })
  }
}

function describe({ files, archived }: InstallPlan): readonly string[] {
  return [...archived.map((path) => `keep ${path} in the tree`), ...files.map((path) => `install ${path}`)]
}
