/** mkdsc: from a plan to a Debian source package, without dpkg-dev. */
import { type AbsolutePath, absolutePath, below } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { temporaryDirectory } from '../../system/fs.ts'
import { openTemplates } from '../../templates/stock.ts'
import { entriesToInstall } from '../plan/conf-only.ts'
import { prepareOutput } from '../plan/output.ts'
import { writeBinaries } from '../tarball/binaries.ts'
import { type DebianFile, debianFiles } from './debian-directory.ts'
import { fileEntry, placed, type ReadyFile } from './entries.ts'
import type { DebEntry } from './format/description.ts'
import { withoutEpoch } from './format/description.ts'
import type { DebSourceDescription } from './format/source-description.ts'
import { archivesOf } from './format/source-tree.ts'
import { writeSource } from './format/source-write.ts'
import type { DebianResult, DscRequest, MadeFile } from './model.ts'
import { type DebSubject, debSubject, sourceName, tarballName, tellNotes } from './subject.ts'

/**
 * Equal input gives equal bytes, on any host and for any user.
 *
 * @throws {FactoryError} PACKAGE_REFUSED, PACKAGE_INVALID, DESTINATION_NOT_WRITABLE, FILE_ACCESS, DISK_FULL,
 *   PACKAGE_KEY_UNUSABLE, PACKAGE_SIGNING_FAILED, TOOL_MISSING, and what making the tarball of built modules throws
 */
export async function makeDsc(request: DscRequest): Promise<DebianResult> {
  const { plan, output, format, compression, signer, dryRun } = request
  const subject = debSubject(plan, format === '3.0 (quilt)' ? '1' : undefined)
  tellNotes(subject, request.report)
  assertInstallable(subject)
  const files = debianFiles(await openTemplates('deb/'), subject, format)
  if (dryRun) return planned(request, subject, files)
  prepareOutput(output)
  using scratch = temporaryDirectory(request.roots.tmp, 'dkms-factory-dsc-')
  const tarball = plan.builds.length === 0 ? undefined : await writeBinaries(request, scratch.path)
  const description = describe(request, subject, files, tarball)
  const options = { compression, ...(signer === undefined ? {} : { signer }) }
  const { dsc, changes, archives } = await writeSource(description, output, options)
  return {
    files: [
      ...archives.map((path): MadeFile => ({ path: absolutePath(path), kind: 'tarball' })),
      { path: absolutePath(dsc), kind: 'dsc' },
      { path: absolutePath(changes), kind: 'changes' },
    ],
  }
}

/** debhelper reads file names with patterns, variables and blanks in them. */
function assertInstallable({ dkms }: DebSubject): void {
  const name = sourceName(dkms)
  if (/^[\w.+~@%:=,^-]+$/.test(name)) return
  throw new FactoryError(
    'PACKAGE_REFUSED',
    `debhelper cannot install a directory of the name ${JSON.stringify(name)}`,
    {
      hint: 'change PACKAGE_NAME or PACKAGE_VERSION in dkms.conf, or use mkdeb, which does without debhelper',
    },
  )
}

/** The source lies in a directory of its own: nothing in it, such as a Makefile or a debian/, is taken for the package's. */
function describe(
  { plan, format }: DscRequest,
  subject: DebSubject,
  files: readonly DebianFile[],
  tarball: ReadyFile | undefined,
): DebSourceDescription {
  const root = `/${sourceName(subject.dkms)}`
  const source: readonly DebEntry[] = [
    { kind: 'directory', path: root, mode: 0o755, mtime: plan.clampTime },
    ...entriesToInstall(plan.source).map((entry) => placed(entry, root)),
  ]
  return {
    format,
    time: plan.clampTime,
    entries: [
      ...source,
      ...files.map(({ name, text, executable }) =>
        fileEntry(subject, `/debian/${name}`, { text }, executable === true ? 0o755 : 0o644),
      ),
      ...(tarball === undefined ? [] : [fileEntry(subject, `/debian/${tarballName(subject.dkms)}`, tarball)]),
    ],
  }
}

function planned(request: DscRequest, subject: DebSubject, files: readonly DebianFile[]): DebianResult {
  const { name, version } = subject
  const place = (file: string): AbsolutePath => below(request.output, file)
  const description = describe(request, subject, files, undefined)
  const archives = archivesOf(description, { source: name, version }, request.compression)
  const stem = `${name}_${withoutEpoch(version)}`
  return {
    files: [
      ...archives.map((archive): MadeFile => ({ path: place(archive.name), kind: 'tarball' })),
      { path: place(`${stem}.dsc`), kind: 'dsc' },
      { path: place(`${stem}_source.changes`), kind: 'changes' },
    ],
  }
}
