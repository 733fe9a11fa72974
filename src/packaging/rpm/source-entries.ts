/** The source of the modules as the package brings it, at whatever place. */
import type { TarEntry } from '../../archive/tar-entry.ts'
import { entriesToInstall } from '../plan/conf-only.ts'
import type { PlannedEntry } from '../plan/model.ts'
import { confWithVersion } from './conf-version.ts'
import type { RpmEntry } from './format/description.ts'
import type { RpmSubject } from './subject.ts'

/** What goes below /usr/src; where DKMS knows the package by another version, dkms.conf says so. */
export function sourceEntries({ plan, dkms }: RpmSubject): readonly PlannedEntry[] {
  const entries = entriesToInstall(plan.source)
  if (dkms.version === plan.package.version) return entries
  return entries.map((entry) =>
    entry.kind === 'file' && entry.path === 'dkms.conf'
      ? { ...entry, content: { text: confWithVersion(entry.content, dkms.version) } }
      : entry,
  )
}

export function toRpmEntry(entry: PlannedEntry, root: string): RpmEntry {
  return { ...entry, path: `${root}/${entry.path}` }
}

export function toTarEntry(entry: PlannedEntry, root: string): TarEntry {
  const path = `${root}/${entry.path}`
  switch (entry.kind) {
    case 'directory':
      return { kind: 'directory', path }
    case 'symlink':
      return { kind: 'symlink', path, target: entry.target }
    case 'file':
      return { kind: 'file', path, executable: entry.mode === 0o755, mtime: entry.mtime, content: entry.content }
  }
}
