import { formatKernel, formatPackage, type PackageId } from '../../domain.ts'
import type { UninstallOutcome } from '../../runtime/install/model.ts'
import { uninstall } from '../../runtime/install/uninstall.ts'
import { runPostTransaction } from '../../runtime/post-transaction.ts'
import { actionContext } from '../action-context.ts'
import type { CommandResult } from '../command.ts'
import type { CommandLine } from '../grammar.ts'
import { kernelChoice } from '../kernel-choice.ts'
import { lockFor } from '../lock.ts'
import { runningKernel, type Session } from '../session.ts'
import { readTarget, requirePackage } from '../target.ts'

export async function runUninstall(session: Session, line: CommandLine): Promise<CommandResult> {
  const id = requirePackage(readTarget(line, session.report))
  using _lock = await lockFor(session, line)
  const context = actionContext(session, line)
  const { kernels } = await uninstall({
    ...context,
    package: id,
    kernels: kernelChoice(session, line),
    directives: line.options.get('directive') ?? [],
  })
  await runPostTransaction(context, kernels[0]?.kernel ?? runningKernel(session))
  const { dryRun } = session
  return {
    json: { module: id.name, version: id.version, kernels: kernels.map(uninstallDocument), dryRun },
    text: kernels.map((outcome) => uninstallText(id, outcome, dryRun)).join(''),
  }
}

export function uninstallDocument({ kernel, ...rest }: UninstallOutcome): Record<string, unknown> {
  return { kernel: kernel.release, arch: kernel.arch, ...rest }
}

/** What was not there to begin with has been told by a note. */
export function uninstallText(id: PackageId, outcome: UninstallOutcome, dryRun: boolean): string {
  if (outcome.state === 'not-installed') return ''
  const done = dryRun ? 'would be uninstalled' : 'uninstalled'
  const would = dryRun ? 'would be ' : ''
  return [
    `${formatPackage(id)}: ${done} for kernel ${formatKernel(outcome.kernel)}`,
    ...outcome.removed.filter((path) => !outcome.restored.includes(path)).map((path) => `  ${would}deleted ${path}`),
    ...outcome.restored.map((path) => `  ${would}restored ${path}, which the install had put aside`),
    '',
  ].join('\n')
}
