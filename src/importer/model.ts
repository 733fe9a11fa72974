/** What ldtarball is asked for, what an archive holds, and what became of it. */
import type { Compression } from '../archive/compression.ts'
import type { TarLimits } from '../archive/tar-read.ts'
import type { Diagnostic, DkmsConf } from '../conf/model.ts'
import type { AbsolutePath, Kernel, PackageId, Roots } from '../domain.ts'
import type { Report } from '../report.ts'

/**
 * full: DKMS tarball with source and builds. source-only: without builds. binaries-only: builds and just the dkms.conf.
 * plain-source: any archive with a dkms.conf somewhere.
 */
export type LoadedKind = 'full' | 'source-only' | 'binaries-only' | 'plain-source'

export interface InspectRequest {
  readonly roots: Roots
  readonly archive: AbsolutePath
  /** For builds in archives of DKMS before 2.0, which do not say for which architecture they are. */
  readonly arch: string
  /** For the variables of dkms.conf when the archive has no build. */
  readonly runningKernel: Kernel
  /** Values of --directive. */
  readonly directives?: readonly string[]
  /** Let real bash run the dkms.conf of the archive: for those who have read it. */
  readonly trustConf?: boolean
  readonly limits?: Partial<TarLimits>
  readonly report: Report
}

export interface LoadRequest extends InspectRequest {
  /** Replace a source or builds that are there and differ; take modules that fail their checks. */
  readonly force: boolean
  /** Check everything and say what would be done; only the place for temporary files is written to. */
  readonly dryRun: boolean
}

/** One member of the package's source in an archive. */
export interface SourceFile {
  /** Relative to the directory of dkms.conf. */
  readonly path: string
  readonly kind: 'file' | 'directory' | 'other'
  readonly executable: boolean
}

export interface ArchiveContents {
  readonly archive: AbsolutePath
  readonly compression: Compression
  readonly kind: LoadedKind
  readonly package: PackageId
  readonly conf: DkmsConf
  readonly confText: string
  /** Path of the dkms.conf inside the archive. */
  readonly confMember: string
  readonly kernels: readonly Kernel[]
  /** By path; empty for a binaries-only archive. */
  readonly sourceFiles: ReadonlyMap<string, SourceFile>
  /** Content of dkms_dbversion, if there is one. */
  readonly databaseVersion: string | undefined
  readonly members: number
  readonly bytes: number
  /** Warnings about dkms.conf. */
  readonly diagnostics: readonly Diagnostic[]
}

export type SourceOutcome = 'loaded' | 'replaced' | 'unchanged' | 'not-in-archive'
export type BuildOutcome = 'loaded' | 'replaced' | 'unchanged' | 'skipped'

export interface LoadResult {
  readonly package: PackageId
  readonly kind: LoadedKind
  readonly compression: Compression
  readonly source: SourceOutcome
  /** SRC/M-V, or TREE/M/V/source for a package without its source. */
  readonly sourceDir: AbsolutePath
  /** The tree did not know the package before. */
  readonly added: boolean
  readonly kernels: readonly { readonly kernel: Kernel; readonly outcome: BuildOutcome }[]
  readonly diagnostics: readonly Diagnostic[]
  readonly dryRun: boolean
}
