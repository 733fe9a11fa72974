import { formatKernel, formatPackage, type PackageId } from '../../domain.ts'
import { runPostTransaction } from '../../runtime/post-transaction.ts'
import { type UnbuildResult, type UnbuiltKernel, unbuild } from '../../runtime/unbuild.ts'
import { actionContext } from '../action-context.ts'
import type { CommandResult } from '../command.ts'
import type { CommandLine } from '../grammar.ts'
import { kernelChoice } from '../kernel-choice.ts'
import { lockFor } from '../lock.ts'
import { runningKernel, type Session } from '../session.ts'
import { readTarget, requirePackage } from '../target.ts'
import { uninstallDocument, uninstallText } from './uninstall.ts'

export async function runUnbuild(session: Session, line: CommandLine): Promise<CommandResult> {
  const id = requirePackage(readTarget(line, session.report))
  using _lock = await lockFor(session, line)
  const context = actionContext(session, line)
  const result = await unbuild({ ...context, ...unbuildRequest(session, line, id) })
  await runPostTransaction(context, result.kernels[0]?.kernel ?? runningKernel(session))
  const { dryRun } = session
  return { json: { ...unbuildDocument(result), dryRun }, text: unbuildText(result, dryRun) }
}

export function unbuildRequest(session: Session, line: CommandLine, id: PackageId) {
  return { package: id, kernels: kernelChoice(session, line), directives: line.options.get('directive') ?? [] }
}

export function unbuildDocument({ package: id, kernels }: UnbuildResult): Record<string, unknown> {
  return {
    module: id.name,
    version: id.version,
    kernels: kernels.map(({ kernel, outcome, uninstalled }) => ({
      kernel: kernel.release,
      arch: kernel.arch,
      outcome,
      uninstalled: uninstallDocument(uninstalled),
    })),
  }
}

/** What was not there to begin with has been told by a note. */
export function unbuildText({ package: id, kernels }: UnbuildResult, dryRun: boolean): string {
  const verb = dryRun ? 'would be deleted' : 'deleted'
  return kernels
    .map(({ kernel, outcome, uninstalled }) => {
      const first = uninstallText(id, uninstalled, dryRun)
      return outcome === 'not-built'
        ? first
        : `${first}${formatPackage(id)}: ${what(outcome)} for kernel ${formatKernel(kernel)} ${verb}\n`
    })
    .join('')
}

function what(outcome: UnbuiltKernel['outcome']): string {
  return outcome === 'unfinished' ? 'what an interrupted build had left' : 'build'
}
