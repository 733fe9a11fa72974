/** What install and uninstall are asked to do and what becomes of it. */
import type { AbsolutePath, Kernel, PackageId } from '../../domain.ts'
import type { FactoryError } from '../../errors.ts'
import type { BuildRequest } from '../build/model.ts'
import type { KernelChoice } from '../chosen-kernels.ts'
import type { ActionContext } from './host.ts'
import type { RefusalReason } from './sanity.ts'

/** `force` also installs over the same or newer modules, for another kernel's vermagic, and what is installed already. */
export interface InstallRequest extends BuildRequest, ActionContext {
  /** Whatever versions the kernel has. */
  readonly forceVersionOverride: boolean
  /** During an upgrade by RPM: as --force. */
  readonly rpmSafeUpgrade: boolean
  /** Links into the tree in place of copies. */
  readonly symlinkModules: boolean
  readonly modprobeOnInstall: boolean
  /** The caller has just built it: what a marker says about the build that was there before is not true of this one. */
  readonly isNewBuild?: boolean
}

export interface RefusedModule {
  readonly module: string
  readonly reason: RefusalReason
  readonly message: string
}

export type InstallOutcome =
  | {
      readonly state: 'installed'
      readonly kernel: Kernel
      readonly files: readonly AbsolutePath[]
      /** Modules of the kernel that gave way and are kept in the tree. */
      readonly archived: readonly AbsolutePath[]
      readonly refused: readonly RefusedModule[]
      /** Packages that were built and installed again because they depend on this one. */
      readonly rebuilt: readonly PackageId[]
    }
  | { readonly state: 'already-installed'; readonly kernel: Kernel }
  /** The kernel has all of it, the same or newer. */
  | {
      readonly state: 'refused'
      readonly kernel: Kernel
      readonly refused: readonly RefusedModule[]
      readonly error: FactoryError
    }
  /** dkms.conf excludes the kernel: it was not built. */
  | {
      readonly state: 'excluded'
      readonly kernel: Kernel
      readonly reasons: readonly string[]
      readonly error: FactoryError
    }
  | { readonly state: 'failed'; readonly kernel: Kernel; readonly error: FactoryError }
  | { readonly state: 'planned'; readonly kernel: Kernel; readonly steps: readonly string[] }

export interface InstallResult {
  readonly package: PackageId
  /** In the order the kernels were given. */
  readonly kernels: readonly InstallOutcome[]
  /** Where depmod is still to be run, with `depmod: 'defer'`. */
  readonly depmodPending: readonly Kernel[]
}

export interface UninstallRequest extends ActionContext {
  readonly package: PackageId
  readonly kernels: KernelChoice
  readonly directives: readonly string[]
}

export type UninstallOutcome =
  | {
      readonly state: 'uninstalled'
      readonly kernel: Kernel
      readonly removed: readonly AbsolutePath[]
      readonly restored: readonly AbsolutePath[]
      /** Modules of which no file was recognised as ours. */
      readonly notFound: readonly string[]
    }
  | { readonly state: 'not-installed'; readonly kernel: Kernel }

export interface UninstallResult {
  readonly package: PackageId
  readonly kernels: readonly UninstallOutcome[]
  readonly depmodPending: readonly Kernel[]
}

/** The failure whose exit status is that of the whole command: the first in the order the kernels were given. */
export function firstInstallFailure({ kernels }: InstallResult): FactoryError | undefined {
  for (const outcome of kernels) if ('error' in outcome) return outcome.error
  return undefined
}
