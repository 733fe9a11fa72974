/** What is said about a package beyond its dkms.conf: the words and relations a package manager shows and acts on. */
import type { Relation } from '../package-model.ts'

/** The families of artifacts whose metadata may differ; each has a block of its own in packaging.yaml. */
export type PackageFamily = 'rpm' | 'deb' | 'kmp' | 'driverdisk'

export const packageFamilies = ['rpm', 'deb', 'kmp', 'driverdisk'] as const satisfies readonly PackageFamily[]

/** Complete: every value is final for one family and safe to place in its files (one line where one line is meant). */
export interface PackageMetadata {
  /** An SPDX license expression where it could be told, else the words of whoever stated it. */
  readonly license: string
  /** One line, without a full stop. */
  readonly summary: string
  /** Lines joined by newlines; an empty line separates paragraphs. No trailing blank anywhere. */
  readonly description: string
  readonly url: string | undefined
  readonly vendor: string | undefined
  /** Who answers for the package: Debian's Maintainer. Undefined when nobody is named anywhere. */
  readonly maintainer: Person | undefined
  /** Who made this package file: RPM's Packager, Debian's Changed-By. The maintainer unless stated. */
  readonly packager: Person | undefined
  /** RPM's Group. */
  readonly group: string
  /** Debian's Section. */
  readonly section: string
  /** Debian's Priority. */
  readonly priority: string
  /** The revision of the package, such as `1dkms`; undefined: the generator's own default. */
  readonly release: string | undefined
  readonly epoch: number | undefined
  readonly relations: MetadataRelations
  /** Newest first, never empty. */
  readonly changelog: readonly Change[]
  /** Where each value came from. */
  readonly origins: Readonly<Record<MetadataKey, Origin>>
}

/** Everything of {@link PackageMetadata} that can be stated; relations count one by one. */
export type MetadataKey = Exclude<keyof PackageMetadata, 'origins' | 'relations'> | RelationName

/** option: the command line. file: packaging.yaml. module: the package's sources or built modules. default: nobody said. */
export type Origin = 'option' | 'file' | 'module' | 'default'

/** Stated relations only: what a generator adds by itself (dkms, kernels) is not here. */
export type MetadataRelations = Readonly<Record<RelationName, readonly Dependency[]>>

/** `replaces` is RPM's Obsoletes. A family leaves out what its format does not know. */
export type RelationName =
  | 'requires'
  | 'preDepends'
  | 'recommends'
  | 'suggests'
  | 'enhances'
  | 'supplements'
  | 'conflicts'
  | 'breaks'
  | 'provides'
  | 'replaces'

/**
 * One or several packages of which any will do: `a | b` for Debian, `(a or b)` for RPM. A rich dependency of RPM,
 * `(a if b)`, is one name in parentheses without a constraint.
 */
export interface Dependency {
  readonly anyOf: readonly [Relation, ...Relation[]]
}

export interface Person {
  readonly name: string
  readonly email: string | undefined
}

/** One entry of the changelog. */
export interface Change {
  /** Seconds since the epoch. */
  readonly time: number
  readonly author: Person | undefined
  /** The package's version, with the release where there is one. */
  readonly version: string
  /** One item each, without a bullet; lines of an item joined by newlines. Never empty. */
  readonly changes: readonly string[]
}

/**
 * What was said in one place, by key; keys that are absent were not. The options of a command line and the values of
 * packaging.yaml both take this form once they are checked.
 */
export interface StatedMetadata {
  readonly license?: string
  readonly summary?: string
  readonly description?: string
  readonly url?: string
  readonly vendor?: string
  readonly maintainer?: Person
  readonly packager?: Person
  readonly group?: string
  readonly section?: string
  readonly priority?: string
  readonly release?: string
  readonly epoch?: number
  readonly changelog?: readonly StatedChange[]
  readonly relations?: Readonly<Partial<Record<RelationName, readonly Dependency[]>>>
}

/** A change as written: what is absent is the package's own version, maintainer and time. */
export interface StatedChange {
  readonly time?: number
  readonly author?: Person
  readonly version?: string
  readonly changes: readonly string[]
}

/** A packaging.yaml as read and checked. */
export interface PackagingFile {
  readonly path: string
  readonly common: StatedMetadata
  /** What a family says differently. */
  readonly overrides: Readonly<Partial<Record<PackageFamily, StatedMetadata>>>
  /** Patterns of source files that are not to be packed. */
  readonly exclude: readonly string[]
}
