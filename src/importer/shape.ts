/**
 * What kind of archive a survey describes. Facts of the layout: DKMS man page (mktarball, ldtarball) and archives made
 * by 2.0.9 to 3.4; those of DKMS before 2.0 lack the level of the architecture.
 */
import { linkFault } from '../archive/member-policy.ts'
import type { Kernel } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import { byteOrder } from '../tree/layout.ts'
import { assertSafeKernel } from '../tree/names.ts'
import type { LoadedKind } from './model.ts'
import type { Survey } from './survey.ts'

export const mainTree = 'dkms_main_tree'
export const sourceTree = 'dkms_source_tree'
export const binariesOnly = 'dkms_binaries_only'

export interface ArchivedBuild {
  readonly kernel: Kernel
  /** Directory in the archive that holds module/ and log/. */
  readonly directory: string
  /** The archive does not tell the architecture. */
  readonly archAssumed: boolean
}

export interface Shape {
  readonly kind: LoadedKind
  /** Directory in the archive that becomes SRC/M-V; undefined for a binaries-only archive. */
  readonly source: string | undefined
  /** Path of dkms.conf in the archive. */
  readonly conf: string
  readonly builds: readonly ArchivedBuild[]
  /** Build directories without modules, as an interrupted build leaves them: not loaded. */
  readonly unfinished: readonly string[]
  readonly databaseVersion: string | undefined
}

/**
 * @param arch of builds that do not tell theirs
 * @throws {FactoryError} ARCHIVE_NO_CONF, ARCHIVE_NO_PACKAGE, ARCHIVE_TOO_NEW, NAME_UNSAFE, and ARCHIVE_UNSAFE for a
 *   link that would leave the place its part of the archive goes to
 */
export function shapeOf(survey: Survey, archive: string, arch: string): Shape {
  const shape = isDkmsArchive(survey) ? dkmsShape(survey, archive, arch) : plainShape(survey, archive)
  for (const part of [shape.source, ...shape.builds.map(({ directory }) => directory)]) {
    if (part !== undefined) assertLinksStay(survey, archive, part)
  }
  return shape
}

function isDkmsArchive({ members }: Survey): boolean {
  for (const path of members.keys()) {
    if ([mainTree, sourceTree, binariesOnly].includes(path.split('/', 1)[0] ?? '')) return true
  }
  return false
}

function dkmsShape(survey: Survey, archive: string, arch: string): Shape {
  const databaseVersion = survey.textOf(`${mainTree}/dkms_dbversion`)?.trim()
  assertNotTooNew(databaseVersion, archive)
  const { builds, unfinished } = archivedBuilds(survey, arch)
  const common = { builds, unfinished, databaseVersion }
  const conf = `${sourceTree}/dkms.conf`
  if (survey.members.has(conf)) {
    return { kind: builds.length === 0 ? 'source-only' : 'full', source: sourceTree, conf, ...common }
  }
  if (survey.members.has(`${binariesOnly}/dkms.conf`)) {
    return { kind: 'binaries-only', source: undefined, conf: `${binariesOnly}/dkms.conf`, ...common }
  }
  throw new FactoryError(
    'ARCHIVE_NO_CONF',
    `${archive} has no dkms.conf, neither in ${sourceTree} nor in ${binariesOnly}`,
    {
      hint: 'make the archive again with `dkms mktarball`',
    },
  )
}

function assertNotTooNew(version: string | undefined, archive: string): void {
  const major = /^(\d+)\./.exec(version ?? '')?.[1]
  if (major === undefined || Number(major) <= 2) return
  throw new FactoryError(
    'ARCHIVE_TOO_NEW',
    `${archive} has the layout ${version} of a newer DKMS; 2 is the newest known`,
    {
      hint: 'load it with the DKMS that made it, or a newer version of this program',
    },
  )
}

function archivedBuilds(
  survey: Survey,
  arch: string,
): { readonly builds: readonly ArchivedBuild[]; readonly unfinished: readonly string[] } {
  const found = new Map<string, ArchivedBuild>()
  const finished = new Set<string>()
  for (const [path, member] of survey.below(mainTree)) {
    const [release = '', second = '', third] = path.split('/')
    if (second === '' || (third === undefined && member.kind !== 'directory')) continue
    const archAssumed = second === 'module' || second === 'log'
    const kernel = { release, arch: archAssumed ? arch : second }
    assertSafeKernel(kernel)
    const directory = archAssumed ? `${mainTree}/${release}` : `${mainTree}/${release}/${second}`
    if ((archAssumed ? second : third) === 'module') finished.add(directory)
    found.set(directory, { kernel, directory, archAssumed })
  }
  const all = [...found.values()].sort((a, b) => byteOrder(a.directory, b.directory))
  assertArchLevelsAgree(all)
  return {
    builds: all.filter(({ directory }) => finished.has(directory)),
    unfinished: all.filter(({ directory }) => !finished.has(directory)).map(({ directory }) => directory),
  }
}

/** Builds with and without the level of the architecture would lie in each other. */
function assertArchLevelsAgree(builds: readonly ArchivedBuild[]): void {
  for (const { directory, archAssumed } of builds) {
    const inside = builds.find((other) => archAssumed && other.directory.startsWith(`${directory}/`))
    if (inside === undefined) continue
    throw new FactoryError('ARCHIVE_UNREADABLE', `${inside.directory} lies inside another build, ${directory}`, {
      hint: 'no DKMS makes such an archive; make it again with `dkms mktarball`',
    })
  }
}

/** Any archive of a source: the dkms.conf that is nearest to the top says where the source begins. */
function plainShape(survey: Survey, archive: string): Shape {
  const confs = [...survey.members.keys()].filter((path) => path === 'dkms.conf' || path.endsWith('/dkms.conf'))
  const depth = Math.min(...confs.map(depthOf))
  const [conf, ...others] = confs.filter((path) => depthOf(path) === depth)
  if (conf === undefined) {
    throw new FactoryError('ARCHIVE_NO_PACKAGE', `${archive} holds neither a DKMS tarball nor a dkms.conf`, {
      hint: 'give an archive made by `dkms mktarball`, or of a source directory with a dkms.conf',
    })
  }
  if (others.length > 0) {
    const all = [conf, ...others].sort(byteOrder).join(', ')
    throw new FactoryError('ARCHIVE_NO_PACKAGE', `${archive} holds more than one package: ${all}`, {
      hint: 'unpack it and add the directory you mean',
    })
  }
  const source = conf === 'dkms.conf' ? '' : conf.slice(0, -'/dkms.conf'.length)
  return { kind: 'plain-source', source, conf, builds: [], unfinished: [], databaseVersion: undefined }
}

function depthOf(path: string): number {
  return path.split('/').length
}

/** Links were judged against the root of the archive; its parts go to different places. */
function assertLinksStay(survey: Survey, archive: string, part: string): void {
  for (const [path, { kind, target }] of survey.below(part)) {
    const fault = kind === 'symlink' ? linkFault(path, target ?? '') : undefined
    if (fault === undefined) continue
    throw new FactoryError('ARCHIVE_UNSAFE', `${archive}: in ${part || 'the source'}, the member ${path} ${fault}`, {
      hint: 'nothing was written; make the archive again without the link',
    })
  }
}
