/** mkbmdeb: a Debian package of built modules for each kernel. */
import { below, formatKernel, formatPackage, sameKernel } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { temporaryDirectory } from '../../system/fs.ts'
import { openTemplates } from '../../templates/stock.ts'
import { findInTree, refuseDirectory } from '../plan/choose.ts'
import { assertBuildComplete } from '../plan/complete.ts'
import type { PackagePlan, PlannedBuild } from '../plan/model.ts'
import { prepareOutput } from '../plan/output.ts'
import { writeChangelog } from './changelog-file.ts'
import { describeModulesPackage } from './describe.ts'
import { changelogText, copyrightText } from './documents.ts'
import { debFileName } from './format/description.ts'
import { refuseDescription } from './format/validate.ts'
import { writeDeb } from './format/write.ts'
import type { DebianResult, DebRequest, MadeFile } from './model.ts'
import { debSubject, tellNotes } from './subject.ts'

/**
 * Packages that were made when another fails stay.
 *
 * @throws {FactoryError} NOT_BUILT, BUILD_INCOMPLETE, ARCH_UNKNOWN, PACKAGE_REFUSED, DESTINATION_NOT_WRITABLE, FILE_ACCESS,
 *   DISK_FULL, PACKAGE_KEY_UNUSABLE, PACKAGE_SIGNING_FAILED, TOOL_MISSING
 */
export async function makeBmdebs(request: DebRequest): Promise<DebianResult> {
  const { plan, output, dryRun, compression, signer } = request
  await assertBuilds(request)
  const subject = debSubject(plan)
  tellNotes(subject, request.report)
  const templates = await openTemplates('deb/')
  const documents = { copyright: copyrightText(templates, subject), changelog: undefined }
  for (const build of plan.builds) refuseDescription(describeModulesPackage(templates, subject, build, documents))
  if (!dryRun) prepareOutput(output)
  using scratch = temporaryDirectory(request.roots.tmp, 'dkms-factory-deb-')
  const changelog = writeChangelog(changelogText(subject), scratch.path)
  const files: MadeFile[] = []
  for (const build of plan.builds) {
    const description = describeModulesPackage(templates, subject, build, { ...documents, changelog })
    const path = below(output, debFileName(description))
    const options = { compression, ...(signer === undefined ? {} : { signer }) }
    files.push({ path, kind: 'deb', ...(dryRun ? {} : { bytes: (await writeDeb(description, path, options)).bytes }) })
  }
  return { files }
}

async function assertBuilds({ plan, roots }: DebRequest): Promise<void> {
  refuseDirectory(plan)
  const found = findInTree(roots, plan.package)
  for (const build of plan.builds) {
    assertHasModules(plan, build)
    const inTree = found.builds.find(({ kernel }) => sameKernel(kernel, build.kernel))
    if (inTree !== undefined) await assertBuildComplete(roots, found, inTree, plan.source.directory)
  }
}

function assertHasModules(plan: PackagePlan, { kernel, modules }: PlannedBuild): void {
  if (modules.length > 0) return
  throw new FactoryError(
    'BUILD_INCOMPLETE',
    `the build of ${formatPackage(plan.package)} for kernel ${formatKernel(kernel)} has no module`,
    { hint: `build it again: dkms build ${formatPackage(plan.package)} -k ${kernel.release} --force` },
  )
}
