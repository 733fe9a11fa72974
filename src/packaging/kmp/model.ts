/** What mkkmp is asked for and what it made. */
import type { AbsolutePath, Kernel } from '../../domain.ts'
import type { PackagingRequest } from '../kmod/model.ts'
import type { PrepareSource } from '../plan/prepared-source.ts'
import type { MadeRpm } from '../rpm/model.ts'

/** Whose kernel module packages a generated spec file makes. */
export type KmpFamily = 'suse' | 'rhel'

export interface KmpRequest extends PackagingRequest {
  /** At least one. */
  readonly kernels: readonly Kernel[]
  readonly family: KmpFamily
  /** A spec file of the user's own, as {@link findKmpSpec} found it. */
  readonly spec: string | undefined
  readonly prepare: PrepareSource
  /** What the modules are signed with, for the macros of SUSE. */
  readonly certificate?: AbsolutePath | undefined
  /** SUSE: the modules belong into initial ramdisks, which are made anew. */
  readonly needsInitrd?: boolean | undefined
}

export interface KmpResult {
  /** `own`: of the user. */
  readonly spec: 'generated' | 'own'
  readonly package: MadeRpm
}
