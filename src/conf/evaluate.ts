/** From the text of a conf to its raw values: without a shell where that is exact, else with bash or in the sandbox. */
import type { EvaluateOptions, Evaluation, RawValues } from './evaluation.ts'
import type { Diagnostic } from './model.ts'
import { evaluatePlain, expandPlain } from './plain.ts'

/**
 * @throws {FactoryError} CONF_UNREADABLE when a conf does not end, writes without end or takes over its shell;
 *   TOOL_MISSING without bash. What an untrusted conf cannot do here is a NEEDS_BASH diagnostic, not an exception.
 */
export async function evaluateConf(text: string, options: EvaluateOptions): Promise<Evaluation> {
  const plain = evaluatePlain(text, options.variables, options.names)
  if (plain !== undefined) return { values: plain, diagnostics: [] }
  if (options.trust === 'trusted') {
    const { evaluateWithBash } = await import('./bash.ts')
    return evaluateWithBash(text, options)
  }
  const { evaluateInSandbox } = await import('./sandbox.ts')
  return evaluateInSandbox(text, options)
}

export interface SecondExpansion {
  readonly values: RawValues
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * DKMS expands what it read from a conf a second time, and packages rely on it (`'make KVER=$kernelver'`). Values named
 * by `isLeftAlone` stay, because a later shell expands them; the others get `$name` and commands expanded as in a
 * here-document: blanks, globs and quotes stay as they are.
 */
export async function expandAgain(
  values: RawValues,
  options: EvaluateOptions,
  isLeftAlone: (name: string) => boolean,
): Promise<SecondExpansion> {
  const scope = { ...options.variables, ...scalarsOf(values) }
  const result = new Map<string, ReadonlyMap<number, string>>()
  const diagnostics: Diagnostic[] = []
  for (const [name, elements] of values) {
    const expanded = new Map<number, string>()
    for (const [index, value] of elements) {
      const plain = isLeftAlone(name) ? value : expandPlain(value, scope)
      if (plain !== undefined) expanded.set(index, plain)
      else {
        const again = await expandWithShell(name, value, { ...options, variables: scope })
        expanded.set(index, again.value)
        diagnostics.push(...again.diagnostics)
      }
    }
    result.set(name, expanded)
  }
  return { values: result, diagnostics }
}

/** {@link expandAgain} without a process; undefined when some value needs one. */
export function expandAgainPlain(
  values: RawValues,
  variables: Readonly<Record<string, string>>,
  isLeftAlone: (name: string) => boolean,
): RawValues | undefined {
  const scope = { ...variables, ...scalarsOf(values) }
  const result = new Map<string, ReadonlyMap<number, string>>()
  for (const [name, elements] of values) {
    const expanded = new Map<number, string>()
    for (const [index, value] of elements) {
      const plain = isLeftAlone(name) ? value : expandPlain(value, scope)
      if (plain === undefined) return undefined
      expanded.set(index, plain)
    }
    result.set(name, expanded)
  }
  return result
}

/** What the conf set is visible in a second expansion, as it is in DKMS. */
function scalarsOf(values: RawValues): Record<string, string> {
  const scalars: Record<string, string> = {}
  for (const [name, elements] of values) scalars[name] = withoutCarriageReturn(elements.get(0) ?? '')
  return scalars
}

/** A CR/LF file leaves a carriage return behind every value (DKMS 3.1.5 and newer drop it). */
export function withoutCarriageReturn(value: string): string {
  return value.endsWith('\r') ? value.slice(0, -1) : value
}

async function expandWithShell(
  name: string,
  value: string,
  options: EvaluateOptions,
): Promise<{ readonly value: string; readonly diagnostics: readonly Diagnostic[] }> {
  let end = 'END_OF_VALUE'
  while (value.includes(end)) end += '_'
  // A NEEDS_BASH finding names the variable it affects, so the variable bears the directive's name.
  const text = `unset ${name}\nIFS= read -r -d '' ${name} <<${end}\n${value}\n${end}\n`
  const evaluation = await evaluateConf(text, { ...options, names: [name] })
  const expanded = evaluation.values.get(name)?.get(0) ?? ''
  return {
    value: expanded.endsWith('\n') ? expanded.slice(0, -1) : expanded,
    diagnostics: evaluation.diagnostics.map((found) => inValue(name, found)),
  }
}

/** Lines of the made-up text would mislead, and a value that does not parse takes nothing else with it. */
function inValue(name: string, diagnostic: Diagnostic): Diagnostic {
  const { line: _line, ...rest } = diagnostic
  if (rest.code !== 'SHELL_SYNTAX') return rest
  const message = `the value of ${name} holds shell that bash cannot parse, so it is empty`
  return { severity: 'warning', code: 'SHELL_MESSAGE', message, file: rest.file, directive: name }
}
