/** What the rules of lint look at, and how they say what they found. */
import type { RawValues } from './evaluation.ts'
import type { AssignmentSite } from './lines.ts'
import { type LintCodeName, lintCodes } from './lint-codes.ts'
import type { Diagnostic } from './model.ts'

export interface PackageFile {
  /** Relative to the directory of the conf. */
  readonly path: string
  readonly kind: 'file' | 'directory' | 'other'
  readonly executable: boolean
}

export interface LintContext {
  readonly text: string
  readonly file: string
  /** Values after both expansions, carriage returns removed. */
  readonly values: RawValues
  readonly sites: readonly AssignmentSite[]
  /** Undefined when only the conf is at hand: rules about files then say nothing. */
  readonly files: ReadonlyMap<string, PackageFile> | undefined
}

export interface Finding {
  readonly code: LintCodeName
  readonly message: string
  readonly line?: number | undefined
  readonly directive?: string
  /** In place of the general remedy of the code. */
  readonly remedy?: string
}

/** A rule looks at one thing and is named after it. */
export type LintRule = (context: LintContext) => readonly Finding[]

export function toDiagnostic(finding: Finding, file: string): Diagnostic {
  const { severity, remedy } = lintCodes[finding.code]
  return {
    severity,
    code: finding.code,
    message: finding.message,
    file,
    ...(finding.line === undefined ? {} : { line: finding.line }),
    ...(finding.directive === undefined ? {} : { directive: finding.directive }),
    remedy: finding.remedy ?? remedy,
  }
}
