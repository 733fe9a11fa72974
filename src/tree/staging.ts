/**
 * The names of staging places, and what becomes of those that an interrupted process left.
 *
 * All begin with a dot: `.tmp_ARCH_TAG` as DKMS 3.1.7 names its own, so that its `remove` clears ours away too. The tag
 * says what the place was for: `new-...` holds something unfinished, `old-...` what is being replaced, `del-...` what is
 * being deleted.
 */
import { readdirSync, renameSync, rmSync } from 'node:fs'
import { type AbsolutePath, below, type Kernel, type PackageId, type Roots } from '../domain.ts'
import { now } from '../system/clock.ts'
import { fileError, lstatOrNone } from '../system/fs.ts'
import { sourceName, stagingPrefix, treePaths } from './layout.ts'
import { listDirectory } from './listing.ts'

let count = 0

function tag(purpose: 'new' | 'old' | 'del'): string {
  count += 1
  return `${purpose}-${process.pid}.${now().toString(36)}.${count}`
}

export function stagedTag(): string {
  return tag('new')
}

export function replacedTag(): string {
  return tag('old')
}

export function discardedTag(): string {
  return tag('del')
}

const ours = /^\.(?:tmp_)?(?<target>.+)_(?<purpose>new|old|del)-[\w.]+$/s

/**
 * Finishes what an interrupted process of this program began with the package: what was being replaced and has no
 * successor goes back, everything else is deleted. The caller holds the lock of the tree, so nobody is at work there.
 *
 * @throws {FactoryError} FILE_ACCESS
 */
export function settle(roots: Roots, id: PackageId): void {
  const paths = treePaths(roots)
  settleDirectory(roots.sourceTree, (target) => target === sourceName(id))
  settleDirectory(paths.packageDir(id.name), (target) => target === id.version)
  const version = paths.versionDir(id)
  settleDirectory(version, (target) => target === 'source')
  for (const release of directoriesIn(version)) settleDirectory(below(version, release), () => true)
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

function settleDirectory(directory: AbsolutePath, concerns: (target: string) => boolean): void {
  for (const name of namesIn(directory)) {
    const { target, purpose } = ours.exec(name)?.groups ?? {}
    if (target === undefined || !concerns(target)) continue
    const path = below(directory, name)
    if (purpose === 'old' && lstatOrNone(below(directory, target)) === undefined)
      restore(path, below(directory, target))
    else remove(path)
  }
}

function restore(path: AbsolutePath, target: AbsolutePath): void {
  try {
    renameSync(path, target)
  } catch (error) {
    throw fileError(error, 'put back what an interrupted command had moved aside', target)
  }
}

function remove(path: AbsolutePath): void {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch (error) {
    throw fileError(error, 'delete what an interrupted command left', path)
  }
}

function namesIn(directory: AbsolutePath): readonly string[] {
  return listDirectory(directory).kind === 'listed' ? readdirSync(directory) : []
}

function directoriesIn(directory: AbsolutePath): readonly string[] {
  const listing = listDirectory(directory)
  if (listing.kind !== 'listed') return []
  return listing.entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name)
}
