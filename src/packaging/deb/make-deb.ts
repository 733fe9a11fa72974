/** mkdeb: from a plan to a Debian package, without dpkg. */
import { below } from '../../domain.ts'
import { temporaryDirectory } from '../../system/fs.ts'
import { openTemplates } from '../../templates/stock.ts'
import { prepareOutput } from '../plan/output.ts'
import { writeBinaries } from '../tarball/binaries.ts'
import { writeChangelog } from './changelog-file.ts'
import { describeDkmsPackage } from './describe.ts'
import { changelogText, copyrightText } from './documents.ts'
import { debFileName } from './format/description.ts'
import { refuseDescription } from './format/validate.ts'
import { writeDeb } from './format/write.ts'
import type { DebianResult, DebRequest } from './model.ts'
import { debSubject, tellNotes } from './subject.ts'

/**
 * Equal input gives equal bytes, on any host and for any user.
 *
 * @throws {FactoryError} PACKAGE_REFUSED, DESTINATION_NOT_WRITABLE, FILE_ACCESS, DISK_FULL, PACKAGE_KEY_UNUSABLE,
 *   PACKAGE_SIGNING_FAILED, TOOL_MISSING, and what making the tarball of built modules throws
 */
export async function makeDeb(request: DebRequest): Promise<DebianResult> {
  const { plan, output, dryRun, compression, signer } = request
  const subject = debSubject(plan)
  tellNotes(subject, request.report)
  const templates = await openTemplates('deb/')
  const documents = { copyright: copyrightText(templates, subject), changelog: undefined }
  const planned = describeDkmsPackage(templates, subject, documents, undefined)
  refuseDescription(planned)
  const path = below(output, debFileName(planned))
  if (dryRun) return { files: [{ path, kind: 'deb' }] }
  prepareOutput(output)
  using scratch = temporaryDirectory(request.roots.tmp, 'dkms-factory-deb-')
  const changelog = writeChangelog(changelogText(subject), scratch.path)
  const tarball = plan.builds.length === 0 ? undefined : await writeBinaries(request, scratch.path)
  const description = describeDkmsPackage(templates, subject, { ...documents, changelog }, tarball)
  const { bytes } = await writeDeb(description, path, { compression, ...(signer === undefined ? {} : { signer }) })
  return { files: [{ path, kind: 'deb', bytes }] }
}
