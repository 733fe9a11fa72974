/** What mkkmp is asked for and what it made. */
import type { AbsolutePath, Kernel } from '../../domain.ts'
import type { PackagingRequest } from '../kmod/model.ts'
import type { MadeRpm } from '../rpm/model.ts'

/** Whose kernel module packages a generated spec file makes. */
export type KmpFamily = 'suse' | 'rhel'

/**
 * Applies the patches that are for the kernel to a copy of the source, and runs PRE_BUILD there.
 *
 * @throws {FactoryError} BUILD_EXCLUDED, SOURCE_EMPTY, PATCH_MISSING, PATCH_FAILED, SCRIPT_FAILED
 */
export type PrepareSource = (directory: AbsolutePath, kernel: Kernel) => Promise<void>

export interface KmpRequest extends PackagingRequest {
  /** At least one. */
  readonly kernels: readonly Kernel[]
  readonly family: KmpFamily
  /** A spec file of the user's own, as {@link findKmpSpec} found it. */
  readonly spec: string | undefined
  readonly prepare: PrepareSource
}

export interface KmpResult {
  /** `own`: of the user. */
  readonly spec: 'generated' | 'own'
  readonly package: MadeRpm
}
