/** The files of the package that registers the modules with DKMS. */
import type { AbsolutePath } from '../../domain.ts'
import type { RpmEntry } from './format/description.ts'
import { sourceEntries, toRpmEntry } from './source-entries.ts'
import { placesOf, type RpmSubject } from './subject.ts'

/** A tarball with built modules, made beforehand. */
export interface BinariesTarball {
  readonly from: AbsolutePath
  readonly bytes: number
}

export function dkmsPackageEntries(subject: RpmSubject, tarball: BinariesTarball | undefined): readonly RpmEntry[] {
  return [
    ...sourceFiles(subject),
    ...settingsFile(subject),
    ...sharedFiles(subject),
    ...(tarball === undefined ? [] : [fileEntry(subject, placesOf(subject).tarball, tarball)]),
  ]
}

function sourceFiles(subject: RpmSubject): readonly RpmEntry[] {
  const { source } = placesOf(subject)
  return [
    { kind: 'directory', path: source, mode: 0o755, mtime: subject.plan.clampTime },
    ...sourceEntries(subject).map((entry) => toRpmEntry(entry, source)),
  ]
}

function sharedFiles(subject: RpmSubject): readonly RpmEntry[] {
  const { share, stamp } = placesOf(subject)
  return [
    { kind: 'directory', path: share, mode: 0o755, mtime: subject.plan.clampTime },
    fileEntry(subject, stamp, { text: stampText(subject) }),
  ]
}

export function stampText({ dkms }: RpmSubject): string {
  return `${dkms.version}\n`
}

function settingsFile(subject: RpmSubject): readonly RpmEntry[] {
  const { settings } = subject.profile
  if (settings === undefined) return []
  return [{ ...fileEntry(subject, placesOf(subject).settings, { text: settings }), config: 'keep' }]
}

function fileEntry(
  { plan }: RpmSubject,
  path: string,
  content: Extract<RpmEntry, { kind: 'file' }>['content'],
): Extract<RpmEntry, { kind: 'file' }> {
  return { kind: 'file', path, mode: 0o644, mtime: plan.clampTime, content }
}
