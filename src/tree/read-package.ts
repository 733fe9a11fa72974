/** Reads one package's directory: its versions, its markers, the originals it keeps. */
import { type Dirent, readlinkSync, realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { type AbsolutePath, absolutePath, type Kernel, type PackageId } from '../domain.ts'
import type { FactoryError } from '../errors.ts'
import { isDirectory } from '../system/fs.ts'
import { anomaly, misread, unreadable } from './anomaly.ts'
import { isMarkerName, markerName, markerTarget, originalsDirectory, stagingPrefix, type TreePaths } from './layout.ts'
import { entriesOf, entryPath, isMisread, isVisibleDirectory, listDirectory } from './listing.ts'
import type { Anomaly, PackageSource, TreePackage } from './model.ts'
import { kernelKey, readBuilds } from './read-build.ts'

/** What lies beside the versions of a package. */
export interface PackageFolder {
  readonly dir: AbsolutePath
  readonly versions: readonly string[]
  /** Markers by file name, with what they point to as written. */
  readonly markers: ReadonlyMap<string, string>
  /** `release/arch` of each kernel with archived originals. */
  readonly originals: ReadonlySet<string>
  /** Findings that belong to no version. */
  readonly anomalies: readonly Anomaly[]
}

export function readFolder(paths: TreePaths, name: string): PackageFolder {
  const dir = paths.packageDir(name)
  const anomalies: Anomaly[] = []
  const versions: string[] = []
  const markers = new Map<string, string>()
  let originals: ReadonlySet<string> = new Set()
  const entries = entriesOf(dir, (error) => anomalies.push(unreadable(dir, error)))
  anomalies.push(...misread(dir, entries))
  for (const entry of entries) {
    if (isMarkerName(entry.name)) {
      if (entry.isSymbolicLink() && !isMisread(dir, entry))
        markers.set(entry.name, readlinkSync(`${dir}/${entry.name}`))
    } else if (entry.name === originalsDirectory) {
      originals = readOriginals(entryPath(dir, originalsDirectory), anomalies)
    } else if (entry.name.startsWith(stagingPrefix)) {
      anomalies.push(anomaly('stale-staging', entryPath(dir, entry.name)))
    } else if (isVisibleDirectory(dir, entry)) versions.push(entry.name)
  }
  return { dir, versions, markers, originals, anomalies }
}

export function emptyFolder(dir: AbsolutePath, anomalies: readonly Anomaly[]): PackageFolder {
  return { dir, versions: [], markers: new Map(), originals: new Set(), anomalies }
}

function readOriginals(dir: AbsolutePath, found: Anomaly[]): ReadonlySet<string> {
  const kernels = new Set<string>()
  for (const release of entriesOf(dir, (error) => found.push(unreadable(dir, error)))) {
    if (!isVisibleDirectory(dir, release)) continue
    const releaseDir = entryPath(dir, release.name)
    for (const arch of entriesOf(releaseDir, (error) => found.push(unreadable(releaseDir, error)))) {
      if (isVisibleDirectory(releaseDir, arch)) kernels.add(`${release.name}/${arch.name}`)
    }
  }
  return kernels
}

export function readVersion(paths: TreePaths, folder: PackageFolder, id: PackageId): TreePackage {
  const dir = paths.versionDir(id)
  const listing = listDirectory(dir)
  if (listing.kind === 'unreadable') return unreadableVersion(paths, id, listing.error)
  const entries = listing.kind === 'listed' ? listing.entries : []
  const anomalies: Anomaly[] = [...misread(dir, entries)]
  const builds = readBuilds(
    dir,
    entries,
    (kernel) => ({
      installed: isInstalled(paths, folder, id, kernel),
      originals: folder.originals.has(kernelKey(kernel)),
    }),
    anomalies,
  )
  if (entries.some((entry) => entry.name === 'build')) anomalies.push(...staleBuildDirectory(paths.buildDir(id)))
  const source = readSource(
    paths,
    id,
    entries.find((entry) => entry.name === 'source'),
  )
  return { id, dir, source, builds, anomalies }
}

/** A version that this user may not look into. */
export function unreadableVersion(paths: TreePaths, id: PackageId, error: FactoryError): TreePackage {
  const dir = paths.versionDir(id)
  const source = { kind: 'broken', reason: 'unreadable' } as const
  return { id, dir, source, builds: [], anomalies: [unreadable(dir, error)] }
}

function isInstalled(paths: TreePaths, folder: PackageFolder, id: PackageId, kernel: Kernel): boolean {
  const target = folder.markers.get(markerName(kernel))
  if (target === undefined) return false
  if (target === markerTarget(id.version, kernel)) return true
  try {
    return realpathSync(paths.marker(id.name, kernel)) === realpathSync(paths.kernelDir(id, kernel))
  } catch {
    return false // it leads nowhere: looseMarkers says so
  }
}

function readSource(paths: TreePaths, id: PackageId, entry: Dirent | undefined): PackageSource {
  const link = paths.sourceLink(id)
  if (entry?.isSymbolicLink()) {
    const dir = absolutePath(resolve(paths.versionDir(id), readlinkSync(link)))
    return isDirectory(link) ? { kind: 'linked', link, dir } : { kind: 'broken', reason: 'dangling-link' }
  }
  if (!entry?.isDirectory()) return { kind: 'broken', reason: 'no-link' }
  return isDirectory(paths.sourceDir(id))
    ? { kind: 'broken', reason: 'directory-shadows-source' }
    : { kind: 'binaries-only', dir: link }
}

/** An empty build directory is what add leaves, so it says nothing. */
function staleBuildDirectory(dir: AbsolutePath): readonly Anomaly[] {
  const anomalies: Anomaly[] = []
  const entries = entriesOf(dir, (error) => anomalies.push(unreadable(dir, error)))
  return entries.length === 0 ? anomalies : [anomaly('stale-build-directory', dir)]
}
