/** The source of the modules as the package brings it, at whatever place. */
import type { GnuTarMember } from '../../archive/gnu-tar-write.ts'
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

/** The modes and times are those that the plan gave it. */
export function toTarMember(entry: PlannedEntry, root: string): GnuTarMember {
  const { mtime } = entry
  const name = `${root}/${entry.path}`
  switch (entry.kind) {
    case 'directory':
      return { kind: 'directory', name: `${name}/`, mode: entry.mode, mtime, owner }
    case 'symlink':
      return { kind: 'symlink', name, target: entry.target, mode: 0o777, mtime, owner }
    case 'file':
      return { kind: 'file', name, mode: entry.mode, mtime, owner, content: entry.content }
  }
}

export const owner = { user: 'root', group: 'root' }
