import { formatKernel, formatPackage } from '../../domain.ts'
import type { KernelChoice } from '../../runtime/chosen-kernels.ts'
import { type UnbuildResult, type UnbuiltKernel, unbuild } from '../../runtime/unbuild.ts'
import type { CommandLine } from '../grammar.ts'
import { givenKernels, pairKernels } from '../kernels.ts'
import { lockFor } from '../lock.ts'
import { runningKernel, type Session } from '../session.ts'
import { readTarget, requirePackage } from '../target.ts'
import type { CommandResult } from './index.ts'

export async function runUnbuild(session: Session, line: CommandLine): Promise<CommandResult> {
  const id = requirePackage(readTarget(line, session.report))
  using _lock = await lockFor(session, line)
  const { roots, report, dryRun } = session
  const result = unbuild({ roots, package: id, kernels: kernelChoice(session, line), report, dryRun })
  return { json: { ...unbuildDocument(result), dryRun }, text: unbuildText(result, dryRun) }
}

/** Kernels given with -k, every kernel it is built for with --all, else the running one. */
export function kernelChoice(session: Session, line: CommandLine): KernelChoice {
  return line.options.has('all') ? 'all' : pairKernels(givenKernels(line.options), runningKernel(session))
}

export function unbuildDocument({ package: id, kernels }: UnbuildResult): Record<string, unknown> {
  return {
    module: id.name,
    version: id.version,
    kernels: kernels.map(({ kernel, outcome }) => ({ kernel: kernel.release, arch: kernel.arch, outcome })),
  }
}

/** What was not there to begin with has been told by a note. */
export function unbuildText({ package: id, kernels }: UnbuildResult, dryRun: boolean): string {
  const verb = dryRun ? 'would be deleted' : 'deleted'
  return kernels
    .filter(({ outcome }) => outcome !== 'not-built')
    .map(({ kernel, outcome }) => `${formatPackage(id)}: ${what(outcome)} for kernel ${formatKernel(kernel)} ${verb}\n`)
    .join('')
}

function what(outcome: UnbuiltKernel['outcome']): string {
  return outcome === 'unfinished' ? 'what an interrupted build had left' : 'build'
}
