/** What mktarball is asked for, what it is going to make, and what it made. */
import type { Compression } from '../../archive/compression.ts'
import type { AbsolutePath, Kernel, PackageId, Roots } from '../../domain.ts'
import type { Report } from '../../report.ts'
import type { GivenConf } from '../plan/complete.ts'
import type { PlanContent } from '../plan/model.ts'

export type TarballMode = PlanContent

export interface TarballRequest {
  readonly roots: Roots
  readonly package: PackageId
  /** 'all': every kernel the package is built for. Without meaning for source-only. */
  readonly kernels: readonly Kernel[] | 'all'
  readonly mode: TarballMode
  /** The value of --archive. */
  readonly archive?: string
  /** What a relative directory in `archive` starts from; asked for by nothing else. */
  readonly workingDirectory: () => AbsolutePath
  /** What the package is checked with; the archive gets the dkms.conf of the source. */
  readonly given?: GivenConf
  /** For the variables of dkms.conf, when no kernel is packed. */
  readonly runningKernel: Kernel
  /** SOURCE_DATE_EPOCH, in seconds. */
  readonly sourceDateEpoch?: number | undefined
  readonly dryRun: boolean
  /** `false`: the digest of the archive is not wanted. */
  readonly digest?: boolean
  readonly report: Report
}

export interface TarballResult {
  readonly package: PackageId
  readonly mode: TarballMode
  /** In the order asked for. */
  readonly kernels: readonly Kernel[]
  readonly directory: AbsolutePath
  readonly fileName: string
  readonly path: AbsolutePath
  readonly compression: Compression
  /** Seconds since the epoch that no time in the archive exceeds. */
  readonly mtime: number
  readonly members: number
  /** Bytes of the files that go in. */
  readonly contentBytes: number
  /** The archive as written; absent after a dry run. */
  readonly written?: { readonly bytes: number; readonly sha256?: string }
}

/** Where the archive goes. */
export interface TarballPlace {
  readonly directory: AbsolutePath
  readonly fileName: string
  readonly compression: Compression
}

/** One part of the archive. `to` is a path inside it, without `./`. */
export type Section =
  | { readonly kind: 'directory'; readonly to: string }
  | { readonly kind: 'text'; readonly to: string; readonly text: string }
  | { readonly kind: 'file'; readonly to: string; readonly from: AbsolutePath }
  /** The whole content of a directory; no link in it may leave it. */
  | { readonly kind: 'tree'; readonly to: string; readonly from: AbsolutePath }
