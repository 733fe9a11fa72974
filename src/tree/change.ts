/**
 * Changes to the tree and to the source tree: what each consists of. All go through the journal, so that a process killed
 * at any instant leaves the old state or the new one. The caller holds the lock of the tree.
 *
 * Functions that return steps are for changes of several kinds that happen as one.
 */
import { mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import {
  type AbsolutePath,
  absolutePath,
  below,
  formatKernel,
  formatPackage,
  type Kernel,
  type PackageId,
  type Roots,
} from '../domain.ts'
import { FactoryError } from '../errors.ts'
import { isDirectory, lstatOrNone, makeDirectories, reading } from '../system/fs.ts'
import { changing } from './changing.ts'
import { commit, deleting, placing, pruning, type Step } from './journal.ts'
import { treePaths } from './layout.ts'
import { stagingPlace } from './staging.ts'

/** What becomes known of a package at once; everything staged at places of staging.ts. */
export interface PackageChange {
  /** Becomes SRC/M-V; what was there goes. */
  readonly source?: AbsolutePath
  /**
   * TREE/M/V/source: `link` makes it a link to SRC/M-V, a path is a staged directory with just a dkms.conf. What was
   * there goes.
   */
  readonly tie?: 'link' | { readonly stub: AbsolutePath }
  /** Each, holding module/ and log/, becomes TREE/M/V/K/A; a build that was there goes. */
  readonly builds?: readonly { readonly kernel: Kernel; readonly staged: AbsolutePath }[]
}

/**
 * A version that is new appears with the empty build/ that DKMS makes.
 *
 * @throws {FactoryError} FILE_ACCESS, DISK_FULL
 */
export function commitPackage(roots: Roots, id: PackageId, change: PackageChange): void {
  const paths = treePaths(roots)
  const { source, tie, builds = [] } = change
  commit(roots, `add ${formatPackage(id)}`, [
    ...(source === undefined ? [] : [placing(source, paths.sourceDir(id))]),
    ...(tie === undefined ? [] : tying(roots, id, tie)),
    ...builds.map(({ kernel, staged }) => placing(staged, paths.kernelDir(id, kernel))),
  ])
}

function tying(roots: Roots, id: PackageId, tie: Exclude<PackageChange['tie'], undefined>): readonly Step[] {
  const paths = treePaths(roots)
  const version = paths.versionDir(id)
  if (!isDirectory(version)) {
    const staged = stagingPlace(roots, version)
    changing('create', staged, () => makeDirectories(below(staged, 'build')))
    if (tie === 'link') stageLink(paths.sourceDir(id), below(staged, 'source'))
    const stub = tie === 'link' ? [] : [placing(tie.stub, paths.sourceLink(id))]
    return [placing(staged, version), ...stub]
  }
  if (tie !== 'link') return [placing(tie.stub, paths.sourceLink(id))]
  const link = stagingPlace(roots, paths.sourceLink(id))
  stageLink(paths.sourceDir(id), link)
  return [...emptyDirectory(roots, paths.buildDir(id)), placing(link, paths.sourceLink(id))]
}

function emptyDirectory(roots: Roots, path: AbsolutePath): readonly Step[] {
  if (isDirectory(path)) return []
  const staged = stagingPlace(roots, path)
  changing('create', staged, () => mkdirSync(staged))
  return [placing(staged, path)]
}

function stageLink(target: string, path: AbsolutePath): void {
  changing('create', path, () => symlinkSync(target, path))
}

/**
 * Makes the package known: TREE/M/V/source becomes a link to SRC/M-V.
 *
 * @throws {FactoryError} FILE_ACCESS, DISK_FULL
 */
export function linkSource(roots: Roots, id: PackageId): void {
  commitPackage(roots, id, { tie: 'link' })
}

/**
 * Records a build: the staged directory, holding module/ and log/, becomes TREE/M/V/K/A.
 *
 * @param replace whether a build that is there gives way
 * @throws {FactoryError} FILE_ACCESS, also when a build is in the way; DISK_FULL
 */
export function commitBuild(
  roots: Roots,
  id: PackageId,
  kernel: Kernel,
  staged: AbsolutePath,
  { replace }: { readonly replace: boolean },
): void {
  const target = treePaths(roots).kernelDir(id, kernel)
  if (!replace && lstatOrNone(target) !== undefined) {
    throw new FactoryError('FILE_ACCESS', `a build is in the way: ${target}`, {
      hint: `delete it first: dkms unbuild ${formatPackage(id)} -k ${kernel.release}`,
    })
  }
  commit(roots, `build ${formatPackage(id)} for kernel ${formatKernel(kernel)}`, [placing(staged, target)])
}

/**
 * Deletes TREE/M/V/K/A, finished or not, and K when nothing else is built for it, with the marker that leads there.
 *
 * @throws {FactoryError} FILE_ACCESS
 */
export function removeBuild(roots: Roots, id: PackageId, kernel: Kernel): void {
  commit(roots, `unbuild ${formatPackage(id)} for kernel ${formatKernel(kernel)}`, buildRemoval(roots, id, kernel))
}

export function buildRemoval(roots: Roots, id: PackageId, kernel: Kernel): readonly Step[] {
  const paths = treePaths(roots)
  const dir = paths.kernelDir(id, kernel)
  const marker = paths.marker(id.name, kernel)
  const dropped = leadsTo(marker, dir) ? deleting(marker) : []
  return [...dropped, ...deleting(isAlone(dir) ? parentOf(dir) : dir), pruning(parentOf(dir), paths.versionDir(id))]
}

function leadsTo(marker: AbsolutePath, build: AbsolutePath): boolean {
  if (lstatOrNone(marker)?.isSymbolicLink() !== true) return false
  return (
    absolutePath(
      resolve(
        parentOf(marker),
        reading(marker, () => readlinkSync(marker)),
      ),
    ) === build
  )
}

/** Whether the directory of the kernel release holds nothing else but files, which DKMS takes no notice of. */
function isAlone(dir: AbsolutePath): boolean {
  const release = parentOf(dir)
  if (!isDirectory(release)) return false
  const entries = reading(release, () => readdirSync(release, { withFileTypes: true }))
  return entries.every((entry) => below(release, entry.name) === dir || entry.isFile())
}

/**
 * Deletes TREE/M/V, and M when no other version and no marker or original is left in it. SRC/M-V is never touched.
 *
 * @throws {FactoryError} FILE_ACCESS
 */
export function removePackage(roots: Roots, id: PackageId): void {
  commit(roots, `remove ${formatPackage(id)}`, packageRemoval(roots, id))
}

export function packageRemoval(roots: Roots, id: PackageId): readonly Step[] {
  const paths = treePaths(roots)
  return [...deleting(paths.versionDir(id)), pruning(paths.packageDir(id.name), roots.dkmsTree)]
}

function parentOf(path: AbsolutePath): AbsolutePath {
  return absolutePath(dirname(path))
}
