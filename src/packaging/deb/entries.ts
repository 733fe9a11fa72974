/** The files of packages, at their places. */
import type { FileContent } from '../../archive/tar-entry.ts'
import type { AbsolutePath } from '../../domain.ts'
import { entriesToInstall } from '../plan/conf-only.ts'
import type { PlannedBuild, PlannedEntry } from '../plan/model.ts'
import type { DebEntry } from './format/description.ts'
import { type DebSubject, placesOf } from './subject.ts'

/** A file that was made beforehand. */
export interface ReadyFile {
  readonly from: AbsolutePath
  readonly bytes: number
}

export interface Documents {
  readonly copyright: string
  /** Compressed; absent while nothing is written. */
  readonly changelog: ReadyFile | undefined
}

export function dkmsPackageEntries(
  subject: DebSubject,
  documents: Documents,
  tarball: ReadyFile | undefined,
): readonly DebEntry[] {
  return [
    ...sourceFiles(subject),
    ...(tarball === undefined ? [] : [fileEntry(subject, placesOf(subject).tarball, tarball)]),
    ...documentEntries(subject, placesOf(subject).doc, documents),
  ]
}

function sourceFiles(subject: DebSubject): readonly DebEntry[] {
  const { source } = subject.plan
  const root = placesOf(subject).source
  return [
    { kind: 'directory', path: root, mode: 0o755, mtime: subject.plan.clampTime },
    ...entriesToInstall(source).map((entry) => placed(entry, root)),
  ]
}

export function placed(entry: PlannedEntry, root: string): DebEntry {
  return { ...entry, path: `${root}/${entry.path}` }
}

/** Where DKMS installs on Debian and its derivatives, whatever dkms.conf says, so that depmod prefers the modules. */
export function modulesPackageEntries(
  subject: DebSubject,
  { kernel, modules }: PlannedBuild,
  documents: Documents,
  packageName: string,
): readonly DebEntry[] {
  const root = `/lib/modules/${kernel.release}/updates/dkms`
  return [
    ...modules.map(
      ({ fileName, mtime, content }): DebEntry => ({
        kind: 'file',
        path: `${root}/${fileName}`,
        mode: 0o644,
        mtime,
        content,
      }),
    ),
    ...documentEntries(subject, `/usr/share/doc/${packageName}`, documents),
  ]
}

/** A package with a revision is one that Debian made, so its changelog is Debian's. */
function documentEntries(
  subject: DebSubject,
  directory: string,
  { copyright, changelog }: Documents,
): readonly DebEntry[] {
  const name = subject.revised ? 'changelog.Debian.gz' : 'changelog.gz'
  return [
    fileEntry(subject, `${directory}/copyright`, { text: copyright }),
    ...(changelog === undefined ? [] : [fileEntry(subject, `${directory}/${name}`, changelog)]),
  ]
}

export function fileEntry({ plan }: DebSubject, path: string, content: FileContent, mode = 0o644): DebEntry {
  return { kind: 'file', path, mode, mtime: plan.clampTime, content }
}
