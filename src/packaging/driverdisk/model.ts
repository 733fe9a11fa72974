/**
 * What a driver disk is made from, and what a layout makes of it. Neutral and complete: layouts are pure functions from
 * a {@link DiskPlan} to a list of files, without disk access.
 */
import type { FileContent } from '../../archive/tar-entry.ts'
import type { AbsolutePath, Kernel, PackageId } from '../../domain.ts'
import type { ModuleInfo } from '../../kernel/modinfo.ts'
import type { DebFacts, RpmFacts } from './package-facts.ts'

/** `-d` of DKMS 2.x, and the formats it never had: see docs/driverdisk.md. */
export type DiskFormat =
  | 'redhat1'
  | 'redhat2'
  | 'redhat3'
  | 'suse'
  | 'unitedlinux'
  | 'dud'
  | 'ubuntu'
  | 'debian'
  | 'universal'

export const diskFormats: readonly DiskFormat[] = [
  'redhat1',
  'redhat2',
  'redhat3',
  'suse',
  'unitedlinux',
  'dud',
  'ubuntu',
  'debian',
  'universal',
]

/** A file whose content is known without reading it: its digest names it in identifiers made from content. */
export type DigestedFile = { readonly from: AbsolutePath; readonly bytes: number; readonly sha256: string }

/** A module as it goes on a disk: plain, for installers drop compressed ones without a word. */
export interface DiskModule {
  /** `foo` of foo.ko. */
  readonly name: string
  /** foo.ko, or foo.o of a 2.4 kernel. */
  readonly fileName: string
  readonly content: DigestedFile
  /** DEST_MODULE_LOCATION, such as /kernel/drivers/net; begins with a slash and does not end in one. */
  readonly location: string
  readonly info: ModuleInfo
}

export interface DiskKernel {
  readonly kernel: Kernel
  /** In the order of dkms.conf. */
  readonly modules: readonly DiskModule[]
}

export type DiskPackage =
  | { readonly kind: 'rpm'; readonly fileName: string; readonly content: DigestedFile; readonly facts: RpmFacts }
  | { readonly kind: 'deb'; readonly fileName: string; readonly content: DigestedFile; readonly facts: DebFacts }

export interface DiskPlan {
  readonly package: PackageId
  /** One line for people. */
  readonly summary: string
  readonly kernels: readonly DiskKernel[]
  readonly packages: readonly DiskPackage[]
  /** Files of the source's redhat_driver_disk/, by name: they win over generated ones. */
  readonly vendorFiles: ReadonlyMap<string, FileContent>
  /** `-r`: what follows the architecture in the directory of a classic SuSE or UnitedLinux disk. */
  readonly release?: string
  /** Distributions of a modern SUSE disk, as their installers name them: `sles15`, `leap15.6`, `sles16.0`. */
  readonly suseTags: readonly string[]
  /** The number before `linux/`, for disks that hold several updates; absent: none. */
  readonly suseNumber?: number
  /** Directories of debian's installer: `ubuntu-drivers/trusty` for distributor `ubuntu` and codename `trusty`. */
  readonly injection: readonly { readonly distributor: string; readonly codename: string }[]
  /** Seconds since the epoch: the latest time of anything on the disk. */
  readonly time: number
}

/** One file of the disk. Archives within it are described by what they hold. */
export type DiskFile =
  | { readonly kind: 'file'; readonly path: string; readonly executable?: boolean; readonly content: DiskContent }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }

export type DiskContent =
  | DigestedFile
  | { readonly text: string }
  | { readonly from: AbsolutePath; readonly bytes: number }
  /** A gzip-compressed text. */
  | { readonly gzip: string }
  /** A gzip-compressed archive: newc cpio for loaders, ustar for YaST. */
  | { readonly archive: 'cpio' | 'tar'; readonly members: readonly ArchiveMember[] }

export interface ArchiveMember {
  readonly path: string
  readonly content: DigestedFile
}
