/** Lists of entries made fit for a medium: sorted, complete, without what it cannot hold. */
import { posix } from 'node:path'
import { FactoryError } from '../../errors.ts'
import type { ImageEntry } from './model.ts'

/**
 * Directories before what is in them, names in byte order, every directory listed.
 *
 * @throws {FactoryError} IMAGE_REFUSED when a path is not a plain relative one, or two entries claim one
 */
export function completeEntries(entries: readonly ImageEntry[]): ImageEntry[] {
  const byPath = new Map<string, ImageEntry>()
  for (const entry of entries) {
    assertPlain(entry.path)
    const before = byPath.get(entry.path)
    if (before !== undefined && !(before.kind === 'directory' && entry.kind === 'directory')) {
      throw refused(`two files of the disk are called ${entry.path}`, 'give the packages and modules distinct names')
    }
    byPath.set(entry.path, entry)
  }
  for (const { path } of entries) addParents(byPath, path)
  return [...byPath.values()].sort(byParts)
}

function addParents(byPath: Map<string, ImageEntry>, path: string): void {
  for (let parent = posix.dirname(path); parent !== '.'; parent = posix.dirname(parent)) {
    const known = byPath.get(parent)
    if (known === undefined) byPath.set(parent, { kind: 'directory', path: parent })
    else if (known.kind !== 'directory') {
      throw refused(`${path} lies below ${parent}, which is not a directory`, 'choose other names')
    }
  }
}

function assertPlain(path: string): void {
  const parts = path.split('/')
  const bad = parts.some((part) => part === '' || part === '.' || part === '..' || Buffer.byteLength(part) > 255)
  if (!bad && !/[\p{Cc}"\\]/u.test(path)) return
  throw refused(`the path ${JSON.stringify(path)} cannot stand on a disk image`, 'use plain relative names')
}

function byParts(a: ImageEntry, b: ImageEntry): number {
  const left = a.path.split('/')
  const right = b.path.split('/')
  for (const [index, part] of left.entries()) {
    const other = right[index]
    if (other === undefined) return 1
    if (part !== other) return Buffer.compare(Buffer.from(part), Buffer.from(other))
  }
  return left.length - right.length
}

/**
 * The same without symbolic links, for media that have none: what a link leads to stands in its place.
 *
 * @throws {FactoryError} IMAGE_REFUSED for a link that leads nowhere on the disk, or to itself
 */
export function withoutLinks(entries: readonly ImageEntry[]): ImageEntry[] {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]))
  return entries.flatMap((entry) => {
    if (entry.kind !== 'symlink') return [entry]
    const origin = finalTarget(byPath, entry)
    return entries
      .filter(({ path }) => path === origin || path.startsWith(`${origin}/`))
      .map((found) => ({ ...found, path: `${entry.path}${found.path.slice(origin.length)}` }))
      .flatMap((copy) => (copy.kind === 'symlink' ? [] : [copy]))
  })
}

function finalTarget(byPath: ReadonlyMap<string, ImageEntry>, link: Extract<ImageEntry, { kind: 'symlink' }>): string {
  const seen = new Set<string>()
  let current: ImageEntry | undefined = link
  while (current?.kind === 'symlink') {
    if (seen.has(current.path) || current.target.startsWith('/')) break
    seen.add(current.path)
    current = byPath.get(posix.join(posix.dirname(current.path), current.target))
  }
  const path = current?.path
  if (path !== undefined && current?.kind !== 'symlink' && !`${link.path}/`.startsWith(`${path}/`)) return path
  throw refused(`the link ${link.path} leads to ${link.target}, which is not on the disk`, 'correct or drop the link')
}

/** @throws {FactoryError} IMAGE_REFUSED when names differ only in case, which FAT cannot tell apart, or have characters it lacks */
export function assertFatNames(entries: readonly ImageEntry[]): void {
  const seen = new Map<string, string>()
  for (const { path } of entries) {
    if (/[<>:|?*]|[. ](?:\/|$)/.test(path)) {
      throw refused(`a FAT file system cannot hold the name ${path}`, 'use --media iso, ext2, tar or cpio')
    }
    const other = seen.get(path.toLowerCase())
    if (other !== undefined) {
      throw refused(`on a FAT file system ${path} and ${other} are the same name`, 'use --media iso, ext2, tar or cpio')
    }
    seen.set(path.toLowerCase(), path)
  }
}

export function refused(message: string, hint: string): FactoryError {
  return new FactoryError('IMAGE_REFUSED', message, { hint })
}
