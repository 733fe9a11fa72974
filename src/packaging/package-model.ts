/**
 * What packages of every format have in common: the nouns a generator describes its package with before a format turns
 * them into bytes. Values only. A format may extend them; no format knows another.
 */
import type { FileContent } from '../archive/tar-entry.ts'

/** How the version of the other package must compare. */
export type Operator = '<' | '<=' | '=' | '>=' | '>'

/** Another package, or something it provides, and the versions that count. */
export interface Relation {
  readonly name: string
  readonly constraint?: { readonly operator: Operator; readonly version: string }
}

/** Text a package manager hands to an interpreter. */
export interface Script {
  readonly body: string
  /** The program and its arguments; absent: the shell. */
  readonly interpreter?: readonly [string, ...string[]]
}

export interface ChangelogEntry {
  /** Seconds since the epoch. */
  readonly time: number
  /** `Name <address> - version`, as the format's own changelogs have it. */
  readonly author: string
  readonly text: string
}

interface EntryBase {
  /** Where it is installed: an absolute path without `.` or `..` components. */
  readonly path: string
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number
  /** Seconds since the epoch. */
  readonly mtime: number
  /** Names, by default root. */
  readonly user?: string
  readonly group?: string
}

/** One file, directory or link of a package. */
export type PackageEntry =
  | (EntryBase & { readonly kind: 'file'; readonly content: FileContent })
  | (EntryBase & { readonly kind: 'directory' })
  | (Omit<EntryBase, 'mode'> & { readonly kind: 'symlink'; readonly target: string })

/** A package file that was written. */
export interface WrittenPackage {
  readonly path: string
  readonly bytes: number
}

/** What a package format offers a generator. */
export interface PackageFormat<Description, Options> {
  readonly id: string
  /** The name the file has by the rules of the format. */
  fileName(description: Description): string
  /** Writes the package into the directory, whole or not at all. */
  write(description: Description, directory: string, options: Options): Promise<WrittenPackage>
}
