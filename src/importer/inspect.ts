/** What is in an archive, told without writing anything. */
import { readTar, type TarReadOptions, type TarSummary } from '../archive/tar-read.ts'
import type { Report } from '../report.ts'
import type { ArchiveContents, InspectRequest, SourceFile } from './model.ts'
import { archivedConfText, readArchivedConf } from './read-conf.ts'
import { assertTar } from './recognise.ts'
import { type Shape, shapeOf } from './shape.ts'
import { Survey } from './survey.ts'

/**
 * @throws {FactoryError} ARCHIVE_MISSING, ARCHIVE_IS_PACKAGE, ARCHIVE_UNREADABLE, ARCHIVE_UNSAFE, ARCHIVE_TOO_NEW,
 *   ARCHIVE_NO_PACKAGE, ARCHIVE_NO_CONF, CONF_INVALID, CONF_NEEDS_BASH, NAME_UNSAFE, TOOL_MISSING
 */
export async function inspectArchive(request: InspectRequest): Promise<ArchiveContents> {
  const { archive } = request
  const { survey, shape, summary } = await surveyArchive(request)
  const { conf, text, diagnostics, package: id } = await readArchivedConf(survey, shape, request)
  return {
    archive,
    ...summary,
    kind: shape.kind,
    package: id,
    conf,
    confText: text,
    confMember: shape.conf,
    kernels: shape.builds.map(({ kernel }) => kernel),
    sourceFiles: sourceFiles(survey, shape),
    databaseVersion: shape.databaseVersion,
    diagnostics,
  }
}

/** The conf of an archive as it stands, valid or not, and what lies around it: for checking it. */
export interface ArchivedPackage {
  readonly confMember: string
  readonly text: string
  readonly files: readonly SourceFile[]
  /** Small files beside the conf, by name. */
  readonly texts: Readonly<Record<string, string>>
}

/** @throws {FactoryError} what {@link inspectArchive} throws before it looks into dkms.conf */
export async function readArchivedPackage(request: InspectRequest): Promise<ArchivedPackage> {
  const { survey, shape } = await surveyArchive(request)
  return {
    confMember: shape.conf,
    text: archivedConfText(survey, shape, request),
    files: [...sourceFiles(survey, shape).values()],
    texts: survey.textsBeside(shape.conf),
  }
}

interface Surveyed {
  readonly survey: Survey
  readonly shape: Shape
  readonly summary: TarSummary
}

async function surveyArchive(request: InspectRequest): Promise<Surveyed> {
  const { archive } = request
  await assertTar(archive)
  const survey = new Survey()
  const summary = await readTar(archive, (member) => survey.add(member), readOptions(request, 'inspect'))
  return { survey, shape: shapeOf(survey, archive, request.arch), summary }
}

export function readOptions(
  request: { limits?: InspectRequest['limits']; report: Report },
  label: string,
): TarReadOptions {
  const { limits, report } = request
  return {
    ...(limits === undefined ? {} : { limits }),
    onBytes: (done, total) => report({ kind: 'bytes', label, done, total }),
  }
}

function sourceFiles(survey: Survey, { source }: Shape): ReadonlyMap<string, SourceFile> {
  const files = new Map<string, SourceFile>()
  if (source === undefined) return files
  for (const [path, { kind, executable }] of survey.below(source)) {
    const seen = kind === 'hardlink' ? 'file' : kind === 'symlink' ? 'other' : kind
    files.set(path, { path, kind: seen, executable })
  }
  return files
}
