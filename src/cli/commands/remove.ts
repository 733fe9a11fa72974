import { formatPackage } from '../../domain.ts'
import { type RemoveResult, remove } from '../../runtime/remove.ts'
import type { CommandLine } from '../grammar.ts'
import { lockFor } from '../lock.ts'
import type { Session } from '../session.ts'
import { readTarget, requirePackage } from '../target.ts'
import type { CommandResult } from './index.ts'
import { kernelChoice, unbuildDocument, unbuildText } from './unbuild.ts'

export async function runRemove(session: Session, line: CommandLine): Promise<CommandResult> {
  const id = requirePackage(readTarget(line, session.report))
  using _lock = await lockFor(session, line)
  const { roots, report, dryRun } = session
  const result = remove({ roots, package: id, kernels: kernelChoice(session, line), report, dryRun })
  const { deleted, sourceKept } = result
  const kept = sourceKept === undefined ? {} : { sourceKept }
  return {
    json: { ...unbuildDocument(result), deleted, ...kept, dryRun },
    text: `${unbuildText(result, dryRun)}${removedText(result, dryRun)}`,
  }
}

function removedText({ package: id, deleted, sourceKept }: RemoveResult, dryRun: boolean): string {
  if (!deleted) return `${formatPackage(id)}: stays in the tree, for it is built for other kernels\n`
  const kept = sourceKept === undefined ? '' : `; its source stays in ${sourceKept}`
  return `${formatPackage(id)}: ${dryRun ? 'would be removed' : 'removed'} from the tree${kept}\n`
}
