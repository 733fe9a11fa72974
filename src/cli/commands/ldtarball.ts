import { formatKernel, formatPackage } from '../../domain.ts'
import { loadArchive } from '../../importer/load.ts'
import type { BuildOutcome, LoadResult, SourceOutcome } from '../../importer/model.ts'
import type { CommandResult } from '../command.ts'
import type { CommandLine } from '../grammar.ts'
import { givenKernels } from '../kernels.ts'
import { lockFor } from '../lock.ts'
import { runningKernel, type Session } from '../session.ts'
import { readArchive } from '../target.ts'

export async function runLdtarball(session: Session, line: CommandLine): Promise<CommandResult> {
  const archive = readArchive(line, session.report)
  const running = runningKernel(session)
  using _lock = await lockFor(session, line)
  const result = await loadArchive({
    roots: session.roots,
    archive,
    arch: givenKernels(line.options).arches[0] ?? running.arch,
    runningKernel: running,
    directives: line.options.get('directive') ?? [],
    trustConf: line.options.has('trust'),
    report: session.report,
    force: line.options.has('force'),
    dryRun: session.dryRun,
  })
  return { json: loadDocument(result), text: loadText(result) }
}

function loadDocument({ package: id, kernels, ...rest }: LoadResult): Record<string, unknown> {
  return {
    module: id.name,
    version: id.version,
    ...rest,
    kernels: kernels.map(({ kernel, outcome }) => ({ kernel: kernel.release, arch: kernel.arch, outcome })),
  }
}

function loadText(result: LoadResult): string {
  const name = formatPackage(result.package)
  const lines = [`${name}: ${sourceTexts[result.source]}: ${result.sourceDir}`]
  for (const { kernel, outcome } of result.kernels) {
    lines.push(`${name}: build for kernel ${formatKernel(kernel)}: ${buildTexts[outcome]}`)
  }
  if (result.added) lines.push(`${name}: added`)
  return `${result.dryRun ? 'This would be done:\n' : ''}${lines.join('\n')}\n`
}

const sourceTexts = {
  loaded: 'source loaded',
  replaced: 'source replaced',
  unchanged: 'source was there already',
  'not-in-archive': 'the archive holds no source',
} as const satisfies Record<SourceOutcome, string>

const buildTexts = {
  loaded: 'loaded',
  replaced: 'replaced',
  unchanged: 'was there already',
  skipped: 'another build is there, left as it is (--force replaces it)',
} as const satisfies Record<BuildOutcome, string>
