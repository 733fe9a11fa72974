/** Puts entries on disk as the image programs want them: with fixed modes and times, whoever runs us. */
import {
  chmodSync,
  constants,
  copyFileSync,
  lutimesSync,
  mkdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { type AbsolutePath, below } from '../../domain.ts'
import { fileError, lstatOrNone } from '../../system/fs.ts'
import type { FileContent } from '../tar-entry.ts'
import { refused } from './entries.ts'
import type { ImageEntry } from './model.ts'

/**
 * @param entries complete: directories before what is in them
 * @param root an existing, empty directory
 * @throws {FactoryError} FILE_ACCESS; DISK_FULL; IMAGE_REFUSED when a file changed its size since it was looked at
 */
export function stageEntries(entries: readonly ImageEntry[], root: AbsolutePath, time: number): void {
  for (const entry of entries) stageEntry(entry, below(root, entry.path), time)
  // Deepest first: what is made in a directory changes its time.
  for (const entry of entries.toReversed()) {
    if (entry.kind === 'directory') utimesSync(below(root, entry.path), time, time)
  }
  chmodSync(root, 0o755)
  utimesSync(root, time, time)
}

function stageEntry(entry: ImageEntry, place: AbsolutePath, time: number): void {
  try {
    switch (entry.kind) {
      case 'directory':
        mkdirSync(place)
        chmodSync(place, 0o755)
        return
      case 'symlink':
        symlinkSync(entry.target, place)
        lutimesSync(place, time, time)
        return
      case 'file':
        writeContent(entry.content, place)
        chmodSync(place, entry.executable ? 0o755 : 0o644)
        utimesSync(place, time, time)
    }
  } catch (error) {
    throw fileError(error, 'stage for the disk image', place)
  }
}

function writeContent(content: Extract<ImageEntry, { kind: 'file' }>['content'], place: AbsolutePath): void {
  if ('data' in content) return writeFileSync(place, content.data)
  if ('text' in content) return writeFileSync(place, content.text)
  copyFileSync(content.from, place, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
  if (lstatOrNone(place)?.size !== content.bytes) {
    throw refused(`${content.from} changed its size while it was packed`, 'wait until nothing writes to it any more')
  }
}

/** Content in memory goes to files of its own, for the writers that read files or text. */
export function settleContent(entries: readonly ImageEntry[], directory: AbsolutePath): SettledEntry[] {
  return entries.map((entry, index) => {
    if (entry.kind !== 'file' || !('data' in entry.content)) return settled(entry)
    const from = below(directory, String(index))
    writeFileSync(from, entry.content.data)
    return { ...entry, content: { from, bytes: entry.content.data.length } }
  })
}

export type SettledEntry =
  | Exclude<ImageEntry, { kind: 'file' }>
  | (Omit<Extract<ImageEntry, { kind: 'file' }>, 'content'> & { readonly content: FileContent })

function settled(entry: ImageEntry): SettledEntry {
  if (entry.kind !== 'file') return entry
  if ('data' in entry.content) throw new Error(`the content of ${entry.path} was not put on disk`)
  return { ...entry, content: entry.content }
}
