/** The tarball of built modules that travels within a package of another format. */
import { type AbsolutePath, below, type Kernel, type Roots } from '../../domain.ts'
import type { Report } from '../../report.ts'
import type { PackagePlan } from '../plan/model.ts'
import { makeTarball } from './make.ts'

export interface BinariesRequest {
  readonly plan: PackagePlan
  readonly roots: Roots
  /** For the variables of dkms.conf. */
  readonly runningKernel: Kernel
  readonly report: Report
}

/**
 * @returns where it is; its name is the one common.postinst of DKMS looks for
 * @throws {FactoryError} what {@link makeTarball} throws
 */
export async function writeBinaries(
  { plan, roots, runningKernel, report }: BinariesRequest,
  directory: AbsolutePath,
): Promise<{ readonly from: AbsolutePath; readonly bytes: number }> {
  const path = below(directory, `${plan.package.name}-${plan.package.version}.dkms.tar.gz`)
  const { written } = await makeTarball({
    roots,
    package: plan.package,
    kernels: plan.kernels,
    mode: 'binaries-only',
    archive: path,
    workingDirectory: () => directory,
    runningKernel,
    sourceDateEpoch: plan.clampTime,
    dryRun: false,
    report,
  })
  if (written === undefined) throw new Error('the tarball was not written')
  return { from: path, bytes: written.bytes }
}
