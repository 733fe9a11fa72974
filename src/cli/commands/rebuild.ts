import { formatKernel, formatPackage } from '../../domain.ts'
import { runPostTransaction } from '../../runtime/post-transaction.ts'
import { type RebuildOutcome, rebuild, rebuildFailure } from '../../runtime/rebuild.ts'
import type { CommandResult } from '../command.ts'
import type { CommandLine } from '../grammar.ts'
import { namedKernels } from '../kernel-choice.ts'
import { lockFor } from '../lock.ts'
import { manyRequest } from '../many-request.ts'
import { failuresOf, outcomeDocument, plannedSteps } from '../render/kernel-outcomes.ts'
import { alignColumns } from '../render/table.ts'
import { runningKernel, type Session } from '../session.ts'
import { readTarget, requirePackage } from '../target.ts'

export async function runRebuild(session: Session, line: CommandLine): Promise<CommandResult> {
  const target = readTarget(line, session.report)
  const named = target.name === undefined && target.version === undefined ? {} : { package: requirePackage(target) }
  using _lock = await lockFor(session, line)
  const request = manyRequest(session, line)
  const running = runningKernel(session)
  const all = line.options.has('all-kernels') || line.options.has('all')
  const kernels = all ? 'all' : namedKernels(session, line.options)
  const outcomes = await rebuild({ ...request, ...named, kernels })
  const failure = rebuildFailure(outcomes)
  if (failure === undefined) await runPostTransaction(request, outcomes[0]?.kernel ?? running)
  return {
    json: { builds: outcomes.map(documentOf), dryRun: session.dryRun },
    text: textOf(outcomes),
    ...(failure === undefined ? {} : { failure, errors: failuresOf(outcomes) }),
  }
}

function textOf(outcomes: readonly RebuildOutcome[]): string {
  if (outcomes.length === 0) return 'Nothing is built for the kernel: there is nothing to build again.\n'
  const [only] = outcomes
  if (outcomes.length === 1 && only?.state === 'failed') return ''
  const plans = outcomes.map((one) =>
    one.state === 'planned'
      ? plannedSteps(`${formatPackage(one.package)} for kernel ${formatKernel(one.kernel)}`, one.steps)
      : '',
  )
  const rows = outcomes.map((one) => [formatPackage(one.package), formatKernel(one.kernel), verdict(one)])
  return `${plans.join('')}${alignColumns(rows)}`
}

function verdict(outcome: RebuildOutcome): string {
  switch (outcome.state) {
    case 'rebuilt':
      return outcome.reinstalled ? 'rebuilt and installed again' : 'rebuilt'
    case 'skipped':
      return `skipped: ${outcome.reason}`
    case 'planned':
      return outcome.reinstalls ? 'would be rebuilt and installed again' : 'would be rebuilt'
    case 'failed':
      return outcome.at === 'build'
        ? `failed, the former build stays: ${outcome.error.message}`
        : `rebuilt and not installed again: ${outcome.error.message}`
  }
}

function documentOf(outcome: RebuildOutcome): Record<string, unknown> {
  const { package: id, ...rest } = outcome
  return { module: id.name, version: id.version, ...outcomeDocument(rest) }
}
