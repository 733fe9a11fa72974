import { type FactoryError, isFactoryError } from '../../errors.ts'

/** An error as a person reads it: what, the details, what to do. */
export function renderError(error: FactoryError): string {
  const lines = [`Error! ${error.message}`, ...error.details.map((line) => `  ${line}`)]
  if (error.hint !== undefined) lines.push(`  What to do: ${error.hint}`)
  lines.push(`  (code ${error.code})`)
  return `\n${lines.join('\n')}\n`
}

export interface ErrorDocument {
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly details?: readonly string[]
}

export function errorDocument(error: FactoryError): ErrorDocument {
  return {
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.details.length === 0 ? {} : { details: error.details }),
  }
}

/** Anything that is not ours to throw: say that it is a bug and show what a report needs. */
export function renderBug(error: unknown, version: string): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const cause = error instanceof Error && isFactoryError(error.cause) ? `\ncaused by ${error.cause.message}` : ''
  return [
    '',
    `Error! This is a bug in dkms-factory ${version}.`,
    '  Please report it with the command you ran and the following text.',
    '',
    `${stack}${cause}`,
    '',
  ].join('\n')
}
