/** What mkrpm is asked for and what it made. */
import type { Compression } from '../../archive/compression.ts'
import type { AbsolutePath, Kernel, Roots } from '../../domain.ts'
import type { Report } from '../../report.ts'
import type { PackagePlan } from '../plan/model.ts'
import type { HeaderSigner } from './format/sign.ts'
import type { Profile } from './profiles.ts'

export interface RpmRequest {
  readonly plan: PackagePlan
  readonly roots: Roots
  readonly profile: Profile
  readonly output: AbsolutePath
  /** Of the payloads. */
  readonly compression: Compression
  readonly signer?: HeaderSigner | undefined
  /** For the variables of dkms.conf. */
  readonly runningKernel: Kernel
  readonly dryRun: boolean
  readonly report: Report
}

export interface MadeRpm {
  readonly path: AbsolutePath
  readonly kind: 'source' | 'binary'
  readonly name: string
  readonly version: string
  readonly release: string
  readonly arch: string
  /** Absent after a dry run. */
  readonly bytes?: number
}

export interface RpmResult {
  /** What DKMS knows the package as where it is installed. */
  readonly module: string
  readonly moduleVersion: string
  /** The source package first, as rpmbuild lists them. */
  readonly packages: readonly MadeRpm[]
}
