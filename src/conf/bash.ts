/**
 * A trusted conf in a real bash: a process of its own, an environment made here, and only the known variables read
 * back. Nothing a conf normally does (exit, traps, functions named like builtins, set -eu) loses its values.
 */
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { FactoryError, isFactoryError } from '../errors.ts'
import { childEnvironment } from '../system/env.ts'
import { isDirectory, isFile, temporaryDirectory } from '../system/fs.ts'
import { run } from '../system/run.ts'
import { directiveNames } from './directives.ts'
import type { EvaluateOptions, Evaluation, RawValues } from './evaluation.ts'
import type { Diagnostic } from './model.ts'
import { syntaxError } from './syntax-error.ts'

const defaultTimeoutMs = 10_000
const endMark = '.'

/**
 * @throws {FactoryError} CONF_UNREADABLE when the conf does not end in time or ends the shell in a way that leaves no
 *   values (exec, kill); TOOL_MISSING without bash
 */
export async function evaluateWithBash(text: string, options: EvaluateOptions): Promise<Evaluation> {
  using scratch = temporaryDirectory(options.tmp ?? '/tmp', 'dkms-conf.')
  const source = sourcePath(text, options.file, scratch.path)
  const names = options.names ?? directiveNames
  const output = await runBash({ ...options, source, script: evaluationScript(names), scratch: scratch.path })
  const values = parseDump(output.dump)
  if (values === undefined) throw tookOver(options.file)
  return { values, diagnostics: parseComplaints(output.complaints, options.file, source) }
}

/** The conf's own path when it still holds this text, so that `$BASH_SOURCE` and messages name it; else a copy. */
function sourcePath(text: string, file: string, scratch: string): string {
  if (isAbsolute(file) && isFile(file) && readFileSync(file, 'utf8') === text) return file
  const copy = join(scratch, 'dkms.conf')
  writeFileSync(copy, text, { mode: 0o600 })
  return copy
}

interface BashRun extends EvaluateOptions {
  readonly source: string
  readonly script: string
  readonly scratch: string
}

/**
 * Both outputs go to files, not pipes: a process that the conf leaves in the background then cannot hold up the end.
 */
async function runBash(options: BashRun): Promise<{ dump: string; complaints: string }> {
  const dumpPath = join(options.scratch, 'values')
  const complaintsPath = join(options.scratch, 'complaints')
  const dump = openSync(dumpPath, 'w+', 0o600)
  const complaints = openSync(complaintsPath, 'w+', 0o600)
  const directory = dirname(options.file)
  try {
    await run(['bash', '--norc', '--noprofile', '-c', options.script, 'dkms.conf', options.source], {
      wholeEnv: { ...options.variables, PATH: childEnvironment()['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C.UTF-8' },
      cwd: isAbsolute(options.file) && isDirectory(directory) ? directory : options.scratch,
      logTo: complaints,
      inherit: [dump],
      timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
      expected: Array.from({ length: 256 }, (_, status) => status),
      purpose: `evaluate ${options.file}`,
    })
    return { dump: readFileSync(dumpPath, 'utf8'), complaints: readFileSync(complaintsPath, 'utf8') }
  } catch (error) {
    if (isFactoryError(error, 'COMMAND_TIMEOUT')) throw didNotEnd(options, error)
    if (isFactoryError(error, 'COMMAND_FAILED')) throw tookOver(options.file, error)
    throw error
  } finally {
    closeSync(dump)
    closeSync(complaints)
  }
}

/**
 * The conf is sourced with nothing on standard output. The values are written by a trap and, when the conf set a trap
 * of its own, by `exit`. The writing function switches to POSIX mode first: from then on special builtins come before
 * functions, so `unset` is the real one and can remove whatever the conf put over the builtins that follow.
 */
function evaluationScript(names: readonly string[]): string {
  const dumps = names.map(
    (name) =>
      `for dkms_factory_i in "\${!${name}[@]}"; do builtin printf '%s\\0%s\\0%s\\0' ${name} ` +
      `"$dkms_factory_i" "\${${name}[$dkms_factory_i]}" >&198; done`,
  )
  return `
dkms_factory_write() {
  POSIXLY_CORRECT=1
  \\set +euxnv
  \\unset -f builtin printf enable exit
  enable builtin printf
  ${dumps.join('\n  ')}
  builtin printf '%s\\0' '${endMark}' >&198
} 2>/dev/null
exit() {
  if [[ $BASHPID == "$$" ]]; then builtin trap - EXIT; dkms_factory_write; fi
  builtin exit "$@"
}
readonly -f dkms_factory_write
exec 198>&3 3>&- 1>/dev/null
trap dkms_factory_write EXIT
. "$1"
builtin trap - EXIT
dkms_factory_write
`
}

/** Triples of name, index and value; several dumps can follow each other, of which the last complete one counts. */
function parseDump(dump: string): RawValues | undefined {
  const fields = dump.split('\0')
  let complete: Map<string, Map<number, string>> | undefined
  let current = new Map<string, Map<number, string>>()
  for (let at = 0; at < fields.length; ) {
    if (fields[at] === endMark) {
      complete = current
      current = new Map()
      at++
      continue
    }
    const [name, index, value] = fields.slice(at, at + 3)
    if (name === undefined || index === undefined || value === undefined) break
    if (/^\d+$/.test(index))
      current.set(name, (current.get(name) ?? new Map<number, string>()).set(Number(index), value))
    at += 3
  }
  return complete
}

/** `FILE: line N: what` is bash's own form; other lines come from commands the conf runs. */
function parseComplaints(text: string, file: string, source: string): Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  for (const complaint of text.split('\n')) {
    const found = /^(.+?): line (\d+): (.+)$/.exec(complaint)
    if (found === null || found[1] !== source) continue
    const [message, line] = [found[3] ?? '', Number(found[2])]
    const isSyntax = /^(?:syntax error(?:$|:| near)|unexpected EOF while looking for matching)/.test(message)
    if (isSyntax) diagnostics.push(syntaxError(file, line, message))
    // After a syntax error bash shows the line it is in.
    else if (!(diagnostics.at(-1)?.code === 'SHELL_SYNTAX' && message.startsWith('`')))
      diagnostics.push({ severity: 'warning', code: 'SHELL_MESSAGE', message: `bash says: ${message}`, file, line })
  }
  return diagnostics
}

/** Without the details of the command, which show the script of this file. */
function didNotEnd({ file, timeoutMs = defaultTimeoutMs }: BashRun, cause: FactoryError): FactoryError {
  return new FactoryError('CONF_UNREADABLE', `${file} did not end after ${timeoutMs / 1000} seconds`, {
    hint: 'look for a loop in it, or a command that waits; it is only meant to set values',
    cause,
  })
}

function tookOver(file: string, cause?: FactoryError): FactoryError {
  return new FactoryError('CONF_UNREADABLE', `${file} ends its shell before its values can be read`, {
    hint: 'remove exec, kill and the like from it: it is only meant to set values',
    cause,
  })
}
