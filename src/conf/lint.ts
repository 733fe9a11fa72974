/** Everything that can be said about a dkms.conf, and about the package around it, without building it. */
import { isBuildTime } from './directives.ts'
import { evaluateConf, expandAgain, withoutCarriageReturn } from './evaluate.ts'
import type { EvaluateOptions } from './evaluation.ts'
import { interpretConf } from './interpret.ts'
import { directiveLayer, overlay } from './layers.ts'
import { findAssignments, lineOf } from './lines.ts'
import { type LintContext, type PackageFile, toDiagnostic } from './lint-context.ts'
import { textRules } from './lint-text-rules.ts'
import { valueRules } from './lint-value-rules.ts'
import type { Diagnostic } from './model.ts'

export type { PackageFile } from './lint-context.ts'

export interface LintSubject {
  readonly text: string
  /** What to call the conf in findings. */
  readonly file: string
  /** The files of the package, where they are known. */
  readonly files?: readonly PackageFile[]
  /** How to evaluate the conf: src/conf/variables.ts and who it comes from. */
  readonly evaluation: Omit<EvaluateOptions, 'file' | 'names'>
  /** Values of --directive. */
  readonly directives?: readonly string[]
}

/**
 * Findings by line; those without a line come first.
 *
 * @throws {FactoryError} CONF_UNREADABLE when the conf does not end; USAGE for a malformed directive
 */
export async function lintConf(subject: LintSubject): Promise<Diagnostic[]> {
  const { text, file } = subject
  const options: EvaluateOptions = { ...subject.evaluation, file }
  const first = await evaluateConf(text, options)
  const second = await expandAgain(first.values, options, isBuildTime)
  const base = { source: file, text, values: second.values, diagnostics: [] }
  const given = directiveLayer(subject.directives ?? [])
  const values = overlay([base, given])
  const sites = findAssignments(text)
  const where = (name: string, index?: number) => {
    const line = lineOf(sites, name, index)
    return { file, ...(line === undefined ? {} : { line }) }
  }
  const { diagnostics } = interpretConf(values, { file, strictness: 'strict', where })
  const context: LintContext = { text, file, values: cleaned(values), sites, files: byPath(subject.files) }
  const findings = [...textRules, ...valueRules].flatMap((rule) => rule(context))
  const evaluation = [...first.diagnostics, ...second.diagnostics].filter(
    ({ directive }) => directive === undefined || !given.values.has(directive),
  )
  return inOrder([...evaluation, ...diagnostics, ...findings.map((finding) => toDiagnostic(finding, file))])
}

function cleaned(values: LintContext['values']): LintContext['values'] {
  return new Map(
    [...values].map(([name, elements]) => [
      name,
      new Map([...elements].map(([index, value]) => [index, withoutCarriageReturn(value)])),
    ]),
  )
}

function byPath(files: readonly PackageFile[] | undefined): ReadonlyMap<string, PackageFile> | undefined {
  return files === undefined ? undefined : new Map(files.map((file) => [file.path, file]))
}

function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return [...diagnostics].sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
}
