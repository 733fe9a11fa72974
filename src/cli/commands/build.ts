import {
  type AbsolutePath,
  absolutePath,
  formatKernel,
  formatPackage,
  type Kernel,
  type PackageId,
} from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { kernelsWithHeaders } from '../../kernel/installed.ts'
import { buildPackage } from '../../runtime/build/build.ts'
import { type BuildResult, firstFailure, type KernelOutcome } from '../../runtime/build/model.ts'
import type { CommandLine } from '../grammar.ts'
import { givenKernels, pairKernels } from '../kernels.ts'
import { lockFor } from '../lock.ts'
import { errorDocument, renderError } from '../render/errors.ts'
import { alignColumns } from '../render/table.ts'
import { numberOption, pathOption, runningKernel, type Session } from '../session.ts'
import { buildSigning } from '../signing.ts'
import { packageOf } from './add-target.ts'
import type { CommandResult } from './index.ts'

export async function runBuild(session: Session, line: CommandLine): Promise<CommandResult> {
  using _lock = await lockFor(session, line)
  const id = await packageOf(session, line)
  const result = await buildPackage({
    roots: session.roots,
    settings: session.settings,
    report: session.report,
    package: id,
    kernels: chosenKernels(session, line),
    force: line.options.has('force'),
    jobs: numberOption(line.options, 'jobs') ?? session.settings.parallelJobs ?? session.machine.cpus,
    ...place('confFile', pathOption(line.options, 'conf')),
    directives: line.options.get('directive') ?? [],
    ...place('kernelSourceDir', pathOption(line.options, 'kernelsourcedir')),
    ...place('kernelConfig', pathOption(line.options, 'config')),
    environment: session.environment,
    signing: buildSigning(session, line),
    dryRun: session.dryRun,
    verbose: line.options.has('verbose') || session.settings.verbose,
    headersHint: (kernel) => headersHint(session, kernel),
  })
  return present(id, result)
}

function place<Name extends string>(name: Name, path: string | undefined): { readonly [N in Name]?: AbsolutePath } {
  return (path === undefined ? {} : { [name]: absolutePath(path) }) as { readonly [N in Name]?: AbsolutePath }
}

function chosenKernels(session: Session, line: CommandLine): Kernel[] {
  const given = givenKernels(line.options)
  const running = runningKernel(session)
  if (!line.options.has('all-kernels')) return pairKernels(given, running)
  const kernels = kernelsWithHeaders(session.roots, given.arches[0] ?? running.arch)
  if (kernels.length > 0) return kernels
  throw new FactoryError('HEADERS_MISSING', `no kernel below ${session.roots.installTree} has its headers installed`, {
    hint: `install ${headersHint(session, running)}`,
  })
}

function headersHint(session: Session, kernel: Kernel): string {
  const distro = session.distro()
  return `the headers with: ${distro.install} ${distro.headersPackage(kernel.release)}`
}

function present(id: PackageId, result: BuildResult): CommandResult {
  const failure = firstFailure(result)
  const alone = result.kernels.length === 1
  const text = result.kernels.map((outcome) => outcomeLines(id, outcome)).join('')
  return {
    json: { module: id.name, version: id.version, kernels: result.kernels.map(outcomeDocument) },
    text: alone ? text : `${text}${summary(result)}`,
    ...(failure === undefined ? {} : { failure, failureShown: !alone }),
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
      return [`For kernel ${kernel}:`, ...outcome.steps.map((step) => `  would ${step}`), ''].join('\n')
    case 'excluded':
    case 'failed':
      return ''
  }
}

/** With several kernels: each failure whole, then one line for each kernel. */
function summary(result: BuildResult): string {
  const failures = result.kernels.flatMap((outcome) => (outcome.state === 'failed' ? [renderError(outcome.error)] : []))
  const rows = result.kernels.map((outcome) => [formatKernel(outcome.kernel), verdict(outcome)])
  return `${failures.join('')}${failures.length === 0 ? '' : '\n'}${alignColumns(rows)}`
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

function outcomeDocument(outcome: KernelOutcome): Record<string, unknown> {
  const { kernel, ...rest } = outcome
  return {
    kernel: kernel.release,
    arch: kernel.arch,
    ...rest,
    ...('error' in outcome ? { error: errorDocument(outcome.error) } : {}),
  }
}
