/** What mkkmod is asked for and what it made. */
import type { Compression } from '../../archive/compression.ts'
import type { AbsolutePath, Kernel, Roots } from '../../domain.ts'
import type { Report } from '../../report.ts'
import type { PackagePlan } from '../plan/model.ts'
import type { HeaderSigner } from '../rpm/format/sign.ts'
import type { MadeRpm } from '../rpm/model.ts'
import type { KmodStyle } from './styles.ts'

export interface PackagingRequest {
  readonly plan: PackagePlan
  readonly roots: Roots
  readonly output: AbsolutePath
  readonly compression: Compression
  readonly signer?: HeaderSigner | undefined
  readonly dryRun: boolean
  readonly report: Report
}

export interface KmodRequest extends PackagingRequest {
  /** For all kernels; absent: that of each kernel's distribution. */
  readonly style?: KmodStyle | undefined
  /** The headers, when they are not where the kernel's `build` link says. */
  readonly kernelSourceDir?: AbsolutePath | undefined
  /** A file with the symbols of a kernel, to be read in place of what the kernel itself brings. */
  readonly symvers?: ((kernel: Kernel) => AbsolutePath | undefined) | undefined
  /** What the modules are signed with; in the styles of SUSE it goes into a package of its own. */
  readonly certificate?: AbsolutePath | undefined
  /** SUSE: the modules belong into initial ramdisks, which are made anew. */
  readonly needsInitrd?: boolean | undefined
}

export interface MadeKmod extends MadeRpm {
  /** Absent of packages that are for no kernel: those of certificates. */
  readonly kernel?: string
  readonly style: KmodStyle['name']
}

export interface KmodResult {
  readonly packages: readonly MadeKmod[]
}
