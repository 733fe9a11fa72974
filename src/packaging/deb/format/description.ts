/** What a Debian binary package says and holds: everything the writer needs, as data. */
import type { PackageEntry, Script } from '../../package-model.ts'
import type { Field } from './deb822.ts'
import type { DebRelations } from './relations.ts'

export interface DebDescription {
  /** Lower case letters, digits and `+ - .`; version/names.ts maps other names. */
  readonly name: string
  /** `[epoch:]upstream[-revision]`. */
  readonly version: string
  /** `all`, `amd64`, ... */
  readonly arch: string
  /** `Name <address>`. */
  readonly maintainer: string
  /** The source package it was built from, when that has another name or version: `name`, or `name (version)`. */
  readonly source?: string
  readonly section?: string
  /** By default optional. */
  readonly priority?: string
  readonly multiArch?: 'same' | 'foreign' | 'allowed' | 'no'
  readonly homepage?: string
  /** One line. */
  readonly summary: string
  /** Paragraphs, see long-description.ts. */
  readonly description: string
  readonly relations?: DebRelations
  /** Further fields of the control file, such as Modaliases, at its end. */
  readonly fields?: readonly Field[]
  readonly entries: readonly DebEntry[]
  readonly scripts?: Readonly<Partial<Record<DebScriptName, Script>>>
  readonly triggers?: readonly DebTrigger[]
  /** Further members of the control archive by name: templates, shlibs, symbols. */
  readonly controlFiles?: Readonly<Record<string, string>>
  /**
   * Seconds since the epoch: the time of the archive's members and of directories that no entry names, and the latest
   * time of any file in it, as SOURCE_DATE_EPOCH for dpkg-deb.
   */
  readonly time: number
}

/** A configuration file stays as the administrator changed it. */
export type DebEntry =
  | (Extract<PackageEntry, { kind: 'file' }> & { readonly conffile?: boolean })
  | Exclude<PackageEntry, { kind: 'file' }>

/** Maintainer scripts (deb-preinst(5) and so on); config is debconf's. */
export const scriptNames = ['config', 'postinst', 'postrm', 'preinst', 'prerm'] as const

export type DebScriptName = (typeof scriptNames)[number]

/** Interest in what other packages do, or a sign to them (deb-triggers(5) manual page). */
export interface DebTrigger {
  readonly directive: TriggerDirective
  /** A path, or the name of a trigger. */
  readonly name: string
}

export const triggerDirectives = [
  'interest',
  'interest-await',
  'interest-noawait',
  'activate',
  'activate-await',
  'activate-noawait',
] as const

export type TriggerDirective = (typeof triggerDirectives)[number]

/** `<name>_<version without epoch>_<arch>.deb`. */
export function debFileName({ name, version, arch }: Pick<DebDescription, 'name' | 'version' | 'arch'>): string {
  return `${name}_${withoutEpoch(version)}_${arch}.deb`
}

export function withoutEpoch(version: string): string {
  return version.replace(/^\d+:/, '')
}
