/** mkkmp: a source package from which kernel module packages for the flavours of a kernel are built. */
import { archNames } from '../../kernel/arch.ts'
import { temporaryDirectory } from '../../system/fs.ts'
import { openTemplates } from '../../templates/stock.ts'
import { writeNamed } from '../kmod/write.ts'
import { prepareOutput } from '../plan/output.ts'
import { describeGeneratedPackage } from './generated-spec.ts'
import type { KmpRequest, KmpResult } from './model.ts'
import { describeUserPackage } from './user-spec.ts'

/**
 * Without rpmbuild, also from a spec file of the user's own. Equal input gives equal bytes.
 *
 * @throws {FactoryError} what preparing the source throws; KERNEL_COUNT, ARCH_UNKNOWN, PACKAGE_REFUSED,
 *   DESTINATION_NOT_WRITABLE, FILE_ACCESS, DISK_FULL, PACKAGE_KEY_UNUSABLE, PACKAGE_SIGNING_FAILED, TOOL_MISSING
 */
export async function makeKmp(request: KmpRequest): Promise<KmpResult> {
  const { spec, kernels, roots, output, dryRun } = request
  if (!dryRun) prepareOutput(output)
  using scratch = temporaryDirectory(roots.tmp, 'dkms-factory-kmp-')
  const arch = archNames(kernels[0]?.arch ?? '').rpm
  const description =
    spec === undefined
      ? await describeGeneratedPackage(request, await openTemplates(), arch, scratch.path)
      : await describeUserPackage(request, spec, arch, scratch.path)
  const { made } = await writeNamed(request, description)
  return { spec: spec === undefined ? 'generated' : 'own', package: made }
}
