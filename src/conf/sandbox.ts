/**
 * A conf nobody has accepted yet, evaluated without a process, the network or a file of the host.
 *
 * What it asks of the host (a command that is not a text tool, a file outside of the package) has no answer here. To
 * know which directives depend on such an answer, the conf is run with made-up answers as well: a directive that comes
 * out different needs bash, the others are certain. Most confs ask the host only for things like the number of
 * processors in MAKE, which is then left for the build's shell to find out.
 */
import { FactoryError } from '../errors.ts'
import type { EvaluateOptions, Evaluation } from './evaluation.ts'
import { findCommands, runnablePart } from './sandbox-commands.ts'
import { Experiment, noAnswers } from './sandbox-experiment.ts'
import { syntaxError } from './syntax-error.ts'

/**
 * @returns the values; for each directive that depends on the host a NEEDS_BASH finding: an error for metadata, a
 *   warning for what only a build uses
 * @throws {FactoryError} CONF_UNREADABLE when the conf does not end or produces too much
 */
export async function evaluateInSandbox(text: string, options: EvaluateOptions): Promise<Evaluation> {
  const { parse } = await import('just-bash')
  const part = runnablePart(text, parse)
  const commands = findCommands(part.text, parse)
  const experiment = new Experiment(part.text, options, commands)
  const bare = await experiment.run(noAnswers)
  const syntax = part.errorLine === undefined ? [] : [syntaxError(options.file, part.errorLine)]
  if (bare.endedEarly) throw endedEarly(options.file)
  if (!experiment.askedTheHost) return { values: bare.values, diagnostics: syntax }
  const { values, diagnostics } = await experiment.compare(bare)
  return { values, diagnostics: [...syntax, ...diagnostics] }
}

function endedEarly(file: string): FactoryError {
  return new FactoryError('CONF_UNREADABLE', `${file} ends its shell before its values can be read`, {
    hint: 'remove exec, set -e and the like from it: a dkms.conf only sets directives',
  })
}
