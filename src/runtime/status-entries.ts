/** What `status` answers, and the lines that scripts read. Pure. */
import { formatPackage, type Kernel, type PackageId } from '../domain.ts'
import { assertNever } from '../errors.ts'
import type { Anomaly } from '../tree/model.ts'
import type { BrokenReason } from './broken.ts'

/** `-k K[/A]` and `-a A`; a part that is absent matches all. */
export interface KernelFilter {
  readonly release?: string
  readonly arch?: string
}

export type StatusEntry =
  | { readonly state: 'added'; readonly package: PackageId }
  | { readonly state: 'broken'; readonly package: PackageId; readonly reason: BrokenReason }
  | ({ readonly state: 'built' | 'installed'; readonly package: PackageId; readonly kernel: Kernel } & BuildCondition)
  | {
      readonly state: 'installed-weak'
      readonly package: PackageId
      readonly kernel: Kernel
      /** The kernel release it was built for. */
      readonly from: string
    }

export interface BuildCondition {
  /** Modules that were in the way of the install are kept in the tree. */
  readonly originals: boolean
  /** The tree lacks modules that the conf promises. */
  readonly missing: boolean
  /** Installed modules are absent or not those of the tree. */
  readonly differs: boolean
}

export interface StatusResult {
  readonly entries: readonly StatusEntry[]
  /** Findings about the listed packages, and what lies beside their versions unless one version was asked for. */
  readonly anomalies: readonly Anomaly[]
}

/** The lines of DKMS 3.0.13 and newer, byte for byte: package postinst scripts and others parse them. */
export function renderStatus(entries: readonly StatusEntry[]): readonly string[] {
  return entries.map(statusLine)
}

function statusLine(entry: StatusEntry): string {
  const { name, version } = entry.package
  switch (entry.state) {
    case 'added':
    case 'broken':
      return `${formatPackage(entry.package)}: ${entry.state}`
    case 'built':
    case 'installed':
      return `${formatPackage(entry.package)}, ${entry.kernel.release}, ${entry.kernel.arch}: ${entry.state}${suffix(entry)}`
    case 'installed-weak':
      return `${name}, ${version}, ${entry.kernel.release}, ${entry.kernel.arch}: installed-weak from ${entry.from}`
    default:
      return assertNever(entry)
  }
}

/** At most one of the two complaints: a module that is missing is why the others differ. */
function suffix({ originals, missing, differs }: BuildCondition): string {
  const kept = originals ? ' (Original modules exist)' : ''
  if (missing) return `${kept} (Built modules are missing in the kernel modules folder)`
  return differs ? `${kept} (Differences between built and installed modules)` : kept
}
