/** What goes on a disk image and what was found on one. Values only. */
import type { AbsolutePath } from '../../domain.ts'
import type { FileContent } from '../tar-entry.ts'

/** `floppy` is a FAT image of a floppy disk's size; `fat` one that is as large as it must be. */
export type ImageMedium = 'iso' | 'fat' | 'floppy' | 'ext2' | 'tar' | 'cpio'

export const imageMedia: readonly ImageMedium[] = ['iso', 'fat', 'floppy', 'ext2', 'tar', 'cpio']

/** What can be mounted, and has a label. */
export function isFileSystem(medium: ImageMedium): boolean {
  return medium !== 'tar' && medium !== 'cpio'
}

/** What a file name of the medium ends in. */
export const mediumSuffix: Readonly<Record<ImageMedium, string>> = {
  iso: 'iso',
  fat: 'img',
  floppy: 'img',
  ext2: 'img',
  tar: 'tar',
  cpio: 'cpio',
}

/** Paths are relative, with `/` between their parts and neither `.` nor `..` among them. */
export type ImageEntry =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  | {
      readonly kind: 'file'
      readonly path: string
      readonly executable: boolean
      readonly content: FileContent | { readonly data: Uint8Array }
    }

/** The compressors that every consumer of a compressed tar or cpio archive knows. */
export type ImageCompression = 'none' | 'gzip' | 'xz'

export interface ImageRequest {
  readonly medium: ImageMedium
  /** In any order; directories that are only implied need no entry. */
  readonly entries: readonly ImageEntry[]
  /** Of the file system; media without one ignore it. At most 11 characters. */
  readonly label: string
  /** KiB, of fat, floppy and ext2; `auto`: as small as possible. By default a floppy has 1440, and others are `auto`. */
  readonly size?: number | 'auto'
  /** Seconds since the epoch: every time in the image. */
  readonly time: number
  /** Of tar and cpio, by default none. */
  readonly compression?: ImageCompression
  /** What the ISO says made it, and what it is. */
  readonly preparer?: string
  readonly application?: string
  readonly destination: AbsolutePath
  /** Where temporary files go. */
  readonly tmp: AbsolutePath
}

/** The outermost form of a file that may hold a driver disk, told by its content. */
export type ContainerKind =
  | 'iso'
  | 'fat'
  | 'ext2'
  | 'squashfs'
  | 'tar'
  | 'cpio'
  | 'rpm'
  | 'deb'
  | 'directory'
  | 'unknown'

export interface Container {
  readonly kind: ContainerKind
  readonly compression: 'none' | 'gzip' | 'bzip2' | 'xz' | 'zstd'
  /** Of tar: ustar (with or without pax records), gnu, v7. Of cpio: newc, crc, odc, binary. */
  readonly variant?: 'ustar' | 'gnu' | 'v7' | 'newc' | 'crc' | 'odc' | 'binary'
  /** Of a file system that has one. */
  readonly label?: string
  /** Bytes the file system says it has, when the file has fewer: it was cut off. */
  readonly missingBytes?: number
}

export type ImageNode =
  | { readonly kind: 'directory' }
  | { readonly kind: 'symlink'; readonly target: string }
  | {
      readonly kind: 'file'
      readonly bytes: number
      readonly executable: boolean
      /** A copy of the content, which lives until the image is disposed of. */
      readonly copy: AbsolutePath
    }

/** An image that was read. Its copies of files go when it is disposed of. */
export interface OpenedImage extends Disposable {
  readonly path: AbsolutePath
  readonly container: Container
  /** By path, relative to the root, which is not among them. */
  readonly nodes: ReadonlyMap<string, ImageNode>
}
