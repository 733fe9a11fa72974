/** What an RPM package says: everything the writer needs and the reader gives back, as data. */
import type { ChangelogEntry, PackageEntry, Relation, Script } from '../../package-model.ts'

/** A binary package, installed with its files, or a source package, built from. */
export type RpmDescription = RpmBinaryDescription | RpmSourceDescription

interface RpmPreamble {
  readonly name: string
  /** `[A-Za-z0-9._+~^]`; version/names.ts maps other versions. */
  readonly version: string
  readonly release: string
  readonly epoch?: number
  /** `noarch`, `x86_64`, ...; for a source package the architecture of the building host. */
  readonly arch: string
  /** By default linux. */
  readonly os?: string
  /** One line. */
  readonly summary: string
  readonly description: string
  readonly license: string
  /** By default `Unspecified`, as rpmbuild has it. */
  readonly group?: string
  readonly url?: string
  readonly vendor?: string
  readonly packager?: string
  readonly distribution?: string
  readonly bugUrl?: string
  readonly vcs?: string
  readonly platform?: string
  readonly optflags?: string
  readonly buildHost: string
  /** Seconds since the epoch. */
  readonly buildTime: number
  /** Newest first. */
  readonly changelog?: readonly ChangelogEntry[]
  readonly relations?: RpmRelations
}

/** Relations by kind. The package's own name, interpreters and rpmlib() features are added by the writer. */
export type RpmRelations = Readonly<Partial<Record<RelationKind, readonly RpmRelation[]>>>

export type RelationKind =
  | 'provides'
  | 'requires'
  | 'conflicts'
  | 'obsoletes'
  | 'recommends'
  | 'suggests'
  | 'supplements'
  | 'enhances'
  | 'orders'

/** Rich relations, `(a if b)`, are a name in parentheses without a constraint. */
export interface RpmRelation extends Relation {
  /** `Requires(post): x` has `['post']`. */
  readonly uses?: readonly RelationUse[]
}

export type RelationUse =
  | 'pretrans'
  | 'pre'
  | 'post'
  | 'preun'
  | 'postun'
  | 'posttrans'
  | 'verify'
  | 'prereq'
  | 'interp'
  | 'findRequires'
  | 'findProvides'
  | 'missingok'
  | 'rpmlib'
  | 'config'
  | 'meta'

export interface RpmBinaryDescription extends RpmPreamble {
  readonly kind: 'binary'
  readonly entries: readonly RpmEntry[]
  /** The name of the source package's file; by default as this package would have it. */
  readonly sourceRpm?: string
  /** The {@link WrittenRpm} packageId of the source package, 32 hexadecimal digits. */
  readonly sourcePackageId?: string
  readonly scriptlets?: readonly RpmScriptlet[]
  readonly triggers?: readonly RpmTrigger[]
  readonly fileTriggers?: readonly RpmFileTrigger[]
}

export interface RpmSourceDescription extends RpmPreamble {
  readonly kind: 'source'
  /** The architectures of the packages it builds. */
  readonly buildArchs?: readonly string[]
  /** The spec file, then sources and patches in the order of their numbers. Paths are bare file names. */
  readonly entries: readonly RpmSourceEntry[]
}

/** What rpm is told about an entry beyond what every package format knows. */
export interface RpmEntryTraits {
  /** `replace` is %config, `keep` is %config(noreplace). */
  readonly config?: 'replace' | 'keep'
  readonly doc?: boolean
  readonly license?: boolean
  readonly readme?: boolean
  readonly artifact?: boolean
  /** %config(missingok), or %missingok. */
  readonly missingOk?: boolean
  /** What `rpm -V` leaves out, as %verify(not ...) names it. */
  readonly unverified?: readonly VerifyAspect[]
  /** 1 for 32-bit and 2 for 64-bit ELF files, else 0: rpm decides by it which of two packages' files wins (multilib). */
  readonly color?: 0 | 1 | 2
  /** What file(1) would say; shown by `rpm -q --fileclass`. By default `directory` or nothing. */
  readonly fileClass?: string
}

export type VerifyAspect = 'digest' | 'size' | 'link' | 'user' | 'group' | 'mtime' | 'mode' | 'device' | 'caps'

/** `ghost`: owned and removed by the package, not installed by it. */
export type RpmEntry = (PackageEntry | GhostEntry) & RpmEntryTraits

export interface GhostEntry extends Omit<Extract<PackageEntry, { kind: 'file' }>, 'kind' | 'content'> {
  readonly kind: 'ghost'
}

export type RpmSourceEntry = Extract<PackageEntry, { kind: 'file' }> & { readonly role: 'spec' | 'source' | 'patch' }

/** In the order rpm runs them when a package is upgraded; `verify` is run by `rpm -V`. */
export type ScriptletPhase = 'pretrans' | 'pre' | 'post' | 'preun' | 'postun' | 'posttrans' | 'verify'

export interface RpmScript extends Script {
  readonly expand?: boolean
  readonly queryFormat?: boolean
  readonly critical?: boolean
}

export interface RpmScriptlet extends RpmScript {
  readonly phase: ScriptletPhase
}

export type TriggerEvent = 'prein' | 'in' | 'un' | 'postun'

/** Runs when another package comes or goes. */
export interface RpmTrigger extends RpmScript {
  readonly event: TriggerEvent
  readonly targets: readonly Relation[]
}

/** Runs when any package's files below a prefix come or go. */
export interface RpmFileTrigger extends RpmScript {
  readonly event: Exclude<TriggerEvent, 'prein'>
  /** Once per package, or once per transaction. */
  readonly per: 'package' | 'transaction'
  readonly prefixes: readonly string[]
  /** The higher the sooner; by default 1000000. */
  readonly priority?: number
}

/** `N-V-R.A.rpm`, with `src` as the architecture of a source package. */
export function rpmFileName(identity: Pick<RpmDescription, 'name' | 'version' | 'release' | 'arch' | 'kind'>): string {
  const { name, version, release, arch, kind } = identity
  return `${name}-${version}-${release}.${kind === 'source' ? 'src' : arch}.rpm`
}

/** `[epoch:]version-release`, what the package provides itself as. */
export function formatEvr({ epoch, version, release }: Pick<RpmDescription, 'epoch' | 'version' | 'release'>): string {
  return `${epoch === undefined ? '' : `${epoch}:`}${version}-${release}`
}
