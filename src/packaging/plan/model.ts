/**
 * The description every generator starts from: what goes into a package, for which kernels, and what is said about it.
 * Neutral, immutable and complete: after planning, the disk is read only for the contents that entries name.
 */
import type { FileContent } from '../../archive/tar-entry.ts'
import type { DkmsConf, ModuleRecord } from '../../conf/model.ts'
import type { AbsolutePath, Kernel, PackageId } from '../../domain.ts'
import type { ModuleSuffix } from '../../kernel/compression.ts'
import type { ModuleInfo } from '../../kernel/modinfo.ts'
import type { PackageFamily, PackageMetadata } from '../metadata/model.ts'

/** full: source and builds. source-only: no builds. binaries-only: builds, with just the dkms.conf of the source. */
export type PlanContent = 'full' | 'source-only' | 'binaries-only'

export interface PackagePlan {
  readonly package: PackageId
  readonly origin: PlanOrigin
  readonly content: PlanContent
  /** dkms.conf as it is packed: overrides that this host has in /etc/dkms are not in it. */
  readonly conf: DkmsConf
  readonly source: PlannedSource
  /** The kernels asked for, each once, in the order asked for, or in version order for "all". */
  readonly kernels: readonly Kernel[]
  /** One for each of the kernels, in their order; none for source-only. */
  readonly builds: readonly PlannedBuild[]
  readonly metadata: Readonly<Record<PackageFamily, PackageMetadata>>
  /** Seconds since the epoch: SOURCE_DATE_EPOCH, else the newest time of the source. No time in the plan is later. */
  readonly clampTime: number
}

export type PlanOrigin =
  | { readonly kind: 'tree'; readonly versionDir: AbsolutePath }
  /** A plain directory with a dkms.conf; no tree was looked at. */
  | { readonly kind: 'directory'; readonly directory: AbsolutePath }

export interface PlannedSource {
  /** complete: all that is packed of the source. conf-only: dkms.conf and nothing else (binaries-only). */
  readonly kind: 'complete' | 'conf-only'
  readonly directory: AbsolutePath
  /** In the byte order of their paths within a directory, directories before what is in them. The root is not listed. */
  readonly entries: readonly PlannedEntry[]
  /** Paths that are on disk and not packed, sorted; directories end in a slash. */
  readonly leftOut: readonly string[]
}

/**
 * One file, directory or link. Modes and times are final: 0755 for directories and what its owner may execute, 0644
 * otherwise; times are not later than the plan's clamp, which is also the time of directories and links.
 */
export type PlannedEntry = PlannedFile | PlannedDirectory | PlannedLink

interface PlannedBase {
  /** Relative to where the source (or build) goes, such as `patches/fix.patch`; no `.` or `..` in it. */
  readonly path: string
  /** Seconds since the epoch. */
  readonly mtime: number
}

export interface PlannedFile extends PlannedBase {
  readonly kind: 'file'
  readonly mode: 0o644 | 0o755
  readonly content: FileContent
}

export interface PlannedDirectory extends PlannedBase {
  readonly kind: 'directory'
  readonly mode: 0o755
}

/** Relative, and within the source. */
export interface PlannedLink extends PlannedBase {
  readonly kind: 'symlink'
  readonly target: string
}

/** The package built for one kernel. */
export interface PlannedBuild {
  readonly kernel: Kernel
  /** In the order of the module records of dkms.conf, then of file names. */
  readonly modules: readonly PlannedModule[]
  /** Everything the build keeps: module/ and log/, relative to the directory of the build. */
  readonly entries: readonly PlannedEntry[]
}

export interface PlannedModule {
  /** `foo` of foo.ko.xz. */
  readonly name: string
  /** As on disk, such as foo.ko.xz. */
  readonly fileName: string
  /** Of the file name; `.o` of 2.4 kernels has none. */
  readonly compression: ModuleSuffix
  readonly content: FileContent & { readonly from: AbsolutePath }
  readonly mtime: number
  /** What dkms.conf, evaluated for this kernel, says of it; undefined when the conf no longer promises this module. */
  readonly record: ModuleRecord | undefined
  /** Read from the ELF file: aliases, license, signer, dependencies, symbol versions and the rest. */
  readonly info: ModuleInfo
}
