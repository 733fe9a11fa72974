/** Findings as lines of text. */
import type { Diagnostic } from './model.ts'

/** `FILE:LINE`, the form of compilers, which editors understand. */
export function placeOf({ file, line }: Pick<Diagnostic, 'file' | 'line'>): string {
  return line === undefined ? file : `${file}:${line}`
}

/** `FILE:LINE: what; what to do` */
export function formatDiagnostic(finding: Pick<Diagnostic, 'file' | 'line' | 'message' | 'remedy'>): string {
  const what = `${placeOf(finding)}: ${finding.message}`
  return finding.remedy === undefined ? what : `${what}; ${finding.remedy}`
}
