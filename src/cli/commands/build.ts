import { formatKernel, formatPackage, type PackageId } from '../../domain.ts'
import { buildPackage } from '../../runtime/build/build.ts'
import { type BuildResult, firstFailure, type KernelOutcome } from '../../runtime/build/model.ts'
import { buildRequest } from '../build-request.ts'
import type { CommandResult } from '../command.ts'
import type { CommandLine } from '../grammar.ts'
import { lockFor } from '../lock.ts'
import { failuresOf, outcomeDocument, plannedSteps, summary } from '../render/kernel-outcomes.ts'
import type { Session } from '../session.ts'
import { packageOf } from './add-target.ts'

export async function runBuild(session: Session, line: CommandLine): Promise<CommandResult> {
  using _lock = await lockFor(session, line)
  const { id, plannedSource } = await packageOf(session, line)
  const result = await buildPackage(buildRequest(session, line, id, plannedSource))
  return present(id, result)
}

function present(id: PackageId, result: BuildResult): CommandResult {
  const failure = firstFailure(result)
  const alone = result.kernels.length === 1
  const text = result.kernels.map((outcome) => outcomeLines(id, outcome)).join('')
  return {
    json: { module: id.name, version: id.version, kernels: result.kernels.map(outcomeDocument) },
    text: alone ? text : `${text}${summary(result.kernels, verdict)}`,
    ...(failure === undefined ? {} : { failure, errors: failuresOf(result.kernels) }),
  }
}

function outcomeLines(id: PackageId, outcome: KernelOutcome): string {
  const kernel = formatKernel(outcome.kernel)
  switch (outcome.state) {
    case 'built':
      return outcome.modules.map((module) => `${module.file}\n`).join('')
    case 'already-built':
      return `Module ${formatPackage(id)} already built for kernel ${kernel}, skip. You may override by specifying --force.\n`
    case 'planned':
      return plannedSteps(`For kernel ${kernel}`, outcome.steps)
    case 'excluded':
    case 'failed':
      return ''
  }
}

function verdict(outcome: KernelOutcome): string {
  switch (outcome.state) {
    case 'built':
      return `built in ${(outcome.milliseconds / 1000).toFixed(1)} s`
    case 'already-built':
      return 'already built'
    case 'planned':
      return 'would be built'
    case 'excluded':
      return `excluded: ${outcome.reasons.join('; ')}`
    case 'failed':
      return `failed: ${outcome.error.message}`
  }
}
