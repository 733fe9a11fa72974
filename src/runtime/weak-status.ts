/**
 * Modules that weak-modules(8) linked into other kernels: INST/K/weak-updates holds links to the files installed on K0.
 *
 * DKMS has the code for this and a quoting error that keeps its status from ever printing the lines.
 */
import { readdirSync, realpathSync } from 'node:fs'
import { basename } from 'node:path'
import { below, type Kernel, type Roots, sameKernel } from '../domain.ts'
import { isDirectory, reading } from '../system/fs.ts'
import type { Build, TreePackage } from '../tree/model.ts'
import { haveSameBytes } from '../tree/same-bytes.ts'
import { nameMatcher } from './glob.ts'
import type { KernelFilter, StatusEntry } from './status-entries.ts'

export interface WeakUpdates {
  /** The install tree with links resolved. */
  readonly installTree: string
  /** Release that has the links, then link name, then the file it leads to. */
  readonly links: ReadonlyMap<string, ReadonlyMap<string, string>>
}

export type WeakInstall = Extract<StatusEntry, { state: 'installed-weak' }>

/** Links named like a module that is installed on some kernel; others are not looked into. */
export function readWeakUpdates(roots: Roots, packages: readonly TreePackage[]): WeakUpdates {
  const names = new Set(packages.flatMap(installedBuilds).flatMap(({ files }) => files.map(({ name }) => name)))
  const links = new Map<string, ReadonlyMap<string, string>>()
  if (names.size === 0 || !isDirectory(roots.installTree)) return { installTree: roots.installTree, links }
  for (const release of ofReadable(() => readdirSync(roots.installTree)).sort()) {
    const targets = readLinks(below(roots.installTree, release, 'weak-updates'), names)
    if (targets.size > 0) links.set(release, targets)
  }
  return { installTree: reading(roots.installTree, () => realpathSync.native(roots.installTree)), links }
}

/**
 * A kernel that has the package itself, in whatever version, is not told: depmod takes its own module before a link, which
 * weak-modules makes all the same.
 *
 * @param all the packages of the tree, at least every version of `packages`
 */
export function findWeakInstalls(
  { installTree, links }: WeakUpdates,
  packages: readonly TreePackage[],
  filter: KernelFilter,
  all: readonly TreePackage[],
): readonly WeakInstall[] {
  const entries: WeakInstall[] = []
  const isRelease = nameMatcher(filter.release)
  const isArch = nameMatcher(filter.arch)
  for (const { id, builds } of links.size === 0 ? [] : packages) {
    for (const build of builds.filter(({ installed, kernel }) => installed && isArch(kernel.arch))) {
      const from = build.kernel.release
      for (const [release, targets] of links) {
        const kernel = { release, arch: build.kernel.arch }
        if (!isRelease(release) || !isWeaklyLinked(build, targets, `${installTree}/${from}/`)) continue
        if (all.some((one) => isInstalledOn(one, id.name, kernel))) continue
        entries.push({ state: 'installed-weak', package: id, kernel, from })
      }
    }
  }
  return entries
}

function isInstalledOn(entry: TreePackage, name: string, kernel: Kernel): boolean {
  return entry.id.name === name && installedBuilds(entry).some((build) => sameKernel(build.kernel, kernel))
}

function installedBuilds({ builds }: TreePackage): readonly Build[] {
  return builds.filter(({ installed }) => installed)
}

function readLinks(directory: string, names: ReadonlySet<string>): ReadonlyMap<string, string> {
  const targets = new Map<string, string>()
  for (const entry of ofReadable(() => readdirSync(directory, { withFileTypes: true, recursive: true }))) {
    if (!entry.isSymbolicLink() || !names.has(entry.name)) continue
    try {
      targets.set(entry.name, realpathSync.native(`${entry.parentPath}/${entry.name}`))
    } catch {
      // A link that leads nowhere installs nothing.
    }
  }
  return targets
}

/** A directory that is missing or may not be read holds nothing we can vouch for. */
function ofReadable<Entry>(read: () => Entry[]): Entry[] {
  try {
    return read()
  } catch {
    return []
  }
}

/** Every module of the build is linked, from where the build's kernel has it installed. */
function isWeaklyLinked({ files }: Build, targets: ReadonlyMap<string, string>, kernelTree: string): boolean {
  return (
    files.length > 0 &&
    files.every(({ name, path, bytes }) => {
      const target = targets.get(name)
      return target?.startsWith(kernelTree) === true && basename(target) === name && haveSameBytes(path, bytes, target)
    })
  )
}
