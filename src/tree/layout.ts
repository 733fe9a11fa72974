/**
 * Where everything lies in a DKMS tree and a source tree. Paths only: nothing here looks at the disk.
 *
 * The layout is that of DKMS 2.0 to 3.4 (DKMS man page, and trees made by those releases). Names are checked by
 * names.ts before they come here.
 */
import { type AbsolutePath, below, type Kernel, type PackageId, type Roots } from '../domain.ts'

/** Directories beside the kernels of a package version that are not kernels. */
export const generatorDirectories: ReadonlySet<string> = new Set([
  'tarball',
  'rpm',
  'deb',
  'dsc',
  'bmdeb',
  'driver_disk',
  'build',
  'source',
])

/** Below the originals of a kernel: further modules of one name, each at its path relative to the kernel's modules. */
export const collisionsDirectory = 'collisions'

/** Beside an archived module: the absolute path it came from, one line (DKMS 3.1.7 and newer). */
export const originSuffix = '.origin'

/** Beside the versions of a package: modules that an install moved out of the way. */
export const originalsDirectory = 'original_module'

/** Staging directories of DKMS 3.1.7 and newer, and ours: other commands do not see them, `remove` deletes them. */
export const stagingPrefix = '.tmp_'

export interface TreePaths {
  packageDir(name: string): AbsolutePath
  versionDir(id: PackageId): AbsolutePath
  /** The link to the source directory; a directory itself for a package loaded from a binaries-only archive. */
  sourceLink(id: PackageId): AbsolutePath
  /** Where a build works: made by add, removed after a good build. */
  buildDir(id: PackageId): AbsolutePath
  /**
   * Where a build works beside those of other kernels. Always the same: the path may become part of a module (__FILE__),
   * and the same source is to give the same module.
   */
  privateBuildDir(id: PackageId, kernel: Kernel): AbsolutePath
  /** The build of one kernel: module/ and log/. */
  kernelDir(id: PackageId, kernel: Kernel): AbsolutePath
  moduleDir(id: PackageId, kernel: Kernel): AbsolutePath
  logDir(id: PackageId, kernel: Kernel): AbsolutePath
  makeLog(id: PackageId, kernel: Kernel): AbsolutePath
  /** The relative link that says which version is installed on the kernel. */
  marker(name: string, kernel: Kernel): AbsolutePath
  /** Modules that were in the way of an install on the kernel. */
  originals(name: string, kernel: Kernel): AbsolutePath
  tarballDir(id: PackageId): AbsolutePath
  /** SRC/M-V, where the package's source lives. */
  sourceDir(id: PackageId): AbsolutePath
  readonly lockFile: AbsolutePath
  /** A change that is being carried out: journal.ts. */
  readonly journal: AbsolutePath
  /** The staging places of the command at work: staging.ts. */
  readonly stagingList: AbsolutePath
}

export function treePaths(roots: Roots): TreePaths {
  const { dkmsTree, sourceTree } = roots
  function inVersion(id: PackageId, ...parts: readonly string[]): AbsolutePath {
    return below(dkmsTree, id.name, id.version, ...parts)
  }
  function inBuild(id: PackageId, kernel: Kernel, ...parts: readonly string[]): AbsolutePath {
    return inVersion(id, kernel.release, kernel.arch, ...parts)
  }
  return {
    packageDir: (name) => below(dkmsTree, name),
    versionDir: (id) => inVersion(id),
    sourceLink: (id) => inVersion(id, 'source'),
    buildDir: (id) => inVersion(id, 'build'),
    privateBuildDir: (id, kernel) => inVersion(id, kernel.release, `${stagingPrefix}${kernel.arch}_new-build`),
    kernelDir: (id, kernel) => inBuild(id, kernel),
    moduleDir: (id, kernel) => inBuild(id, kernel, 'module'),
    logDir: (id, kernel) => inBuild(id, kernel, 'log'),
    makeLog: (id, kernel) => inBuild(id, kernel, 'log', 'make.log'),
    marker: (name, kernel) => below(dkmsTree, name, markerName(kernel)),
    originals: (name, kernel) => below(dkmsTree, name, originalsDirectory, kernel.release, kernel.arch),
    tarballDir: (id) => inVersion(id, 'tarball'),
    sourceDir: (id) => below(sourceTree, sourceName(id)),
    lockFile: below(dkmsTree, '.lock'),
    journal: below(dkmsTree, '.journal'),
    stagingList: below(dkmsTree, '.staging'),
  }
}

/** `M-V`, the name of a source directory. */
export function sourceName(id: PackageId): string {
  return `${id.name}-${id.version}`
}

export function markerName(kernel: Kernel): string {
  return `kernel-${kernel.release}-${kernel.arch}`
}

/** Where a marker points, relative to the directory it lies in. */
export function markerTarget(version: string, kernel: Kernel): string {
  return `${version}/${kernel.release}/${kernel.arch}`
}

/** Whether an entry beside the versions of a package is a marker by its name. */
export function isMarkerName(entry: string): boolean {
  return /^kernel-.*-/s.test(entry)
}

const pendingDepmod = /^depmod-pending-(?<release>.+)-(?<arch>[^-]+)$/s

/** Directly in the tree while depmod is owed to a kernel: an empty file (DKMS 3.1.4 and newer). */
export function pendingDepmodName(kernel: Kernel): string {
  return `depmod-pending-${kernel.release}-${kernel.arch}`
}

/** The kernel that a file directly in the tree owes depmod to. */
export function kernelOfPendingDepmod(name: string): Kernel | undefined {
  const { release, arch } = pendingDepmod.exec(name)?.groups ?? {}
  return release === undefined || arch === undefined ? undefined : { release, arch }
}

const moduleFile = /^(?<module>.+)\.(?:ko(?:\.(?:gz|xz|zst))?|o)$/s

/** The module a file name stands for (`foo` of foo.ko.xz, of a 2.4 kernel's foo.o), or undefined for other files. */
export function moduleOfFile(file: string): string | undefined {
  return moduleFile.exec(file)?.groups?.['module']
}

/** The file names a module may have, in the order in which DKMS takes them. */
export function moduleFileNames(module: string): readonly string[] {
  return ['.ko', '.ko.gz', '.ko.xz', '.ko.zst'].map((suffix) => `${module}${suffix}`)
}

/** The order in which DKMS lists packages and kernels: that of the bytes of `name/version` and `release/arch`. */
export function byteOrder(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
