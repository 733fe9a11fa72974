import { formatKernel, formatPackage, type PackageId } from '../../domain.ts'
import { install } from '../../runtime/install/install.ts'
import { firstInstallFailure, type InstallOutcome, type InstallResult } from '../../runtime/install/model.ts'
import { runPostTransaction } from '../../runtime/post-transaction.ts'
import { actionContext } from '../action-context.ts'
import { buildRequest } from '../build-request.ts'
import type { CommandResult } from '../command.ts'
import type { CommandLine } from '../grammar.ts'
import { lockFor } from '../lock.ts'
import { failuresOf, outcomeDocument, plannedSteps, summary } from '../render/kernel-outcomes.ts'
import { runningKernel, type Session } from '../session.ts'
import { packageOf } from './add-target.ts'

export async function runInstall(session: Session, line: CommandLine): Promise<CommandResult> {
  using _lock = await lockFor(session, line)
  const context = actionContext(session, line)
  const { id, plannedSource } = await packageOf(session, line)
  const { settings } = session
  const result = await install({
    ...buildRequest(session, line, id, plannedSource),
    ...context,
    forceVersionOverride: line.options.has('force-version-override'),
    rpmSafeUpgrade: line.options.has('rpm_safe_upgrade'),
    symlinkModules: line.options.has('symlink-modules') || settings.symlinkModules,
    modprobeOnInstall: line.options.has('modprobe-on-install') || settings.modprobeOnInstall,
  })
  if (firstInstallFailure(result) === undefined) {
    await runPostTransaction(context, result.kernels[0]?.kernel ?? runningKernel(session))
  }
  return present(id, result)
}

function present(id: PackageId, result: InstallResult): CommandResult {
  const failure = firstInstallFailure(result)
  const alone = result.kernels.length === 1
  const text = result.kernels.map((outcome) => outcomeLines(id, outcome)).join('')
  return {
    json: { module: id.name, version: id.version, kernels: result.kernels.map(outcomeDocument) },
    text: alone ? text : `${text}${summary(result.kernels, verdict)}`,
    ...(failure === undefined ? {} : { failure, errors: failuresOf(result.kernels) }),
  }
}

function outcomeLines(id: PackageId, outcome: InstallOutcome): string {
  const kernel = formatKernel(outcome.kernel)
  switch (outcome.state) {
    case 'installed':
      return outcome.files.map((file) => `Installed ${file}\n`).join('')
    case 'already-installed':
      return `Module ${formatPackage(id)} already installed on kernel ${kernel}, skip. You may override by specifying --force.\n`
    case 'planned':
      return plannedSteps(`For kernel ${kernel}`, outcome.steps)
    case 'refused':
    case 'excluded':
    case 'failed':
      return ''
  }
}

function verdict(outcome: InstallOutcome): string {
  switch (outcome.state) {
    case 'installed':
      return outcome.refused.length === 0
        ? 'installed'
        : `installed without ${outcome.refused.map(({ module }) => module).join(', ')}`
    case 'already-installed':
      return 'already installed'
    case 'planned':
      return 'would be installed'
    case 'excluded':
      return `excluded: ${outcome.reasons.join('; ')}`
    case 'refused':
    case 'failed':
      return `${outcome.state}: ${outcome.error.message}`
  }
}
