/**
 * Changes to the tree and to the source tree. Each is staged beside its target under a name that every DKMS passes over,
 * synced, and renamed into place, so that a process killed at any instant leaves the old state or the new one;
 * {@link settle} finishes or undoes what such a process left. The caller holds the lock of the tree.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { type AbsolutePath, absolutePath, below, type Kernel, type PackageId, type Roots } from '../domain.ts'
import { commitRename, fileError, isDirectory, lstatOrNone, syncDirectory, syncTree } from '../system/fs.ts'
import { treePaths } from './layout.ts'
import { discardedTag, replacedTag, stagedTag } from './staging.ts'

/**
 * Makes the package known: TREE/M/V/source becomes a link to SRC/M-V. A new version appears whole, with the empty
 * build/ that DKMS makes; in one that exists only the link is put in place, or what stands there instead is replaced.
 *
 * @throws {FactoryError} FILE_ACCESS, DISK_FULL
 */
export function linkSource(roots: Roots, id: PackageId): void {
  const paths = treePaths(roots)
  const target = paths.sourceDir(id)
  if (isDirectory(paths.versionDir(id))) return relink(paths.sourceLink(id), target, paths.buildDir(id))
  const staged = paths.versionStaging(id, stagedTag())
  changing('create', staged, () => {
    mkdirSync(below(staged, 'build'), { recursive: true })
    symlinkSync(target, below(staged, 'source'))
    syncTree(staged)
  })
  commitRename(staged, paths.versionDir(id))
}

/** @param link may be a link, a directory or nothing */
function relink(link: AbsolutePath, target: AbsolutePath, buildDir: AbsolutePath): void {
  const staged = below(parentOf(link), `.source_${stagedTag()}`)
  changing('create', staged, () => {
    mkdirSync(buildDir, { recursive: true })
    symlinkSync(target, staged)
  })
  if (lstatOrNone(link)?.isDirectory()) discard(link, below(parentOf(link), `.source_${discardedTag()}`), () => {})
  commitRename(staged, link)
}

/**
 * Puts a copied source in its place, SRC/M-V. What was there is moved aside first and deleted last.
 *
 * @throws {FactoryError} FILE_ACCESS, DISK_FULL
 */
export function commitSource(roots: Roots, id: PackageId, staged: AbsolutePath): void {
  const paths = treePaths(roots)
  replace(paths.sourceDir(id), staged, paths.sourceStaging(id, replacedTag()))
}

/**
 * Records a build: the staged directory, holding module/ and log/, becomes TREE/M/V/K/A.
 *
 * @param staged on the file system of the tree; see treePaths().staging
 * @param replace whether a build that is there gives way; without it the caller has made sure that none is
 * @throws {FactoryError} FILE_ACCESS, also when a build is in the way; DISK_FULL
 */
export function commitBuild(
  roots: Roots,
  id: PackageId,
  kernel: Kernel,
  staged: AbsolutePath,
  { replace: replacing }: { readonly replace: boolean },
): void {
  const paths = treePaths(roots)
  const target = paths.kernelDir(id, kernel)
  if (replacing) return replace(target, staged, paths.staging(id, kernel, replacedTag()))
  changing('sync', staged, () => syncTree(staged))
  commitRename(staged, target)
}

function replace(target: AbsolutePath, staged: AbsolutePath, aside: AbsolutePath): void {
  changing('sync', staged, () => syncTree(staged))
  if (lstatOrNone(target) === undefined) return commitRename(staged, target)
  commitRename(target, aside)
  commitRename(staged, target)
  changing('delete', aside, () => rmSync(aside, { recursive: true, force: true }))
}

/**
 * Deletes TREE/M/V/K/A, finished or not, and K when nothing else is built for it, with the marker that leads there.
 *
 * @throws {FactoryError} FILE_ACCESS
 */
export function removeBuild(roots: Roots, id: PackageId, kernel: Kernel): void {
  const paths = treePaths(roots)
  const dir = paths.kernelDir(id, kernel)
  dropMarker(paths.marker(id.name, kernel), dir)
  discard(dir, paths.staging(id, kernel, discardedTag()), () => {
    const release = parentOf(dir)
    const others = readdirSync(release, { withFileTypes: true }).some((entry) => !entry.isFile())
    if (!others) rmSync(release, { recursive: true, force: true })
  })
}

function dropMarker(marker: AbsolutePath, build: AbsolutePath): void {
  if (lstatOrNone(marker)?.isSymbolicLink() !== true) return
  changing('delete', marker, () => {
    if (absolutePath(resolve(parentOf(marker), readlinkSync(marker))) === build) unlinkSync(marker)
  })
}

/**
 * Deletes TREE/M/V, and M when no other version and no marker or original is left in it. SRC/M-V is never touched.
 *
 * @throws {FactoryError} FILE_ACCESS
 */
export function removePackage(roots: Roots, id: PackageId): void {
  const paths = treePaths(roots)
  const dir = paths.versionDir(id)
  discard(dir, paths.versionStaging(id, discardedTag()), () => {
    if (readdirSync(paths.packageDir(id.name)).length === 0) rmdirSync(paths.packageDir(id.name))
  })
}

/** Gone with one rename; deleting what it held can be interrupted without harm. */
function discard(path: AbsolutePath, aside: AbsolutePath, tidy: () => void): void {
  changing('delete', path, () => {
    renameSync(path, aside)
    syncDirectory(parentOf(aside))
    rmSync(aside, { recursive: true, force: true })
    tidy()
    if (existsSync(parentOf(path))) syncDirectory(parentOf(path))
  })
}

function parentOf(path: AbsolutePath): AbsolutePath {
  return absolutePath(dirname(path))
}

function changing(action: string, path: AbsolutePath, change: () => void): void {
  try {
    change()
  } catch (error) {
    throw fileError(error, `${action} ${basename(path)}`, path)
  }
}
