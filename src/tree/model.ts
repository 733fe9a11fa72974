/** What a DKMS tree holds, as read in one pass. The states are those DKMS 3.0 and 3.2 leave when they are interrupted. */
import type { AbsolutePath, Kernel, PackageId, Roots } from '../domain.ts'

export interface Tree {
  readonly roots: Roots
  /** Ordered as DKMS lists them: by name, then version, in byte order. */
  readonly packages: readonly TreePackage[]
  /** Findings that belong to no package version, such as a marker that leads nowhere. */
  readonly anomalies: readonly Anomaly[]
}

export interface TreePackage {
  readonly id: PackageId
  readonly dir: AbsolutePath
  readonly source: PackageSource
  readonly builds: readonly Build[]
  readonly anomalies: readonly Anomaly[]
}

export type PackageSource =
  /** `source` is a link to an existing directory. */
  | { readonly kind: 'linked'; readonly link: AbsolutePath; readonly dir: AbsolutePath }
  /** `source` is a directory with a dkms.conf and nothing to build: loaded from a binaries-only archive. */
  | { readonly kind: 'binaries-only'; readonly dir: AbsolutePath }
  /** `source` is missing, leads nowhere, or is a directory while the real source exists too: status says broken. */
  | {
      readonly kind: 'broken'
      /** `unreadable`: this user may not look. */
      readonly reason: 'no-link' | 'dangling-link' | 'directory-shadows-source' | 'unreadable'
    }

export interface Build {
  readonly kernel: Kernel
  /** TREE/M/V/K/A */
  readonly dir: AbsolutePath
  /** Built, or the half-made states that block DKMS (crash states A and B). */
  readonly state: 'built' | 'no-module-directory'
  /** File names below module/, sorted: foo.ko, foo.ko.xz, ... Module.symvers is not among them. */
  readonly files: readonly BuiltFile[]
  /** The kernel-K-A marker of the package name leads to this build. */
  readonly installed: boolean
  /** original_module/K/A of the package name exists. */
  readonly originals: boolean
  readonly anomalies: readonly Anomaly[]
}

export interface BuiltFile {
  /** File name as on disk. */
  readonly name: string
  readonly path: AbsolutePath
  /** Name without .ko and compression suffix. */
  readonly module: string
  readonly bytes: number
}

export interface Anomaly {
  readonly kind: AnomalyKind
  readonly path: AbsolutePath
  /** For a person: what it means and how it came about. */
  readonly message: string
}

export type AnomalyKind =
  /** A: a build directory without module/, left by an interrupted build or removal. */
  | 'half-build'
  /** B: module/ exists and holds no module. */
  | 'empty-build'
  /** C: our file lies in the install tree and the marker is missing. */
  | 'unmarked-install'
  /** D: an installed file is empty. */
  | 'empty-installed-file'
  /** E: a file in the tree is empty. */
  | 'empty-built-file'
  /** F: a kernel-K-A marker leads nowhere. */
  | 'dangling-marker'
  /** G: a build/ directory left by an interrupted or failed build (also the normal state after add). */
  | 'stale-build-directory'
  /** A .tmp_* staging directory left by an interrupted build. */
  | 'stale-staging'
  /** original_module/K/A without an installed build for K/A. */
  | 'orphaned-originals'
  /** The conf promises modules that the build does not hold. */
  | 'incomplete-build'
  /** A module is marked as installed and its file is gone. */
  | 'missing-installed-file'
  /** depmod is owed to a kernel by a command that was interrupted. */
  | 'depmod-pending'
  /** A directory or link of the tree that this user cannot read; what lies below is not known. */
  | 'unreadable'
