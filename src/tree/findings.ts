/** Findings about what lies beside the versions of a package: markers and originals that belong to no installed build. */
import { type AbsolutePath, below } from '../domain.ts'
import { isDirectory } from '../system/fs.ts'
import { anomaly } from './anomaly.ts'
import { markerName, originalsDirectory } from './layout.ts'
import { entryPath } from './listing.ts'
import type { Anomaly, Build, TreePackage } from './model.ts'
import type { PackageFolder } from './read-package.ts'

/** Markers whose build is gone, or was never finished. */
export function looseMarkers(folder: PackageFolder, versions: readonly TreePackage[]): readonly Anomaly[] {
  const claimed = new Set(
    versions.flatMap(({ builds }) => builds.filter(isInstalled).map(({ kernel }) => markerName(kernel))),
  )
  return [...folder.markers.keys()]
    .filter((name) => !claimed.has(name))
    .map((name) => entryPath(folder.dir, name))
    .filter((marker) => !mayLeadToBuild(marker))
    .map((marker) => anomaly('dangling-marker', marker))
}

function isInstalled({ state, installed }: Build): boolean {
  return installed && state === 'built'
}

/** Originals of kernels on which no version is marked as installed: nothing will ever put them back. */
export function orphanedOriginals(folder: PackageFolder): readonly Anomaly[] {
  return [...folder.originals]
    .filter((kernel) => !folder.markers.has(`kernel-${kernel.replace('/', '-')}`))
    .map((kernel) => anomaly('orphaned-originals', below(folder.dir, originalsDirectory, kernel)))
}

/** Not known counts as yes: a directory this user may not search is reported as unreadable elsewhere. */
function mayLeadToBuild(marker: AbsolutePath): boolean {
  try {
    return isDirectory(entryPath(marker, 'module'))
  } catch {
    return true
  }
}
