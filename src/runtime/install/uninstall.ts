/** `uninstall`: takes a package's modules out of the install tree (dkms(8)). The caller holds the lock of the tree. */
import { loadConf } from '../../conf/load.ts'
import type { DkmsConf } from '../../conf/model.ts'
import { below, formatKernel, formatPackage, type Kernel } from '../../domain.ts'
import { isFactoryError } from '../../errors.ts'
import { commit } from '../../tree/journal.ts'
import { treePaths } from '../../tree/layout.ts'
import type { Build, TreePackage } from '../../tree/model.ts'
import { chooseKernels, requirePackage } from '../chosen-kernels.ts'
import { remakeInitrdWithout, settingUndoSteps } from '../legacy/legacy.ts'
import { runScript } from '../scripts.ts'
import { runDepmod } from './depmod.ts'
import { scriptVariables } from './environment.ts'
import type { UninstallOutcome, UninstallRequest, UninstallResult } from './model.ts'
import { planUninstall, type UninstallPlan } from './plan-uninstall.ts'
import { tellWeakModules } from './weak-modules.ts'

export type Uninstalling = Omit<UninstallRequest, 'kernels' | 'package'>

/**
 * Not being installed for a kernel is no error, as in DKMS. Modules that were in the way of the install come back.
 *
 * @throws {FactoryError} NAME_UNSAFE, NOT_IN_TREE, PACKAGE_BROKEN, CONF_INVALID, FILE_ACCESS, DISK_FULL
 */
export async function uninstall(request: UninstallRequest): Promise<UninstallResult> {
  const entry = requirePackage(request.roots, request.package)
  const outcomes: UninstallOutcome[] = []
  for (const { kernel, build } of chooseKernels(entry, request.kernels)) {
    outcomes.push(await uninstallFrom(request, entry, kernel, build))
  }
  const changed = outcomes.filter(({ state }) => state === 'uninstalled').map(({ kernel }) => kernel)
  const pending = request.depmod === 'defer' && !request.dryRun ? changed : []
  return { package: entry.id, kernels: outcomes, depmodPending: pending }
}

export async function uninstallFrom(
  request: Uninstalling,
  entry: TreePackage,
  kernel: Kernel,
  build: Build | undefined,
): Promise<UninstallOutcome> {
  if (build?.state !== 'built' || !build.installed) {
    const message = `${formatPackage(entry.id)} is not installed for kernel ${formatKernel(kernel)}: nothing to uninstall`
    request.report({ kind: 'note', message })
    return { state: 'not-installed', kernel }
  }
  const conf = await confOf(request, entry, kernel)
  const plan = await planUninstall(request.roots, entry.id, build, conf, request.host)
  tell(request, entry, kernel, plan)
  if (!request.dryRun) await carryOut(request, entry, kernel, conf, plan)
  const { removed, restored, notFound } = plan
  return { state: 'uninstalled', kernel, removed, restored, notFound }
}

async function confOf(request: Uninstalling, entry: TreePackage, kernel: Kernel): Promise<DkmsConf> {
  const { conf } = await loadConf({
    confFile: below(entry.dir, 'source', 'dkms.conf'),
    package: entry.id,
    kernel,
    roots: request.roots,
    directives: request.directives,
    environment: request.environment,
    strictness: 'lenient',
    trust: 'trusted',
  })
  return conf
}

async function carryOut(
  request: Uninstalling,
  entry: TreePackage,
  kernel: Kernel,
  conf: DkmsConf,
  plan: UninstallPlan,
): Promise<void> {
  const { roots, report } = request
  const steps = [...(await plan.steps()), ...settingUndoSteps(request, entry.id, kernel)]
  commit(roots, `uninstall ${formatPackage(entry.id)} for kernel ${formatKernel(kernel)}`, steps)
  await tellWeakModules(request, 'remove', conf, kernel, plan.removed)
  await warnOnly(request, () =>
    runScript({
      roots,
      package: entry.id,
      name: 'post_remove',
      line: conf.scripts.post_remove,
      directory: treePaths(roots).sourceLink(entry.id),
      environment: scriptVariables(entry.id, kernel, request.directives),
      report,
    }),
  )
  if (request.depmod !== 'run') return
  await warnOnly(request, () => runDepmod(request, kernel))
  await remakeInitrdWithout(request, kernel, conf)
}

/** The modules are gone by then, so that what fails afterwards does not undo it. */
async function warnOnly({ report }: Pick<Uninstalling, 'report'>, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!isFactoryError(error)) throw error
    report({
      kind: 'warning',
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    })
  }
}

function tell({ report }: Uninstalling, entry: TreePackage, kernel: Kernel, plan: UninstallPlan): void {
  const about = `${formatPackage(entry.id)} for kernel ${formatKernel(kernel)}`
  for (const module of plan.notFound) {
    report({ kind: 'warning', message: `${about}: no file of the install tree is recognised as its module ${module}` })
  }
  for (const message of plan.remarks) report({ kind: 'warning', message: `${about}: ${message}` })
}
