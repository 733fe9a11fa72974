/**
 * The only importer of execa: every program is started here, from an argument list, with an environment made here.
 */
import type { Writable } from 'node:stream'
import type { Options } from 'execa'
import { FactoryError } from '../errors.ts'
import { endGroup, interruptedBy, watchChild } from './children.ts'
import { childEnvironment, workingDirectoryOrRoot } from './env.ts'
import { isDirectory } from './fs.ts'
import { toolMissing } from './tools.ts'

export interface RunOptions {
  readonly cwd?: string
  /** Added to the small fixed environment of {@link childEnvironment}. */
  readonly env?: Readonly<Record<string, string>>
  /** The whole environment, in place of the small fixed one. */
  readonly wholeEnv?: Readonly<Record<string, string>>
  readonly input?: string | Uint8Array
  /** Standard output and error, in the order written, go to this open descriptor and are not captured. */
  readonly logTo?: number
  /** Descriptors handed to the program as 3, 4, ... */
  readonly inherit?: readonly number[]
  /** The program may ask the person at the terminal: it gets our standard input, and writes to our standard error. */
  readonly interactive?: boolean
  readonly timeoutMs?: number
  /** Exit statuses that are an answer, not a failure; 0 always is. */
  readonly expected?: readonly number[]
  /** For a missing program: what it was needed to do. */
  readonly purpose?: string
  /** Captured bytes beyond this are an error. Default 64 MiB. */
  readonly maxBuffer?: number
}

export interface RunResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * @throws {FactoryError} TOOL_MISSING when the program does not exist; COMMAND_FAILED when it ends with an unexpected
 *   status or a signal, with its argument list and last lines; COMMAND_TIMEOUT; INTERRUPTED after a signal to us
 */
export async function run(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<RunResult> {
  const result = await finish(argv, execaOptions(options, 'utf8'), options)
  judge(argv, result, options)
  return { exitCode: result.exitCode ?? 0, stdout: textOf(result.stdout), stderr: textOf(result.stderr) }
}

/** Like {@link run}, for a program whose standard output is not text. */
export async function runForBytes(
  argv: readonly [string, ...string[]],
  options: RunOptions = {},
): Promise<{ readonly stdout: Uint8Array; readonly stderr: string }> {
  const result = await finish(argv, execaOptions(options, 'buffer'), options)
  judge(argv, result, options)
  return { stdout: bytesOf(result.stdout), stderr: textOf(result.stderr) }
}

/**
 * Sends bytes through a program, from its standard input to its standard output, as they come: memory stays flat.
 * A consumer that stops early ends the program.
 *
 * @param input bytes, or an open descriptor that the program reads by itself, which saves us half of the work
 * @throws {FactoryError} as {@link run}; an error of `input` itself comes out unchanged
 */
export async function* runFilter(
  argv: readonly [string, ...string[]],
  input: AsyncIterable<Uint8Array> | number,
  options: Pick<RunOptions, 'purpose' | 'env'> = {},
): AsyncGenerator<Uint8Array> {
  assertNotInterrupted(argv)
  const { execa } = await import('execa')
  const [file, ...args] = argv
  const child = execa(file, args, {
    ...execaOptions(options, 'buffer'),
    stdio: [typeof input === 'number' ? input : 'pipe', 'pipe', 'pipe'],
    buffer: { stdout: false },
  } as Options)
  const ended = watchChild(child.pid)
  const fed = typeof input === 'number' ? undefined : feed(input, child.stdin)
  let finished = false
  try {
    for await (const chunk of child.stdout ?? []) yield chunk as Uint8Array
    finished = true
    const outcome = (await child) as Outcome
    const inputError = await fed
    if (inputError !== undefined) throw inputError
    judge(argv, outcome, options)
  } finally {
    if (!finished) child.kill('SIGKILL')
    ended()
  }
}

/** @returns the error of the input, if it had one; that of a program which stopped reading is told by its status */
async function feed(input: AsyncIterable<Uint8Array>, stdin: Writable | null): Promise<Error | undefined> {
  if (stdin === null) return undefined
  let inputError: Error | undefined
  async function* watched(): AsyncGenerator<Uint8Array> {
    try {
      yield* input
    } catch (error) {
      inputError = error instanceof Error ? error : new Error(String(error))
      throw error
    }
  }
  try {
    // Loaded here, because nearly every command loads this file and few come to this.
    const { pipeline } = await import('node:stream/promises')
    await pipeline(watched, stdin)
  } catch {
    // Either inputError says why, or the program closed its input and its exit status will.
  }
  return inputError
}

/**
 * Runs one line of shell, for the directives of dkms.conf that are shell lines by definition (MAKE, runtime.md section
 * 4.2) and for nothing else.
 */
export function runShellLine(line: string, options: RunOptions = {}): Promise<RunResult> {
  return run(['bash', '-c', line], options)
}

interface Outcome {
  readonly exitCode?: number
  readonly signal?: string
  readonly stdout?: unknown
  readonly stderr?: unknown
  readonly failed: boolean
  readonly timedOut: boolean
  readonly isMaxBuffer: boolean
  readonly code?: string
  readonly originalMessage?: string
}

async function finish(
  argv: readonly [string, ...string[]],
  options: Options,
  { timeoutMs }: RunOptions,
): Promise<Outcome> {
  assertNotInterrupted(argv)
  const { execa } = await import('execa')
  const [file, ...args] = argv
  const child = execa(file, args, options)
  const { pid } = child
  const ended = options.detached === true ? watchChild(pid) : () => {}
  let timedOut = false
  const timer =
    timeoutMs === undefined || pid === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true
          endGroup(pid, 'SIGKILL')
        }, timeoutMs)
  try {
    const outcome = (await child) as Outcome
    return { ...outcome, timedOut }
  } finally {
    clearTimeout(timer)
    ended()
  }
}

function assertNotInterrupted(argv: readonly [string, ...string[]]): void {
  const signal = interruptedBy()
  if (signal === undefined) return
  throw new FactoryError('INTERRUPTED', `stopped by ${signal} before ${argv[0]} had finished`, {
    hint: 'nothing is left half done; run the command again',
  })
}

function execaOptions(options: RunOptions, encoding: 'utf8' | 'buffer'): Options {
  const output = options.interactive === true ? 2 : (options.logTo ?? 'pipe')
  const input = options.interactive === true ? 'inherit' : options.input === undefined ? 'ignore' : 'pipe'
  return {
    reject: false,
    encoding,
    extendEnv: false,
    env: options.wholeEnv ?? childEnvironment(options.env),
    stdio: [input, output, output, ...(options.inherit ?? [])],
    stripFinalNewline: false,
    maxBuffer: options.maxBuffer ?? 64 * 1024 * 1024,
    ...(options.input === undefined ? {} : { input: options.input }),
    cwd: options.cwd ?? workingDirectoryOrRoot(),
    // A program that asks the person at the terminal must stay in the group the terminal talks to.
    detached: options.interactive !== true,
  } as Options
}

function judge(argv: readonly [string, ...string[]], result: Outcome, options: RunOptions): void {
  const status = result.exitCode
  if (!result.failed) return
  if (status !== undefined && !result.timedOut && !result.isMaxBuffer && options.expected?.includes(status)) return
  assertNotInterrupted(argv)
  if (result.code === 'ENOENT' && (options.cwd === undefined || isDirectory(options.cwd))) {
    throw toolMissing(argv[0], options.purpose)
  }
  throw new FactoryError(
    result.timedOut ? 'COMMAND_TIMEOUT' : 'COMMAND_FAILED',
    `${argv[0]} ${howItEnded(result, options)}`,
    {
      details: [`command: ${quoteArgv(argv)}`, ...lastLines(textOf(result.stderr) || textOf(result.stdout), 10)],
      ...(status === undefined ? {} : { exitStatus: status }),
    },
  )
}

function howItEnded(result: Outcome, options: RunOptions): string {
  if (result.timedOut) return `did not end within ${(options.timeoutMs ?? 0) / 1000} s`
  if (result.isMaxBuffer) return 'wrote more output than expected'
  if (result.signal !== undefined) return `was killed by ${result.signal}`
  if (result.exitCode !== undefined) return `ended with status ${result.exitCode}`
  return `could not be started: ${result.originalMessage ?? result.code ?? 'no reason given'}`
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : ''
}

function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : Buffer.from(textOf(value))
}

export function lastLines(text: string, count: number): string[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count)
}

/** An argument list as a person would type it, for messages and logs. */
export function quoteArgv(argv: readonly string[]): string {
  return argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ')
}
