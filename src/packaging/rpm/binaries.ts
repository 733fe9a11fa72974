/** The tarball of built modules that travels within a package. */
import { type AbsolutePath, below } from '../../domain.ts'
import { makeTarball } from '../tarball/make.ts'
import type { BinariesTarball } from './entries.ts'
import type { RpmRequest } from './model.ts'

/** @throws {FactoryError} what {@link makeTarball} throws */
export async function writeBinaries(
  { plan, roots, runningKernel, report }: RpmRequest,
  directory: AbsolutePath,
): Promise<BinariesTarball> {
  const path = below(directory, `${plan.package.name}-${plan.package.version}.dkms.tar.gz`)
  const { written } = await makeTarball({
    roots,
    package: plan.package,
    kernels: plan.kernels,
    mode: 'binaries-only',
    archive: path,
    workingDirectory: directory,
    runningKernel,
    sourceDateEpoch: plan.clampTime,
    dryRun: false,
    report,
  })
  if (written === undefined) throw new Error('the tarball was not written')
  return { from: path, bytes: written.bytes }
}
