/** What becomes of many packages on one kernel. */
import type { AbsolutePath, Kernel, PackageId } from '../../domain.ts'
import type { FactoryError } from '../../errors.ts'
import type { InstallRequest } from '../install/model.ts'

/** Everything an install is given but what it is about. `depmod: 'run'` runs it once for each kernel, at the end. */
export interface ManyRequest extends Omit<InstallRequest, 'package' | 'kernels' | 'confFile' | 'depmod'> {
  readonly depmod: 'run' | 'skip'
}

export type PackageOutcome = { readonly package: PackageId } & (
  | { readonly state: 'installed'; readonly files: readonly AbsolutePath[]; readonly rebuilt: readonly PackageId[] }
  /** `weakFrom`: by way of weak-modules, from the kernel release it is installed for. */
  | { readonly state: 'already-installed'; readonly weakFrom?: string }
  | { readonly state: 'not-autoinstalled'; readonly reason: string }
  /** Without a usable source; `error` says what a person has to do. */
  | { readonly state: 'broken'; readonly error: FactoryError }
  /** dkms.conf excludes the kernel. */
  | { readonly state: 'excluded'; readonly reasons: readonly string[] }
  /** OBSOLETE_BY: the kernel brings the module itself. */
  | { readonly state: 'obsolete'; readonly reasons: readonly string[] }
  /** The kernel has the same or a newer module. */
  | { readonly state: 'newer-in-kernel'; readonly reasons: readonly string[] }
  | { readonly state: 'failed'; readonly error: FactoryError }
  /** What it depends on is in the tree and could not be installed, or depends on itself. */
  | { readonly state: 'missing-dependencies'; readonly missing: readonly string[] }
  /** What it depends on is not in the tree: it waits until that is added (DKMS 3.4.1). */
  | { readonly state: 'deferred'; readonly missing: readonly string[] }
  | { readonly state: 'planned'; readonly steps: readonly string[] }
)

export interface KernelResult {
  readonly kernel: Kernel
  /** Each package once, in the order of `status`. */
  readonly packages: readonly PackageOutcome[]
}

type State = PackageOutcome['state']

/** What the three lines of the summary are about. */
export function isSkipped({ state }: { readonly state: State }): boolean {
  return state === 'excluded' || state === 'obsolete' || state === 'newer-in-kernel'
}

export function isFailure({ state }: { readonly state: State }): boolean {
  return state === 'failed' || state === 'missing-dependencies'
}

/** Whether packages that depend on one with this outcome can be tried, by the rules of DKMS. */
export function satisfies(outcome: PackageOutcome): boolean {
  return outcome.state === 'installed' || outcome.state === 'already-installed' || isSkipped(outcome)
}
