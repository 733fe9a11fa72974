/** What is wrong with metadata, told all at once. */
import { FactoryError } from '../../errors.ts'

export interface MetadataProblem {
  /** `FILE:LINE` or `--option`. */
  readonly where: string
  /** A whole phrase: what is wrong with what. */
  readonly message: string
}

/** @param problems at least one, in the order they are to be told */
export function invalidMetadata(subject: string, problems: readonly MetadataProblem[]): FactoryError {
  const told = problems.map(({ where, message }) => `${where}: ${message}`)
  const [only = '', ...others] = told
  const message = others.length === 0 ? only : `${subject} is not valid: ${told.length} problems`
  return new FactoryError('METADATA_INVALID', message, {
    hint: 'docs/packaging.md describes what may stand there',
    details: others.length === 0 ? [] : told,
  })
}
