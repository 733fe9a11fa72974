/** From a command line to an exit status: parse, open a session, run one verb, print its result. */
import { FactoryError, isFactoryError } from '../errors.ts'
import { programVersion } from '../version/program.ts'
import type { CommandResult } from './command.ts'
import { commandOf } from './commands/index.ts'
import { bugStatus, exitStatusOf } from './exit-codes.ts'
import { type CommandLine, parseCommandLine } from './grammar.ts'
import type { Progress } from './output.ts'
import { type Output, processOutput, quietOutput } from './output.ts'
import { errorDocument, renderBug, renderError } from './render/errors.ts'
import { openProgress } from './render/progress.ts'
import { versionText } from './render/version.ts'
import { openSession } from './session.ts'
import { handleSignals, interruptedStatus } from './signals.ts'
import type { Verb } from './verbs.ts'

/**
 * @param programName `dkms` or `dkms-factory`, as it was called
 * @returns the exit status (docs/errors.md)
 */
export async function main(argv: readonly string[], programName: string): Promise<number> {
  const output = argv.includes('-q') || argv.includes('--quiet') ? quietOutput : processOutput()
  process.umask(0o022)
  const asJson = argv.includes('--json')
  using _signals = handleSignals((error) => void fail(error, { asJson, verb: undefined }, output))
  let line: CommandLine | undefined
  try {
    line = parseCommandLine(argv)
    const status = await answer(line, programName, output)
    return interruptedStatus() ?? status
  } catch (error) {
    const status = fail(firstOf(error), { asJson, verb: line?.verb }, output)
    return interruptedStatus() ?? status
  }
}

async function answer(line: CommandLine, programName: string, output: Output): Promise<number> {
  if (line.options.has('version')) {
    output.out(versionText(programName, line.options.has('json')))
    return 0
  }
  if (line.options.has('help')) {
    const { helpText } = await import('./help.ts')
    output.out(await helpText(programName, line.verb))
    return 0
  }
  if (line.verb === undefined) throw await unknownAction(line)
  using progress = openProgress(output, line.options)
  warnOfIgnored(line, progress)
  const session = await openSession(line.options, progress.report, line.verb)
  const run = await commandOf(line.verb)
  return finish(await run(session, line), line, output, progress)
}

function finish(result: CommandResult, line: CommandLine, output: Output, progress: Progress): number {
  progress.close()
  const { failure } = result
  if (line.options.has('json')) {
    const document = failure === undefined ? result.json : { ...result.json, error: errorDocument(failure) }
    output.out(`${JSON.stringify(document, undefined, 2)}\n`)
  } else {
    if (result.text !== '') output.out(result.text)
    for (const error of result.errors ?? (failure === undefined ? [] : [failure])) output.err(renderError(error))
  }
  return failure === undefined ? 0 : exitStatusOf(failure, line.verb)
}

/** What went wrong first: freeing a lock or the like may fail after it. */
function firstOf(error: unknown): unknown {
  return error instanceof SuppressedError ? firstOf(error.suppressed) : error
}

function fail(error: unknown, { asJson, verb }: { asJson: boolean; verb: Verb | undefined }, output: Output): number {
  if (!isFactoryError(error)) {
    if (asJson) output.out(`${JSON.stringify({ error: { code: 'BUG', message: String(error) } }, undefined, 2)}\n`)
    output.err(renderBug(error, programVersion))
    return bugStatus
  }
  if (asJson) output.out(`${JSON.stringify({ error: errorDocument(error) }, undefined, 2)}\n`)
  else output.err(renderError(error))
  return exitStatusOf(error, verb)
}

function warnOfIgnored(line: CommandLine, progress: Progress): void {
  for (const name of ['no-initrd', 'no-clean-kernel', 'no-prepare-kernel'] as const) {
    if (line.options.has(name)) progress.report({ kind: 'deprecated', feature: `--${name}` })
  }
}

async function unknownAction(line: CommandLine): Promise<FactoryError> {
  const { suggestVerb } = await import('./help.ts')
  const [word] = line.words
  if (word === undefined) {
    return new FactoryError('UNKNOWN_ACTION', 'no action was given', { hint: 'the option --help lists the actions' })
  }
  const nearest = suggestVerb(word)
  return new FactoryError('UNKNOWN_ACTION', `there is no action ${JSON.stringify(word)}`, {
    hint: nearest === undefined ? 'the option --help lists the actions' : `did you mean ${nearest}?`,
  })
}
