/** framework.conf and framework.conf.d/*.conf from disk: their values, where each was set, and what bash says of them. */
import { readdirSync, realpathSync } from 'node:fs'
import { isFactoryError } from '../errors.ts'
import { fileError, lstatOrNone, systemErrorCode } from '../system/fs.ts'
import { evaluateConf, expandAgain, withoutCarriageReturn } from './evaluate.ts'
import type { EvaluateOptions, RawValues } from './evaluation.ts'
import { frameworkSettings } from './framework-table.ts'
import type { Diagnostic } from './model.ts'
import { readConfFile } from './read-file.ts'

export type FrameworkProblem = Pick<Diagnostic, 'severity' | 'file' | 'line' | 'message' | 'remedy'>

export interface FoundSetting {
  readonly value: string
  readonly file: string
  readonly line: number | undefined
}

interface FoundSettings {
  readonly found: ReadonlyMap<string, FoundSetting>
  readonly problems: readonly FrameworkProblem[]
}

/** Later files win. A file that cannot be read, or not to its end, is a problem and no exception. */
export async function readSettings(etc: string, variables: Readonly<Record<string, string>>): Promise<FoundSettings> {
  const found = new Map<string, FoundSetting>()
  const problems: FrameworkProblem[] = []
  for (const file of frameworkFiles(etc, problems)) {
    try {
      const text = readConfFile(file, 'remove the link, or put back what it leads to')
      const { values, diagnostics } = await evaluateFile(file, text, variables)
      problems.push(...diagnostics)
      for (const [name, value] of scalars(values)) found.set(name, { value, file, line: lineSetting(text, name) })
    } catch (error) {
      if (!isFactoryError(error)) throw error
      // The problem itself names the file.
      const message = error.message.replaceAll(file, 'the file')
      problems.push({ severity: 'error', file, message, ...remedyOf(error.hint) })
    }
  }
  return { found, problems }
}

/** framework.conf, then the parts in the order of their names. A link to /dev/null is a file without settings. */
function frameworkFiles(etc: string, problems: FrameworkProblem[]): string[] {
  const parts = `${etc}/framework.conf.d`
  const files = listParts(parts, problems).map((name) => `${parts}/${name}`)
  return [`${etc}/framework.conf`, ...files].filter((file) => isThere(file) && !isNull(file))
}

function isThere(path: string): boolean {
  try {
    return lstatOrNone(path) !== undefined
  } catch {
    // Reading it then says why it cannot be looked at.
    return true
  }
}

function isNull(path: string): boolean {
  try {
    return realpathSync(path) === '/dev/null'
  } catch {
    return false
  }
}

function listParts(directory: string, problems: FrameworkProblem[]): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.conf') && !name.startsWith('.'))
      .sort()
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) {
      const { message, hint } = fileError(error, 'list', directory)
      problems.push({ severity: 'error', file: directory, message, ...remedyOf(hint) })
    }
    return []
  }
}

function remedyOf(hint: string | undefined): { remedy?: string } {
  return hint === undefined ? {} : { remedy: hint }
}

async function evaluateFile(
  file: string,
  text: string,
  variables: Readonly<Record<string, string>>,
): Promise<{ readonly values: RawValues; readonly diagnostics: readonly Diagnostic[] }> {
  const names = Object.keys(frameworkSettings)
  const options: EvaluateOptions = { file, variables, trust: 'trusted', names }
  const { values, diagnostics } = await evaluateConf(text, options)
  const own = new Map([...values].filter(([name, elements]) => elements.get(0) !== variables[name]))
  const expanded = await expandAgain(own, options, (name) => name === 'post_transaction')
  return { values: expanded.values, diagnostics: [...diagnostics, ...expanded.diagnostics] }
}

function scalars(values: RawValues): Map<string, string> {
  const result = new Map<string, string>()
  for (const [name, elements] of values) {
    const value = elements.get(0)
    if (value !== undefined) result.set(name, withoutCarriageReturn(value))
  }
  return result
}

/** The last line that looks as if it set the variable, for messages. */
function lineSetting(text: string, name: string): number | undefined {
  const assignment = new RegExp(`^(?:[^#]*[\\s;&])?${name}\\+?=`)
  const at = text.split('\n').findLastIndex((line) => assignment.test(line))
  return at < 0 ? undefined : at + 1
}
