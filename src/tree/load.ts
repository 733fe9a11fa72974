/**
 * Reads a DKMS tree from disk into the typed model, in one pass and without running anything.
 *
 * Kernels may have any name: what makes a directory a build is the module/ or log/ inside it. DKMS itself only shows
 * kernels whose name begins with digits and a dot.
 */
import { type PackageId, type Roots, samePackage } from '../domain.ts'
import { fileError } from '../system/fs.ts'
import { anomaly, misread, unreadable } from './anomaly.ts'
import { looseMarkers, orphanedOriginals } from './findings.ts'
import { byteOrder, kernelOfPendingDepmod, type TreePaths, treePaths } from './layout.ts'
import { entryPath, isVisibleDirectory, listDirectory } from './listing.ts'
import type { Anomaly, Tree, TreePackage } from './model.ts'
import { assertSafePackage } from './names.ts'
import { emptyFolder, type PackageFolder, readFolder, readVersion, unreadableVersion } from './read-package.ts'

/**
 * The whole tree, or the packages whose name is `wanted`. A tree that does not exist is empty. A directory below it that cannot be read becomes an `unreadable`
 * finding, and everything else is read all the same.
 *
 * @throws {FactoryError} FILE_ACCESS when the tree itself cannot be read
 */
export function loadTree(roots: Roots, wanted: (name: string) => boolean = () => true): Tree {
  const listing = listDirectory(roots.dkmsTree)
  if (listing.kind === 'unreadable') throw listing.error
  const paths = treePaths(roots)
  const packages: TreePackage[] = []
  const anomalies: Anomaly[] = []
  const entries = listing.kind === 'listed' ? listing.entries : []
  anomalies.push(...misread(roots.dkmsTree, entries))
  for (const entry of entries) {
    if (kernelOfPendingDepmod(entry.name) !== undefined && entry.isFile() && wanted(entry.name)) {
      anomalies.push(anomaly('depmod-pending', entryPath(roots.dkmsTree, entry.name)))
    }
    if (!wanted(entry.name) || !isVisibleDirectory(roots.dkmsTree, entry)) continue
    const folder = tryReadFolder(paths, entry.name)
    const versions = folder.versions.map((version) => tryReadVersion(paths, folder, { name: entry.name, version }))
    packages.push(...versions)
    anomalies.push(...folder.anomalies, ...looseMarkers(folder, versions), ...orphanedOriginals(folder))
  }
  return { roots, packages: packages.sort(inListingOrder), anomalies }
}

/**
 * One package version, without reading the others.
 *
 * @returns undefined when the tree has no such package
 * @throws {FactoryError} NAME_UNSAFE when the name or version cannot stand in a path
 */
export function loadPackage(roots: Roots, id: PackageId): TreePackage | undefined {
  assertSafePackage(id)
  const paths = treePaths(roots)
  const folder = tryReadFolder(paths, id.name)
  return folder.versions.includes(id.version) ? tryReadVersion(paths, folder, id) : undefined
}

export function findPackage(tree: Tree, id: PackageId): TreePackage | undefined {
  return tree.packages.find((entry) => samePackage(entry.id, id))
}

function inListingOrder(a: TreePackage, b: TreePackage): number {
  return byteOrder(`${a.id.name}/${a.id.version}`, `${b.id.name}/${b.id.version}`)
}

function tryReadFolder(paths: TreePaths, name: string): PackageFolder {
  try {
    return readFolder(paths, name)
  } catch (error) {
    const dir = paths.packageDir(name)
    return emptyFolder(dir, [unreadable(dir, fileError(error, 'read the package', dir))])
  }
}

function tryReadVersion(paths: TreePaths, folder: PackageFolder, id: PackageId): TreePackage {
  try {
    return readVersion(paths, folder, id)
  } catch (error) {
    return unreadableVersion(paths, id, fileError(error, 'read the package version', paths.versionDir(id)))
  }
}
