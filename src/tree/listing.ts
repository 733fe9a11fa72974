/** Directories as the loader needs them: what is there, or why that cannot be told. */
import { type Dirent, readdirSync } from 'node:fs'
import type { AbsolutePath } from '../domain.ts'
import type { FactoryError } from '../errors.ts'
import { fileError, isDirectory, lstatOrNone, systemErrorCode } from '../system/fs.ts'

export type Listing =
  | { readonly kind: 'listed'; readonly entries: readonly Dirent[] }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly error: FactoryError }

export function listDirectory(path: string): Listing {
  try {
    return { kind: 'listed', entries: readdirSync(path, { withFileTypes: true }) }
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(systemErrorCode(error) ?? '')) return { kind: 'missing' }
    return { kind: 'unreadable', error: fileError(error, 'read the directory', path) }
  }
}

/** The entries of a listing; none when the directory is missing, or unreadable, which `onError` is told. */
export function entriesOf(path: string, onError: (error: FactoryError) => void): readonly Dirent[] {
  const listing = listDirectory(path)
  if (listing.kind === 'unreadable') onError(listing.error)
  return listing.kind === 'listed' ? listing.entries : []
}

/** A directory, or a link to one. Names that begin with a dot are staging places and never count. */
export function isVisibleDirectory(parent: string, entry: Dirent): boolean {
  if (entry.name.startsWith('.') || isMisread(parent, entry)) return false
  return entry.isDirectory() || (entry.isSymbolicLink() && isDirectory(`${parent}/${entry.name}`))
}

/** The name on disk is not UTF-8: what was made of it leads nowhere. */
export function isMisread(parent: string, { name }: Dirent): boolean {
  return name.includes('\u{fffd}') && lstatOrNone(`${parent}/${name}`) === undefined
}

/** The path of an entry of a directory. Cheaper than `below`, and as safe: a name from a directory holds no slash. */
export function entryPath(directory: AbsolutePath, name: string): AbsolutePath {
  return `${directory}/${name}` as AbsolutePath
}
