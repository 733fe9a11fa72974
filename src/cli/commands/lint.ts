import { placeOf } from '../../conf/diagnostic-text.ts'
import { lintConf } from '../../conf/lint.ts'
import type { Diagnostic } from '../../conf/model.ts'
import { evaluationVariables } from '../../conf/variables.ts'
import { FactoryError, isFactoryError } from '../../errors.ts'
import type { CommandResult } from '../command.ts'
import type { CommandLine } from '../grammar.ts'
import { plural } from '../render/plural.ts'
import { runningKernel, type Session } from '../session.ts'
import type { Checked } from './lint-checked.ts'
import { openSubject } from './lint-subject.ts'

/** Nothing that is checked is run: confs are evaluated in the sandbox, wherever they lie, unless --trust is given. */
export async function runLint(session: Session, line: CommandLine): Promise<CommandResult> {
  if (line.words.length === 0) {
    throw new FactoryError('ARGUMENT_MISSING', 'nothing to check was named', {
      hint: 'name a source directory, a dkms.conf or an archive',
    })
  }
  const found: Diagnostic[] = []
  const failures: FactoryError[] = []
  for (const word of line.words) {
    try {
      const checked = await openSubject(session, word)
      found.push(...(checked.findings ?? []), ...(await check(session, line, checked)))
    } catch (error) {
      // A wrong option is wrong for every word.
      if (!isFactoryError(error) || error.code === 'USAGE') throw error
      failures.push(error)
      found.push(findingFor(word, error))
    }
  }
  return present(line.words, found, failures)
}

/** A word that cannot be checked is one more finding, so that the others are checked all the same. */
function findingFor(word: string, { code, message, details, hint }: FactoryError): Diagnostic {
  const remedy = hint === undefined ? {} : { remedy: hint }
  return { severity: 'error', code, message: [message, ...details].join('; '), file: word, ...remedy }
}

function check(session: Session, line: CommandLine, { text, file, files, texts }: Checked): Promise<Diagnostic[]> {
  const variables = evaluationVariables({
    roots: session.roots,
    kernel: runningKernel(session),
    parallelJobs: session.machine.cpus,
  })
  return lintConf({
    text,
    file,
    ...(files === undefined ? {} : { files }),
    evaluation: {
      variables,
      trust: line.options.has('trust') ? 'trusted' : 'untrusted',
      tmp: session.roots.tmp,
      files: texts,
    },
    directives: line.options.get('directive') ?? [],
  })
}

function present(
  words: readonly string[],
  found: readonly Diagnostic[],
  failures: readonly FactoryError[],
): CommandResult {
  const errors = found.filter(({ severity }) => severity === 'error').length
  const counts = `${plural(errors, 'error')}, ${plural(found.length - errors, 'warning')}`
  const text = `${found.map(renderFinding).join('')}${words.join(' ')}: ${counts}\n`
  const json = { findings: found, errors, warnings: found.length - errors }
  const [only] = failures
  // Scripts tell by the exit status why the one thing they named cannot be checked.
  if (only !== undefined && words.length === 1) return { json, text: '', failure: only }
  if (errors === 0) return { json, text }
  const failure = new FactoryError('LINT_FAILED', `${words.join(' ')}: ${counts}`, { hint: 'mend what is listed' })
  return { json, text, failure, errors: [] }
}

/** The form of compilers, which editors jump to. */
function renderFinding(found: Diagnostic): string {
  const todo = found.remedy === undefined ? '' : `    ${found.remedy}\n`
  return `${placeOf(found)}: ${found.severity}: ${found.message} [${found.code}]\n${todo}`
}
