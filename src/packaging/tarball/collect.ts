/** From sections to archive members: reads the directories and finds the newest time. */
import { contentBytes, type TarEntry } from '../../archive/tar-entry.ts'
import { type Problem, unpackable, type WalkedEntry, walkDirectory, walkFile } from '../plan/walk.ts'
import type { Section } from './model.ts'

export interface Collected {
  readonly entries: readonly TarEntry[]
  readonly contentBytes: number
}

/**
 * @throws {FactoryError} SOURCE_UNPACKABLE with every file that cannot be packed; FILE_ACCESS
 */
export function collectEntries(sections: readonly Section[]): Collected {
  const problems: Problem[] = []
  const entries = sections.flatMap((section) => sectionEntries(section, problems))
  if (problems.length > 0) throw unpackable(problems)
  const bytes = entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? contentBytes(entry.content) : 0), 0)
  return { entries, contentBytes: bytes }
}

/** Seconds since the epoch of the newest file below a directory; 0 when there is none. */
export function newestFile(entries: readonly TarEntry[], below: string): number {
  return entries
    .filter((entry) => entry.path.startsWith(`./${below}/`))
    .reduce((newest, entry) => (entry.kind === 'file' ? Math.max(newest, entry.mtime ?? 0) : newest), 0)
}

function sectionEntries(section: Section, problems: Problem[]): TarEntry[] {
  const path = `./${section.to}`
  switch (section.kind) {
    case 'directory':
      return [{ kind: 'directory', path }]
    case 'text':
      return [{ kind: 'file', path, executable: false, content: { text: section.text } }]
    case 'file':
      return [walkFile(path, section.from)]
    case 'tree':
      return [{ kind: 'directory', path }, ...walkDirectory(section.from, problems).entries.map(placeIn(path))]
  }
}

function placeIn(directory: string): (entry: WalkedEntry) => TarEntry {
  return (entry) => ({ ...entry, path: `${directory}/${entry.path}` })
}
