/** What a build is asked to do and what becomes of it. */
import type { FrameworkSettings } from '../../conf/settings.ts'
import type { Distro } from '../../distro/model.ts'
import type { AbsolutePath, Kernel, PackageId, Roots } from '../../domain.ts'
import type { FactoryError } from '../../errors.ts'
import type { Report } from '../../report.ts'
import type { RootFacts } from '../../signing/chroot.ts'
import type { SigningSettings } from '../../signing/model.ts'
import type { Environment } from '../../system/env.ts'

export interface BuildRequest {
  readonly roots: Roots
  readonly settings: FrameworkSettings
  readonly report: Report
  readonly package: PackageId
  readonly kernels: readonly Kernel[]
  /** Build again what is built, and go on where a package depended on is missing. */
  readonly force: boolean
  /** Build again what is built, and nothing else of --force. */
  readonly again?: boolean
  /** How many compilers and the like may run at once, over all kernels; 0 is no limit. */
  readonly jobs: number
  /** In place of the dkms.conf of the source. */
  readonly confFile?: AbsolutePath
  readonly directives: readonly string[]
  /** Where DKMS_DIRECTIVE... variables are looked for. */
  readonly environment: Environment
  readonly kernelSourceDir?: AbsolutePath
  readonly kernelConfig?: AbsolutePath
  readonly signing: BuildSigning
  readonly dryRun: boolean
  /** In a dry run, of a package that would be added first: the directory its source would be copied from. */
  readonly plannedSource?: AbsolutePath
  readonly verbose: boolean
  /** The package that brings the headers of a kernel on this distribution, for the hint of HEADERS_MISSING. */
  readonly headersHint: (kernel: Kernel) => string
}

export interface BuildSigning {
  readonly distro: () => Pick<Distro, 'signTools' | 'signingKeys'>
  /** framework.conf as it reads with `$kernelver` of this kernel. */
  readonly settingsFor: (kernel: Kernel) => Promise<SigningSettings>
  readonly rootFacts: () => RootFacts
  /** --require-signature: a module that is not signed is a failure. */
  readonly required: boolean
  /** A person is there whom the distribution's program may ask for a password. */
  readonly interactive: boolean
  /** Of the machine, `/` but in tests. */
  readonly machineRoot: string
}

export type KernelOutcome =
  | {
      readonly state: 'built'
      readonly kernel: Kernel
      readonly modules: readonly StagedModule[]
      readonly log: AbsolutePath
      readonly milliseconds: number
    }
  | { readonly state: 'already-built'; readonly kernel: Kernel }
  | {
      readonly state: 'excluded'
      readonly kernel: Kernel
      readonly reasons: readonly string[]
      readonly error: FactoryError
    }
  | { readonly state: 'failed'; readonly kernel: Kernel; readonly error: FactoryError }
  | { readonly state: 'planned'; readonly kernel: Kernel; readonly steps: readonly string[] }

export interface StagedModule {
  /** Name without suffix. */
  readonly module: string
  /** Where it lies in the tree. */
  readonly file: AbsolutePath
  readonly bytes: number
  readonly version: string | undefined
  readonly srcversion: string | undefined
  readonly signed: boolean
}

export interface BuildResult {
  readonly package: PackageId
  /** In the order the kernels were given. */
  readonly kernels: readonly KernelOutcome[]
}

/** The failure whose exit status is that of the whole command: the first in the order the kernels were given. */
export function firstFailure(result: BuildResult): FactoryError | undefined {
  for (const outcome of result.kernels) {
    if (outcome.state === 'failed' || outcome.state === 'excluded') return outcome.error
  }
  return undefined
}
