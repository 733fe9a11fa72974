import type { Kernel, PackageId } from './domain.ts'

/**
 * What long work tells while it runs. Rooms below the command line call {@link Report}; only src/cli decides whether an
 * event becomes a line, a bar or an NDJSON record.
 */
export type ProgressEvent =
  | { readonly kind: 'note'; readonly message: string }
  | {
      readonly kind: 'warning'
      readonly message: string
      readonly hint?: string
      readonly code?: string
      readonly where?: string
    }
  | { readonly kind: 'deprecated'; readonly feature: string; readonly where?: string }
  /** One kernel of a build began, moved on, or ended. */
  | {
      readonly kind: 'build'
      readonly package: PackageId
      readonly kernel: Kernel
      readonly step: BuildStep
      readonly state: 'begin' | 'end' | 'failed' | 'skipped'
      readonly detail?: string
    }
  /** Bytes handled so far of a pack or load; `total` is absent while it is not known. */
  | { readonly kind: 'bytes'; readonly label: string; readonly done: number; readonly total?: number }

export type BuildStep = 'kernel' | 'patch' | 'pre_build' | 'make' | 'strip' | 'sign' | 'compress' | 'post_build'

export type Report = (event: ProgressEvent) => void

export const silent: Report = () => {}
