/** Reads the builds of one package version: TREE/M/V/K/A. */
import type { Dirent } from 'node:fs'
import type { AbsolutePath, Kernel } from '../domain.ts'
import { statOrNone } from '../system/fs.ts'
import { anomaly, misread, unreadable } from './anomaly.ts'
import { byteOrder, generatorDirectories, moduleOfFile, stagingPrefix } from './layout.ts'
import { entriesOf, entryPath, isVisibleDirectory, listDirectory } from './listing.ts'
import type { Anomaly, Build, BuiltFile } from './model.ts'

/** What the package's own directory says about a kernel. */
export interface KernelStanding {
  readonly installed: boolean
  readonly originals: boolean
}

export type StandingOf = (kernel: Kernel) => KernelStanding

/**
 * @param entries of the version's directory
 * @param found collects what belongs to no build
 */
export function readBuilds(
  versionDir: AbsolutePath,
  entries: readonly Dirent[],
  standingOf: StandingOf,
  found: Anomaly[],
): readonly Build[] {
  const builds: Build[] = []
  for (const entry of entries) {
    if (generatorDirectories.has(entry.name) || !isVisibleDirectory(versionDir, entry)) continue
    readRelease(entryPath(versionDir, entry.name), entry.name, standingOf, builds, found)
  }
  return builds.sort((a, b) => byteOrder(kernelKey(a.kernel), kernelKey(b.kernel)))
}

export function kernelKey(kernel: Kernel): string {
  return `${kernel.release}/${kernel.arch}`
}

function readRelease(
  dir: AbsolutePath,
  release: string,
  standingOf: StandingOf,
  builds: Build[],
  found: Anomaly[],
): void {
  const entries = entriesOf(dir, (error) => found.push(unreadable(dir, error)))
  found.push(...misread(dir, entries))
  for (const entry of entries) {
    if (entry.name.startsWith(stagingPrefix)) found.push(anomaly('stale-staging', entryPath(dir, entry.name)))
    if (!isVisibleDirectory(dir, entry)) continue
    const kernel = { release, arch: entry.name }
    const build = readBuild(entryPath(dir, entry.name), kernel, standingOf(kernel), found)
    if (build !== undefined) builds.push(build)
  }
}

/** @returns undefined when the directory is not a build at all */
function readBuild(dir: AbsolutePath, kernel: Kernel, standing: KernelStanding, found: Anomaly[]): Build | undefined {
  const moduleDir = entryPath(dir, 'module')
  const listing = listDirectory(moduleDir)
  if (listing.kind === 'unreadable') found.push(unreadable(moduleDir, listing.error))
  if (listing.kind === 'missing') return halfBuild(dir, kernel, standing, found)
  const files = listing.kind === 'listed' ? builtFiles(moduleDir, listing.entries) : []
  const anomalies = files.filter((file) => file.bytes === 0).map((file) => anomaly('empty-built-file', file.path))
  if (listing.kind === 'listed' && files.length === 0) anomalies.push(anomaly('empty-build', moduleDir))
  return { kernel, dir, state: 'built', files, ...standing, anomalies }
}

/**
 * A build directory without module/. Its log/ gives it away, whatever the kernel is called; an empty one counts when the
 * release reads like a version, since DKMS refuses to build over it.
 */
function halfBuild(dir: AbsolutePath, kernel: Kernel, standing: KernelStanding, found: Anomaly[]): Build | undefined {
  const entries = entriesOf(dir, (error) => found.push(unreadable(dir, error)))
  const isBuild =
    entries.some((entry) => entry.name === 'log') || (entries.length === 0 && /^\d+\./.test(kernel.release))
  if (!isBuild) return undefined
  return { kernel, dir, state: 'no-module-directory', files: [], ...standing, anomalies: [anomaly('half-build', dir)] }
}

function builtFiles(moduleDir: AbsolutePath, entries: readonly Dirent[]): readonly BuiltFile[] {
  const files: BuiltFile[] = []
  for (const { name } of entries) {
    const module = moduleOfFile(name)
    if (module === undefined) continue
    const path = entryPath(moduleDir, name)
    const bytes = statOrNone(path)?.size ?? 0
    files.push({ name, path, module, bytes })
  }
  return files.sort((a, b) => byteOrder(a.name, b.name))
}
