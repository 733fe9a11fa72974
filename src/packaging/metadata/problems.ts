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
  const [first] = problems
  const count = problems.length === 1 ? (first?.message ?? '') : `${problems.length} problems`
  return new FactoryError('METADATA_INVALID', `${subject} is not valid: ${count}`, {
    hint: 'correct what is listed; docs/packaging.md describes every key',
    details: problems.map(({ where, message }) => `${where}: ${message}`),
  })
}
