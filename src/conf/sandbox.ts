/**
 * A conf nobody has accepted yet, evaluated without a process, the network or a file of the host.
 *
 * What it asks of the host (a command that is not a text tool, a file outside of the package) has no answer here. To
 * know which directives depend on such an answer, the conf is run with made-up answers as well: a directive that comes
 * out different needs bash, the others are certain. Most confs ask the host only for things like the number of
 * processors in MAKE, which is then left for the build's shell to find out.
 */
import { posix } from 'node:path'
import { FactoryError } from '../errors.ts'
import { quoteArgv } from '../system/run.ts'
import { directiveNames, findDirective, isBuildTime } from './directives.ts'
import type { EvaluateOptions, Evaluation, RawValues } from './evaluate.ts'
import type { Diagnostic } from './model.ts'
import { type Commands, findCommands, isBuiltin, runnablePart } from './sandbox-commands.ts'
import { packageDir, runInSandbox, type SandboxResult, type StandIn, sandboxTools } from './sandbox-run.ts'
import { belongsToBash } from './shell-names.ts'

const defaultTimeoutMs = 10_000

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
  const bare = await experiment.run('absent')
  const syntax = part.errorLine === undefined ? [] : [syntaxError(options.file, part.errorLine)]
  if (bare.endedEarly) throw endedEarly(options.file)
  if (!experiment.askedTheHost) return { values: bare.values, diagnostics: syntax }
  const { values, diagnostics } = await experiment.compare(bare)
  return { values, diagnostics: [...syntax, ...diagnostics] }
}

function syntaxError(file: string, line: number): Diagnostic {
  const message = 'bash cannot parse this statement; nothing from here on has an effect'
  return {
    severity: 'warning',
    code: 'SHELL_SYNTAX',
    message,
    file,
    line,
    remedy: 'correct it; bash -n FILE shows more',
  }
}

function endedEarly(file: string): FactoryError {
  return new FactoryError('CONF_UNREADABLE', `${file} ends its shell before its values can be read`, {
    hint: 'remove exec, set -e and the like from it: a dkms.conf only sets directives',
  })
}

/** How the host answers in one run: not at all, with the question itself, with another text, or with directories. */
type Answers = 'absent' | 'question' | 'other' | 'directory'

class Experiment {
  private readonly text: string
  private readonly options: EvaluateOptions
  private readonly commands: Commands
  private readonly unknown: ReadonlySet<string>
  /** Names of commands and absolute paths that the conf asked the host for. */
  private readonly questions = new Set<string>()

  constructor(text: string, options: EvaluateOptions, commands: Commands) {
    this.text = text
    this.options = options
    this.commands = commands
    const known = new Set<string>([...sandboxTools, ...commands.functions])
    const names = commands.uses.map(({ name }) => name)
    this.unknown = new Set(names.filter((name) => !known.has(name) && !isBuiltin(name) && !name.includes('/')))
  }

  get askedTheHost(): boolean {
    return this.questions.size > 0
  }

  /** With answers, runs until no new question comes up: an answer can open a branch with further questions. */
  async run(answers: Answers, only?: string): Promise<SandboxResult> {
    for (let round = 1; ; round++) {
      const before = this.questions.size
      const result = await this.runOnce(answers, only)
      for (const path of result.missing) this.questions.add(path)
      const settled = this.questions.size === before || answers === 'absent' || only !== undefined
      if (settled || round === mostRounds) return result
    }
  }

  private runOnce(answers: Answers, only: string | undefined): Promise<SandboxResult> {
    const { options } = this
    const present = (question: string) => answers !== 'absent' && (only === undefined || only === question)
    const paths = [...this.questions].filter((question) => question.startsWith('/') && present(question))
    const content = paths.map((path) => [path, this.madeUpFile(path, answers)] as const)
    return runInSandbox({
      text: this.text,
      file: options.file,
      variables: options.variables,
      names: options.names ?? directiveNames,
      files: { ...(answers === 'directory' ? {} : Object.fromEntries(content)), ...packageFiles(options.files ?? {}) },
      directories: answers === 'directory' ? paths : [],
      standIns: [...this.unknown].map((name) => this.standIn(name, answers, present(name))),
      timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
    })
  }

  private standIn(name: string, answers: Answers, present: boolean): StandIn {
    return {
      name,
      answer: (args) => {
        this.questions.add(name)
        if (!present || answers === 'directory') return { stdout: '', exitCode: 127 }
        return { stdout: answers === 'question' ? `$(${quoteArgv([name, ...args])})\n` : '4\n', exitCode: 0 }
      },
    }
  }

  /**
   * A kernel configuration in which everything the conf mentions is on, or a script where the path is run as a command.
   */
  private madeUpFile(path: string, answers: Answers): string {
    const use = this.commands.uses.find(({ name }) => name.includes('/') && posix.resolve(packageDir, name) === path)
    if (use !== undefined) return `#!/bin/bash\necho ${answers === 'question' ? `'$(${use.name})'` : '4'}\n`
    if (path.startsWith('/proc/')) return 'processor\t: 0\n'
    const mentioned = new Set(this.text.match(/\b[A-Z][A-Z0-9_]{2,}\b/g))
    const names = [...mentioned].filter((name) => findDirective(name) === undefined && !belongsToBash(name))
    return names.map((name) => `${name}=${answers === 'question' ? 'y' : 'm'}\n`).join('')
  }

  /** Compares the run without any answer with runs in which all questions, then one at a time, are answered. */
  async compare(bare: SandboxResult): Promise<Evaluation> {
    const answered: readonly Answers[] = ['question', 'other', 'directory']
    const all = new Set<string>()
    const byQuestion = new Map<string, Set<string>>()
    let asWritten = bare.values
    for (const answers of answered) {
      const result = await this.run(answers)
      if (answers === 'question') asWritten = result.values
      for (const name of differing(bare.values, result.values)) all.add(name)
    }
    for (const question of [...this.questions].slice(0, mostQuestions)) {
      const affected = new Set<string>()
      for (const answers of answered) {
        for (const name of differing(bare.values, (await this.run(answers, question)).values)) affected.add(name)
      }
      byQuestion.set(question, affected)
    }
    return { values: withOpenQuestions(bare.values, asWritten, all), diagnostics: this.report(all, byQuestion) }
  }

  private report(all: ReadonlySet<string>, byQuestion: ReadonlyMap<string, ReadonlySet<string>>): Diagnostic[] {
    const attributed = new Set([...byQuestion.values()].flatMap((names) => [...names]))
    const left = [...all].filter((name) => !attributed.has(name))
    const diagnostics: Diagnostic[] = []
    for (const [question, affected] of byQuestion) {
      // What depends on several answers together is said of each of them.
      const names = [...affected, ...(affected.size === 0 || attributed.size === 0 ? left : [])]
      if (names.length === 0) diagnostics.push(this.notSeen(question))
      for (const name of names) diagnostics.push(this.needsBash(question, name))
    }
    return diagnostics
  }

  private needsBash(question: string, directive: string): Diagnostic {
    const line = this.lineOf(question)
    const buildTime = isBuildTime(directive)
    const place = line === undefined ? '' : ` at line ${line}`
    return {
      severity: buildTime ? 'warning' : 'error',
      code: 'NEEDS_BASH',
      message: `needs bash: ${question}${place} (affects ${directive})`,
      file: this.options.file,
      ...(line === undefined ? {} : { line }),
      directive,
      remedy: buildTime ? 'nothing: the build finds it out' : `state it with --directive ${directive}=VALUE`,
    }
  }

  private notSeen(question: string): Diagnostic {
    const line = this.lineOf(question)
    return {
      severity: 'warning',
      code: 'HOST_NOT_SEEN',
      message: `${question} is not available while the conf is not trusted; no directive seems to depend on it`,
      file: this.options.file,
      ...(line === undefined ? {} : { line }),
    }
  }

  /** The line of the command, or the first that mentions the file. */
  private lineOf(question: string): number | undefined {
    const use = this.commands.uses.find(
      ({ name }) => name === question || (name.includes('/') && posix.resolve(packageDir, name) === question),
    )
    if (use !== undefined) return use.line
    const lines = this.text.split('\n')
    const name = posix.basename(question)
    const at = lines.findIndex((line) => line.includes(name) && !line.trimStart().startsWith('#'))
    return at < 0 ? undefined : at + 1
  }
}

const mostRounds = 5
/** A conf with more questions than this gets its findings without telling which question each belongs to. */
const mostQuestions = 16

function packageFiles(files: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(files).map(([path, content]) => [posix.join(packageDir, path), content] as const)
  return Object.fromEntries(entries.filter(([path]) => path.startsWith(`${packageDir}/`)))
}

function differing(a: RawValues, b: RawValues): string[] {
  const names = new Set([...a.keys(), ...b.keys()])
  return [...names].filter((name) => formatElements(a.get(name)) !== formatElements(b.get(name)))
}

function formatElements(elements: ReadonlyMap<number, string> | undefined): string {
  return JSON.stringify([...(elements ?? [])])
}

/**
 * What a build uses keeps its commands, written out again as `$(nproc)`, for the shell of the build to run. The rest is
 * as on a host that has nothing.
 */
function withOpenQuestions(bare: RawValues, asWritten: RawValues, affected: ReadonlySet<string>): RawValues {
  const values = new Map(bare)
  for (const name of affected) {
    const elements = asWritten.get(name)
    const open = [...(elements?.values() ?? [])].some((value) => value.includes('$('))
    if (elements !== undefined && isBuildTime(name) && open) values.set(name, elements)
  }
  return values
}
