/** What mkdeb, mkdsc and mkbmdeb are asked for and what they made. */
import type { AbsolutePath, Kernel, Roots } from '../../domain.ts'
import type { Report } from '../../report.ts'
import type { PackageSigner } from '../openpgp/signer.ts'
import type { PackagePlan } from '../plan/model.ts'
import type { DebCompression } from './format/members.ts'
import type { SourceCompression, SourceFormat } from './format/source-description.ts'

export interface DebianRequest {
  readonly plan: PackagePlan
  readonly roots: Roots
  readonly output: AbsolutePath
  readonly signer?: PackageSigner | undefined
  /** For the variables of dkms.conf. */
  readonly runningKernel: Kernel
  readonly dryRun: boolean
  readonly report: Report
}

export interface DebRequest extends DebianRequest {
  readonly compression: DebCompression
}

export interface DscRequest extends DebianRequest {
  readonly compression: SourceCompression
  readonly format: SourceFormat
}

export interface MadeFile {
  readonly path: AbsolutePath
  readonly kind: 'deb' | 'dsc' | 'changes' | 'tarball' | 'other'
  /** Absent after a dry run. */
  readonly bytes?: number
}

export interface DebianResult {
  readonly files: readonly MadeFile[]
}
