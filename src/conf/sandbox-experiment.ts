/**
 * Finds out which directives of an untrusted conf depend on the host, by running it with different made-up answers to
 * everything it asks the host for.
 */
import { posix } from 'node:path'
import { now } from '../system/clock.ts'
import { quoteArgv } from '../system/run.ts'
import { directiveNames, findDirective, isBuildTime } from './directives.ts'
import type { EvaluateOptions, Evaluation, RawValues } from './evaluation.ts'
import type { Diagnostic } from './model.ts'
import { type Commands, isBuiltin } from './sandbox-commands.ts'
import { packageDir, runInSandbox, type SandboxResult, type StandIn, sandboxTools } from './sandbox-run.ts'
import { belongsToBash } from './shell-names.ts'

const defaultTimeoutMs = 10_000

/** How the host answers in one run. Commands that are given no answer do not exist, files likewise. */
interface Answers {
  /** What a command prints, with success. */
  readonly command?: (argv: readonly string[]) => string
  /** Content of a file. */
  readonly file?: string
  /** Whether there is a directory in place of the file. */
  readonly isDirectory?: boolean
}

export const noAnswers: Answers = {}

export class Experiment {
  private readonly text: string
  private readonly options: EvaluateOptions
  private readonly commands: Commands
  private readonly unknown: ReadonlySet<string>
  /** Names of commands and absolute paths that the conf asked the host for. */
  private readonly questions = new Set<string>()
  /** All runs together end by then, in milliseconds since the epoch. */
  private readonly deadline: number

  constructor(text: string, options: EvaluateOptions, commands: Commands) {
    this.text = text
    this.options = options
    this.commands = commands
    this.deadline = now() + (options.timeoutMs ?? defaultTimeoutMs)
    const known = new Set<string>([...sandboxTools, ...commands.functions])
    const names = commands.uses.map(({ name }) => name)
    this.unknown = new Set(names.filter((name) => !known.has(name) && !isBuiltin(name) && !name.includes('/')))
  }

  get askedTheHost(): boolean {
    return this.questions.size > 0
  }

  /** Runs until no new question comes up: an answer can open a branch with further questions. */
  async run(answers: Answers): Promise<SandboxResult> {
    for (let round = 1; ; round++) {
      const before = this.questions.size
      const result = await this.runOnce(answers, () => true)
      for (const path of result.missing) this.questions.add(path)
      if (this.questions.size === before || answers === noAnswers || round === mostRounds) return result
    }
  }

  private runOnce(answers: Answers, isAnswered: (question: string) => boolean): Promise<SandboxResult> {
    const { options } = this
    const asked = answers.file === undefined ? [] : [...this.questions]
    const paths = asked.filter((question) => question.startsWith('/') && isAnswered(question))
    const files = answers.isDirectory === true ? [] : paths.map((path) => [path, this.fileAt(path, answers)] as const)
    return runInSandbox({
      text: this.text,
      file: options.file,
      variables: options.variables,
      names: options.names ?? directiveNames,
      files: { ...Object.fromEntries(files), ...packageFiles(options.files ?? {}) },
      directories: answers.isDirectory === true ? paths : [],
      standIns: [...this.unknown].map((name) => this.standIn(name, isAnswered(name) ? answers : noAnswers)),
      timeoutMs: Math.max(1, this.deadline - now()),
    })
  }

  private standIn(name: string, { command }: Answers): StandIn {
    return {
      name,
      answer: (args) => {
        this.questions.add(name)
        return command === undefined ? { stdout: '', exitCode: 127 } : { stdout: command([name, ...args]), exitCode: 0 }
      },
    }
  }

  /** The made-up content, or a script where the path is run as a command. */
  private fileAt(path: string, { command, file }: Answers): string {
    const use = this.commands.uses.find(({ name }) => isCommandAt(name, path))
    if (use === undefined) return path.startsWith('/proc/') ? 'processor\t: 0\n' : (file ?? '')
    return `#!/bin/bash\ncat <<'END_OF_ANSWER'\n${command?.([use.name]) ?? ''}END_OF_ANSWER\n`
  }

  /**
   * Answers that between them bring out what a conf does with an answer: the question written out again, a number,
   * nothing, directories; kernel configurations with all options it mentions built in, as modules, off, and one at a time.
   */
  private possibleAnswers(): Answers[] {
    const mentioned = new Set(this.text.match(/\b[A-Z][A-Z0-9_]{2,}\b/g))
    const names = [...mentioned].filter((name) => findDirective(name) === undefined && !belongsToBash(name))
    // The first line makes the file differ from an empty one for a conf that takes it as it is.
    const configuration = (value: string) => ['answer', ...names].map((name) => `${name}=${value}\n`).join('')
    const single = names.filter((name) => name.startsWith('CONFIG_')).slice(0, mostOptions)
    return [
      { command: (argv) => `$(${quoteArgv(argv)})\n`, file: configuration('y') },
      { command: () => '4\n', file: configuration('m') },
      { command: () => '', file: '' },
      { file: '', isDirectory: true },
      ...single.map((name) => ({ file: `${name}=y\n` })),
    ]
  }

  /** Compares the run without any answer with runs in which all questions, then one at a time, are answered. */
  async compare(bare: SandboxResult): Promise<Evaluation> {
    const [written = noAnswers, ...others] = this.possibleAnswers()
    const asWritten = (await this.run(written)).values
    const all = new Set(differing(bare.values, asWritten))
    const telling = all.size > 0 ? [written] : []
    for (const answers of others) {
      const different = differing(bare.values, (await this.run(answers)).values)
      if (different.length > 0) telling.push(answers)
      for (const name of different) all.add(name)
    }
    const byQuestion = new Map<string, ReadonlySet<string>>()
    for (const question of this.questions) {
      byQuestion.set(question, await this.affectedBy(question, telling, bare.values, byQuestion.size))
    }
    return { values: withOpenQuestions(bare.values, asWritten, all), diagnostics: this.report(all, byQuestion) }
  }

  private async affectedBy(
    question: string,
    telling: readonly Answers[],
    bare: RawValues,
    position: number,
  ): Promise<ReadonlySet<string>> {
    const affected = new Set<string>()
    if (position >= mostQuestions) return affected
    for (const answers of telling) {
      const { values } = await this.runOnce(answers, (asked) => asked === question)
      for (const name of differing(bare, values)) affected.add(name)
    }
    return affected
  }

  private report(all: ReadonlySet<string>, byQuestion: ReadonlyMap<string, ReadonlySet<string>>): Diagnostic[] {
    const attributed = new Set([...byQuestion.values()].flatMap((names) => [...names]))
    const left = [...all].filter((name) => !attributed.has(name))
    const diagnostics: Diagnostic[] = []
    for (const [question, affected] of byQuestion) {
      // What depends on several answers together cannot be told apart: every question without a finding gets it.
      const names = affected.size === 0 || attributed.size === 0 ? [...affected, ...left] : [...affected]
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
      message: `needs bash: ${this.shown(question)}${place} (affects ${directive})`,
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
      message: `${this.shown(question)} is not available while the conf is not trusted; no directive seems to depend on it`,
      file: this.options.file,
      ...(line === undefined ? {} : { line }),
    }
  }

  /** As the conf writes it: where the package lies inside means nothing to a reader. */
  private shown(question: string): string {
    const inside = `${packageDir}/`
    if (!question.startsWith(inside)) return question
    const command = this.commands.uses.find(({ name }) => isCommandAt(name, question))
    return command?.name ?? `the file ${question.slice(inside.length)}`
  }

  /** The first line that mentions the command or file, comments left out. (Inside of `$( )` the tree counts anew.) */
  private lineOf(question: string): number | undefined {
    const use = this.commands.uses.find(({ name }) => name === question || isCommandAt(name, question))
    const text = use?.name ?? posix.basename(question)
    const word = new RegExp(`(?<![\\w-])${escapeForRegExp(text)}(?![\\w-])`)
    const lines = this.text.split('\n')
    const at = lines.findIndex((line) => word.test(line) && !line.trimStart().startsWith('#'))
    return at < 0 ? undefined : at + 1
  }
}

function escapeForRegExp(text: string): string {
  return text.replace(/[^\w\s]/g, '\\$&')
}

function isCommandAt(name: string, path: string): boolean {
  return name.includes('/') && posix.resolve(packageDir, name) === path
}

const mostOptions = 12
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
