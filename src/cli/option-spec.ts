import type { Verb } from './verbs.ts'

export interface OptionSpec {
  readonly long: string
  readonly short?: string
  /** dkms(8) matches this long option by its beginning; the table order decides between two that fit. */
  readonly prefix?: true
  /** Name of the value in help texts; absent for a flag. */
  readonly value?: string
  readonly repeat?: true
  /** Accepted for old scripts and without effect: a warning says so. */
  readonly ignored?: true
  readonly describe: string
  /** The verbs whose help lists it; absent: all. Any option is accepted with any verb, as dkms does. */
  readonly verbs?: readonly Verb[]
}
