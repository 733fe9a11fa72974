import type { Diagnostic } from './model.ts'

/** @param detail what bash says about it, where bash was asked */
export function syntaxError(file: string, line: number, detail?: string): Diagnostic {
  const says = detail === undefined ? '' : ` (bash says: ${detail})`
  return {
    severity: 'error',
    code: 'SHELL_SYNTAX',
    message: `bash cannot parse this statement; nothing from here on has an effect${says}`,
    file,
    line,
    remedy: 'correct it; bash -n FILE shows more',
  }
}
