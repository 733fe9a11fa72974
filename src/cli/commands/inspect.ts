import type { AbsolutePath } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { inspectFile } from '../../packaging/inspect/inspect.ts'
import type { Inspection } from '../../packaging/inspect/model.ts'
import { absoluteFromHere } from '../../system/env.ts'
import type { CommandResult } from '../command.ts'
import type { CommandLine } from '../grammar.ts'
import { printable, renderInspection } from '../render/inspection.ts'
import { runningKernel, type Session } from '../session.ts'

/** Nothing of the file is run, and nothing is written but what it embeds, for a moment, into the place for temporary files. */
export async function runInspect(session: Session, line: CommandLine): Promise<CommandResult> {
  const [word, another] = line.words
  if (word === undefined) {
    throw new FactoryError('ARGUMENT_MISSING', 'no file to inspect was named', {
      hint: 'name a package, a .dsc or .changes, or an archive',
    })
  }
  if (another !== undefined) {
    throw new FactoryError('USAGE', `inspect takes one file, and ${another} is another one`, {
      hint: 'inspect them one by one',
    })
  }
  const inspection = await inspectOne(session, line, absoluteFromHere(word))
  const failure = inspectionFailure(inspection)
  const result = { json: { ...inspection }, text: renderInspection(inspection) }
  return failure === undefined ? result : { ...result, failure }
}

/** @throws {FactoryError} as inspectFile */
export async function inspectOne(session: Session, line: CommandLine, archive: AbsolutePath): Promise<Inspection> {
  const running = runningKernel(session)
  return await inspectFile({
    roots: session.roots,
    archive,
    arch: running.arch,
    runningKernel: running,
    report: session.report,
    keyFiles: keyFiles(line),
  })
}

/** Of --keyring: public keys, one of which has to have signed a file. */
export function keyFiles({ options }: CommandLine): readonly string[] {
  return (options.get('keyring') ?? []).map(absoluteFromHere)
}

export function inspectionFailure({ file, problems }: Inspection): FactoryError | undefined {
  const [first, ...others] = problems.map(({ message }) => printable(message))
  if (first === undefined) return undefined
  const untrusted = problems.every(({ kind }) => kind === 'signature')
  if (untrusted) {
    return new FactoryError('PACKAGE_UNTRUSTED', `${file} is not vouched for: ${first}`, {
      details: others,
      hint: 'do not install it unless you know where it comes from',
    })
  }
  return new FactoryError('PACKAGE_INVALID', `${file} is not in order: ${first}`, {
    details: others,
    hint: 'fetch or make it again, and do not install this one',
  })
}
