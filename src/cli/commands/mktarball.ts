import { absolutePath, formatKernel } from '../../domain.ts'
import type { GivenConf } from '../../packaging/plan/complete.ts'
import { makeTarball } from '../../packaging/tarball/make.ts'
import type { TarballMode, TarballResult } from '../../packaging/tarball/model.ts'
import { sourceDateEpoch } from '../../system/clock.ts'
import type { CommandResult } from '../command.ts'
import type { CommandLine } from '../grammar.ts'
import { kernelChoice } from '../kernel-choice.ts'
import { lockFor } from '../lock.ts'
import { lastOption, pathOption, runningKernel, type Session } from '../session.ts'
import { readTarget, requirePackage } from '../target.ts'

export async function runMktarball(session: Session, line: CommandLine): Promise<CommandResult> {
  const id = requirePackage(readTarget(line, session.report))
  using _lock = await lockFor(session, line, { onlyReads: true })
  const archive = lastOption(line.options, 'archive')
  const result = await makeTarball({
    roots: session.roots,
    package: id,
    kernels: kernelChoice(session, line),
    mode: chosenMode(line),
    ...(archive === undefined ? {} : { archive }),
    given: givenConf(line),
    workingDirectory: () => absolutePath(session.machine.workingDirectory),
    runningKernel: runningKernel(session),
    sourceDateEpoch: sourceDateEpoch(session.environment),
    dryRun: session.dryRun,
    digest: line.options.has('json'),
    report: session.report,
  })
  return { json: tarballDocument(result), text: tarballText(result) }
}

function givenConf(line: CommandLine): GivenConf {
  const confFile = pathOption(line.options, 'conf')
  return {
    directives: line.options.get('directive') ?? [],
    ...(confFile === undefined ? {} : { confFile: absolutePath(confFile) }),
  }
}

function chosenMode(line: CommandLine): TarballMode {
  if (line.options.has('source-only')) return 'source-only'
  return line.options.has('binaries-only') ? 'binaries-only' : 'full'
}

function tarballDocument({ package: id, kernels, written, ...rest }: TarballResult): Record<string, unknown> {
  return {
    module: id.name,
    version: id.version,
    kernels: kernels.map(({ release, arch }) => ({ kernel: release, arch })),
    ...rest,
    ...written,
    dryRun: written === undefined,
  }
}

/** The last line is read by release scripts, which take what follows the colon. */
function tarballText(result: TarballResult): string {
  const packed = result.kernels.map((kernel) => `Packed: build for kernel ${formatKernel(kernel)}\n`)
  if (result.written === undefined) return `${packed.join('')}Would write ${result.members} members to ${result.path}\n`
  return `${packed.join('')}\nTarball location: ${result.path}\n`
}
