import { basename, dirname } from 'node:path'
import { lintConf } from '../../conf/lint.ts'
import type { Diagnostic } from '../../conf/model.ts'
import { evaluationVariables } from '../../conf/variables.ts'
import { FactoryError } from '../../errors.ts'
import { absoluteFromHere } from '../../system/env.ts'
import { isDirectory, isFile } from '../../system/fs.ts'
import type { CommandLine } from '../grammar.ts'
import { plural } from '../render/plural.ts'
import { runningKernel, type Session } from '../session.ts'
import type { CommandResult } from './index.ts'
import { type Checked, openConf, openDirectory } from './lint-subject.ts'

/** Nothing that is checked is run: confs are evaluated in the sandbox, wherever they lie, unless --trust is given. */
export async function runLint(session: Session, line: CommandLine): Promise<CommandResult> {
  if (line.words.length === 0) {
    throw new FactoryError('ARGUMENT_MISSING', 'nothing to check was named', {
      hint: 'name a source directory, a dkms.conf or an archive',
    })
  }
  const found: Diagnostic[] = []
  for (const word of line.words) found.push(...(await check(session, line, await open(session, word))))
  return present(line.words, found)
}

async function open(session: Session, word: string): Promise<Checked> {
  const path = absoluteFromHere(word)
  if (isDirectory(path)) return openDirectory(path, word)
  if (!isFile(path)) {
    throw new FactoryError('ARCHIVE_MISSING', `${word} does not exist`, {
      hint: 'name a source directory, a dkms.conf or an archive',
    })
  }
  if (basename(path).includes('dkms.conf')) return openConf(dirname(path), path, word)
  const { openArchive } = await import('./lint-archive.ts')
  return openArchive(session, path, word)
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
    files,
    evaluation: {
      variables,
      trust: line.options.has('trust') ? 'trusted' : 'untrusted',
      tmp: session.roots.tmp,
      files: texts,
    },
    directives: line.options.get('directive') ?? [],
  })
}

function present(words: readonly string[], found: readonly Diagnostic[]): CommandResult {
  const errors = found.filter(({ severity }) => severity === 'error').length
  const counts = `${plural(errors, 'error')}, ${plural(found.length - errors, 'warning')}`
  const text = `${found.map(renderFinding).join('')}${words.join(' ')}: ${counts}\n`
  const json = { findings: found, errors, warnings: found.length - errors }
  if (errors === 0) return { json, text }
  const failure = new FactoryError('LINT_FAILED', `${words.join(' ')}: ${counts}`, { hint: 'mend what is listed' })
  return { json, text, failure, errors: [] }
}

/** The form of compilers, which editors jump to. */
function renderFinding({ file, line, severity, code, message, remedy }: Diagnostic): string {
  const place = line === undefined ? file : `${file}:${line}`
  const todo = remedy === undefined ? '' : `    ${remedy}\n`
  return `${place}: ${severity}: ${message} [${code}]\n${todo}`
}
