/**
 * Staging places: where something is prepared before it takes its place with one rename.
 *
 * Each lies on the file system of its target, in the deepest directory on the way there that exists, so that nothing
 * but the place itself appears before the change is decided. Its name begins with a dot, as DKMS 3.1.7 names its own,
 * and ends in no suffix of a module: every DKMS, depmod and the loader of this program pass over it.
 *
 * TREE/.staging lists the places of the command that holds the lock. What a killed process left is found there, also in
 * the install tree, without looking through everything.
 */
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { basename, dirname, isAbsolute } from 'node:path'
import { type AbsolutePath, absolutePath, below, type Kernel, type PackageId, type Roots } from '../domain.ts'
import { isFactoryError } from '../errors.ts'
import { now } from '../system/clock.ts'
import { beginningOfName, isDirectory, lstatOrNone, removeEmptyParents, writeFileAtomic } from '../system/fs.ts'
import { changing } from './changing.ts'
import { stagingPrefix, treePaths } from './layout.ts'
import { listDirectory } from './listing.ts'

let count = 0

/**
 * A new place from which `target` can be reached with one rename. Nothing is made there; the parents of the target need
 * not exist, the change that moves it makes them.
 *
 * @throws {FactoryError} FILE_ACCESS, DISK_FULL when the place cannot be noted
 */
export function stagingPlace(roots: Roots, target: AbsolutePath): AbsolutePath {
  const place = placeBeside(target)
  noteStagingPlace(roots, place)
  return place
}

/** The same without a note: for names that a journal holds. */
export function placeBeside(target: AbsolutePath): AbsolutePath {
  count += 1
  const name = `${stagingPrefix}${beginningOfName(basename(target))}_${process.pid}.${now().toString(36)}.${count}`
  return below(deepestDirectory(absolutePath(dirname(target))), name)
}

function deepestDirectory(path: AbsolutePath): AbsolutePath {
  return path === '/' || isDirectory(path) ? path : deepestDirectory(absolutePath(dirname(path)))
}

/** Notes a place whose name the caller has chosen; it must begin as those of the others do. */
export function noteStagingPlace(roots: Roots, place: AbsolutePath): void {
  const list = treePaths(roots).stagingList
  changing('note a staging place', list, () => appendFileSync(list, lineOf(place)))
}

/**
 * Deletes every listed place that exists, and the list. A place that cannot be deleted now, on a file system that is
 * mounted read-only for example, stays listed: it must not stop every command from now on.
 *
 * @param onKept is told of each that stays
 * @returns whether something was deleted
 * @throws {FactoryError} FILE_ACCESS when the list itself cannot be read or changed
 */
export function clearStaged(roots: Roots, onKept: (place: AbsolutePath) => void = () => {}): boolean {
  const left = listedPlaces(roots).filter(mayBeThere)
  const kept = left.filter((place) => !tryToClear(roots, place))
  if (kept.length === 0) remove(treePaths(roots).stagingList)
  else rewriteList(roots, kept)
  kept.forEach(onKept)
  return left.length > kept.length
}

function tryToClear(roots: Roots, place: AbsolutePath): boolean {
  try {
    remove(place)
    const parent = dirname(place)
    if (parent.startsWith(`${roots.dkmsTree}/`)) {
      changing('delete if empty', parent, () => removeEmptyParents(parent, roots.dkmsTree))
    }
    return true
  } catch (error) {
    if (isFactoryError(error)) return !mayBeThere(place)
    throw error
  }
}

function rewriteList(roots: Roots, places: readonly AbsolutePath[]): void {
  const list = treePaths(roots).stagingList
  const text = places.map(lineOf).join('')
  if (readFileSync(list, 'utf8') !== text) changing('note what is left', list, () => writeFileAtomic(list, text))
}

/** Drops the list when nothing that is listed exists any more: the usual end of a change. */
export function forgetStaged(roots: Roots): void {
  if (!listedPlaces(roots).some(mayBeThere)) remove(treePaths(roots).stagingList)
}

function listedPlaces(roots: Roots): readonly AbsolutePath[] {
  const list = treePaths(roots).stagingList
  if (!existsSync(list)) return []
  const text = changing('read', list, () => readFileSync(list, 'utf8'))
  return [...new Set(text.split('\n').flatMap(placeIn))]
}

function lineOf(place: AbsolutePath): string {
  return `${JSON.stringify(place)}\n`
}

/** A line that was cut short, or names anything but a staging place, is passed over. */
function placeIn(line: string): readonly AbsolutePath[] {
  try {
    const text: unknown = JSON.parse(line)
    if (typeof text !== 'string' || !isAbsolute(text) || text.includes('\0')) return []
    const place = absolutePath(text)
    return basename(place).startsWith(stagingPrefix) ? [place] : []
  } catch {
    return []
  }
}

/** Deletes every staging directory for the kernel, those of an interrupted DKMS too, as its `remove` does. */
export function clearStaging(roots: Roots, id: PackageId, kernel: Kernel): void {
  const release = below(treePaths(roots).versionDir(id), kernel.release)
  for (const name of namesIn(release)) {
    if (name.startsWith(`${stagingPrefix}${kernel.arch}_`)) remove(below(release, name))
  }
}

/** The same for every kernel of the package version; a kernel's directory that holds nothing else goes too. */
export function clearAllStaging(roots: Roots, id: PackageId): void {
  const version = treePaths(roots).versionDir(id)
  for (const release of directoriesIn(version)) {
    const directory = below(version, release)
    const staged = namesIn(directory).filter((name) => name.startsWith(stagingPrefix))
    for (const name of staged) remove(below(directory, name))
    if (staged.length > 0 && namesIn(directory).length === 0) remove(directory)
  }
}

/** Not known counts as yes. */
function mayBeThere(path: AbsolutePath): boolean {
  try {
    return lstatOrNone(path) !== undefined
  } catch (error) {
    if (isFactoryError(error)) return true
    throw error
  }
}

function remove(path: AbsolutePath): void {
  changing('delete what an interrupted command left', path, () => rmSync(path, { recursive: true, force: true }))
}

function namesIn(directory: AbsolutePath): readonly string[] {
  const listing = listDirectory(directory)
  return listing.kind === 'listed' ? listing.entries.map(({ name }) => name) : []
}

function directoriesIn(directory: AbsolutePath): readonly string[] {
  const listing = listDirectory(directory)
  if (listing.kind !== 'listed') return []
  return listing.entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name)
}
