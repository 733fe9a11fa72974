import { formatPackage } from '../../domain.ts'
import { runPostTransaction } from '../../runtime/post-transaction.ts'
import { type RemoveResult, remove } from '../../runtime/remove.ts'
import { actionContext } from '../action-context.ts'
import type { CommandResult } from '../command.ts'
import type { CommandLine } from '../grammar.ts'
import { lockFor } from '../lock.ts'
import { runningKernel, type Session } from '../session.ts'
import { readTarget, requirePackage } from '../target.ts'
import { unbuildDocument, unbuildRequest, unbuildText } from './unbuild.ts'

export async function runRemove(session: Session, line: CommandLine): Promise<CommandResult> {
  const id = requirePackage(readTarget(line, session.report))
  using _lock = await lockFor(session, line)
  const context = actionContext(session, line)
  const rpmSafeUpgrade = line.options.has('rpm_safe_upgrade')
  const result = await remove({ ...context, ...unbuildRequest(session, line, id), rpmSafeUpgrade })
  await runPostTransaction(context, result.kernels[0]?.kernel ?? runningKernel(session))
  const { dryRun } = session
  const { deleted, cancelled, sourceKept } = result
  const kept = sourceKept === undefined ? {} : { sourceKept }
  return {
    json: { ...unbuildDocument(result), deleted, cancelled, ...kept, dryRun },
    text: `${unbuildText(result, dryRun)}${removedText(result, dryRun)}`,
  }
}

function removedText({ package: id, deleted, cancelled, sourceKept }: RemoveResult, dryRun: boolean): string {
  if (cancelled) return ''
  if (!deleted) return `${formatPackage(id)}: stays in the tree, for it is built for other kernels\n`
  const kept = sourceKept === undefined ? '' : `; its source stays in ${sourceKept}`
  return `${formatPackage(id)}: ${dryRun ? 'would be removed' : 'removed'} from the tree${kept}\n`
}
