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
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, dirname, isAbsolute } from 'node:path'
import { type AbsolutePath, absolutePath, below, type Kernel, type PackageId, type Roots } from '../domain.ts'
import { now } from '../system/clock.ts'
import { isDirectory, lstatOrNone, removeEmptyParents } from '../system/fs.ts'
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
  const name = `${stagingPrefix}${basename(target)}_${process.pid}.${now().toString(36)}.${count}`
  return below(deepestDirectory(absolutePath(dirname(target))), name)
}

function deepestDirectory(path: AbsolutePath): AbsolutePath {
  return path === '/' || isDirectory(path) ? path : deepestDirectory(absolutePath(dirname(path)))
}

/** Notes a place whose name the caller has chosen; it must begin as those of the others do. */
export function noteStagingPlace(roots: Roots, place: AbsolutePath): void {
  const list = treePaths(roots).stagingList
  changing('note a staging place', list, () => appendFileSync(list, `${JSON.stringify(place)}\n`))
}

/**
 * Deletes every listed place that exists, and the list.
 *
 * @returns whether there was something to delete
 * @throws {FactoryError} FILE_ACCESS
 */
export function clearStaged(roots: Roots): boolean {
  const left = listedPlaces(roots).filter((place) => isThere(place))
  for (const place of left) {
    remove(place)
    if (place.startsWith(`${roots.dkmsTree}/`)) removeEmptyParents(dirname(place), roots.dkmsTree)
  }
  remove(treePaths(roots).stagingList)
  return left.length > 0
}

/** Drops the list when nothing that is listed exists any more: the usual end of a change. */
export function forgetStaged(roots: Roots): void {
  if (!listedPlaces(roots).some(isThere)) remove(treePaths(roots).stagingList)
}

function listedPlaces(roots: Roots): readonly AbsolutePath[] {
  const list = treePaths(roots).stagingList
  if (!existsSync(list)) return []
  return readFileSync(list, 'utf8').split('\n').flatMap(placeIn)
}

/** A line that was cut short, or names anything but a staging place, is passed over. */
function placeIn(line: string): readonly AbsolutePath[] {
  try {
    const text: unknown = JSON.parse(line)
    const isPlace = typeof text === 'string' && isAbsolute(text) && basename(text).startsWith(stagingPrefix)
    return isPlace ? [absolutePath(text)] : []
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

function isThere(path: AbsolutePath): boolean {
  return lstatOrNone(path) !== undefined
}

function remove(path: AbsolutePath): void {
  changing('delete what an interrupted command left', path, () => rmSync(path, { recursive: true, force: true }))
}

function namesIn(directory: AbsolutePath): readonly string[] {
  return listDirectory(directory).kind === 'listed' ? readdirSync(directory) : []
}

function directoriesIn(directory: AbsolutePath): readonly string[] {
  const listing = listDirectory(directory)
  if (listing.kind !== 'listed') return []
  return listing.entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name)
}
