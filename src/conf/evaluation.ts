/** What evaluating a conf needs and gives. */
import type { Diagnostic } from './model.ts'

/** Variable name to its elements; a scalar is element 0. Unset variables and empty arrays are absent. */
export type RawValues = ReadonlyMap<string, ReadonlyMap<number, string>>

export interface Evaluation {
  readonly values: RawValues
  readonly diagnostics: readonly Diagnostic[]
}

/** Who put the conf where it is: the administrator (real bash may run it), or an archive nobody has accepted yet. */
export type Trust = 'trusted' | 'untrusted'

export interface EvaluateOptions {
  /** For messages, and for a trusted conf the path bash sources it from while it holds the same text. */
  readonly file: string
  /** What the conf finds set (src/conf/variables.ts). */
  readonly variables: Readonly<Record<string, string>>
  readonly trust: Trust
  /** The variables that are read back, by default the directives of dkms.conf. */
  readonly names?: readonly string[]
  /** Untrusted only: the files beside the conf it may read, by path relative to it. */
  readonly files?: Readonly<Record<string, string>>
  /** Where scratch files go, by default /tmp. */
  readonly tmp?: string
  /** Milliseconds after which a conf that does not end is an error; by default 10,000. */
  readonly timeoutMs?: number
}
