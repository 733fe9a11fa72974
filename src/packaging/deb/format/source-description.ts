/** What a Debian source package is made from, as data. */
import { readFileSync } from 'node:fs'
import { fileError } from '../../../system/fs.ts'
import type { PackageEntry } from '../../package-model.ts'

export type SourceFormat = '1.0' | '3.0 (native)' | '3.0 (quilt)'

/** Of the tarballs; format 1.0 has gzip only. */
export type SourceCompression = 'gzip' | 'xz' | 'bzip2'

export interface DebSourceDescription {
  readonly format: SourceFormat
  /** The directory everything lies in, by default `<source>-<upstream version>`. */
  readonly topDirectory?: string
  /** The whole source tree with debian/: paths are absolute, with that directory as the root. */
  readonly entries: readonly PackageEntry[]
  /** Seconds since the epoch: the time of directories that no entry names, and the latest time of any file. */
  readonly time: number
}

/**
 * The content of a file of the tree, or undefined when there is none of that path.
 *
 * @throws {FactoryError} FILE_ACCESS
 */
export function textOf({ entries }: DebSourceDescription, path: string): string | undefined {
  const entry = entries.find((one) => one.path === path)
  if (entry?.kind !== 'file') return undefined
  if ('text' in entry.content) return entry.content.text
  const { from } = entry.content
  try {
    return readFileSync(from, 'utf8')
  } catch (error) {
    throw fileError(error, 'read', from)
  }
}
