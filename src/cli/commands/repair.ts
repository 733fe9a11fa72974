import { loadConf, loadConfPlain } from '../../conf/load.ts'
import { recordsFromConf } from '../../runtime/module-records.ts'
import { runPostTransaction } from '../../runtime/post-transaction.ts'
import type { RepairResult } from '../../runtime/repair/model.ts'
import { repair, repairFailure } from '../../runtime/repair/repair.ts'
import type { CommandResult } from '../command.ts'
import type { CommandLine } from '../grammar.ts'
import { lockFor } from '../lock.ts'
import { manyRequest } from '../many-request.ts'
import { runningKernel, type Session } from '../session.ts'

export async function runRepair(session: Session, line: CommandLine): Promise<CommandResult> {
  using _lock = await lockFor(session, line)
  const recordsOf = recordsFromConf(session.roots, { plain: loadConfPlain, full: loadConf })
  const request = { ...manyRequest(session, line), recordsOf }
  const result = await repair(request)
  const failure = session.dryRun ? undefined : repairFailure(result)
  if (result.done.length > 0) await runPostTransaction(request, runningKernel(session))
  return {
    json: { ...result, dryRun: session.dryRun },
    text: textOf(result, session.dryRun),
    ...(failure === undefined ? {} : { failure }),
  }
}

function textOf({ done, left }: RepairResult, dryRun: boolean): string {
  if (done.length === 0 && left.length === 0) return 'Nothing is half done: there is nothing to repair.\n'
  const actions = done.map(
    ({ finding, action }) => `${finding.path}\n  ${finding.message}\n  ${dryRun ? 'would ' : ''}${action}\n`,
  )
  const rest = dryRun
    ? left.map(({ finding, advice }) => `${finding.path}\n  ${finding.message}\n  for you to do: ${advice}\n`)
    : []
  return [...actions, ...rest].join('')
}
