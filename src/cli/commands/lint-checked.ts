import type { PackageFile } from '../../conf/lint.ts'
import type { Diagnostic } from '../../conf/model.ts'

/** What is checked: a conf and the files around it, wherever they came from. */
export interface Checked {
  readonly text: string
  /** What findings call the conf. */
  readonly file: string
  /** Undefined for a conf on its own. */
  readonly files?: readonly PackageFile[]
  /** The files the conf may read while it is evaluated, by path. */
  readonly texts: Readonly<Record<string, string>>
  /** What was found before the conf was looked at. */
  readonly findings?: readonly Diagnostic[]
}
