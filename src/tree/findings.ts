/** Findings about what lies beside the versions of a package: markers and originals that belong to no installed build. */
import { type AbsolutePath, below } from '../domain.ts'
import { isDirectory } from '../system/fs.ts'
import { anomaly } from './anomaly.ts'
import { originalsDirectory } from './layout.ts'
import type { Anomaly } from './model.ts'
import type { PackageFolder } from './read-package.ts'

/** Markers whose build is gone, or was never finished. */
export function looseMarkers(folder: PackageFolder): readonly Anomaly[] {
  return [...folder.markers.keys()]
    .map((name) => below(folder.dir, name))
    .filter((marker) => !mayLeadToBuild(marker))
    .map((marker) => anomaly('dangling-marker', marker))
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
    return isDirectory(below(marker, 'module'))
  } catch {
    return true
  }
}
