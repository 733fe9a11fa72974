/** How large a file system must be for what goes into it. Estimates from above, in KiB. */
import { contentBytes, type FileContent } from '../tar-entry.ts'
import type { ImageEntry } from './model.ts'

/** Bytes of one file. */
export function entryBytes(entry: ImageEntry): number {
  if (entry.kind !== 'file') return 0
  const content: FileContent | { readonly data: Uint8Array } = entry.content
  return 'data' in content ? content.data.length : contentBytes(content)
}

/** The 3.5 inch high density floppy disk. */
export const floppyKib = 1440

export interface FatShape {
  readonly kib: number
  /** FAT12, FAT16 or FAT32. */
  readonly bits: 12 | 16 | 32
}

const fatCluster = 4096
/** By Microsoft's FAT specification the number of clusters decides the kind; these keep off its edges. */
const mostClusters = { 12: 4000, 16: 65_000 } as const

/** A FAT file system with clusters of 4 KiB that the entries fit into. */
export function fatShape(entries: readonly ImageEntry[]): FatShape {
  const clusters = entries.reduce((sum, entry) => sum + fatClusters(entry, entries), 0) + 16
  const bits = clusters <= mostClusters[12] ? 12 : clusters <= mostClusters[16] ? 16 : 32
  // FAT32 needs more clusters than FAT16 can have, or readers take it for that.
  const count = bits === 32 ? Math.max(clusters, 66_600) : bits === 16 ? Math.max(clusters, 4200) : clusters
  const tables = 2 * Math.ceil((count * bits) / 8 / 1024)
  const dataKib = (count * fatCluster) / 1024
  return { kib: roundUp(dataKib + tables + 64, 64), bits }
}

function fatClusters(entry: ImageEntry, all: readonly ImageEntry[]): number {
  if (entry.kind !== 'directory') return Math.ceil(entryBytes(entry) / fatCluster)
  const slots = childrenOf(entry.path, all).reduce((sum, name) => sum + fatSlots(name), 2)
  return Math.ceil((slots * 32) / fatCluster)
}

/** A short name and one slot for each 13 characters of the long one. */
export function fatSlots(name: string): number {
  return 1 + Math.ceil(name.length / 13)
}

export function childrenOf(directory: string, all: readonly ImageEntry[]): string[] {
  const prefix = directory === '' ? '' : `${directory}/`
  return all
    .filter(({ path }) => path.startsWith(prefix) && !path.slice(prefix.length).includes('/'))
    .map(({ path }) => path.slice(prefix.length))
}

/** An ext2 file system with blocks of 1 KiB and the given number of inodes. */
export function ext2Kib(entries: readonly ImageEntry[], inodes: number): number {
  const blocks = entries.reduce((sum, entry) => sum + ext2Blocks(entry, entries), 0)
  const inodeTable = Math.ceil((inodes * 128) / 1024)
  const data = blocks + inodeTable + 64
  // Each group of 8192 blocks has its bitmaps, and some a copy of the superblock and the descriptors.
  return roundUp(data + 16 * Math.ceil(data / 8192) + Math.ceil(data / 100), 64)
}

function ext2Blocks(entry: ImageEntry, all: readonly ImageEntry[]): number {
  if (entry.kind === 'directory') {
    const bytes = childrenOf(entry.path, all).reduce((sum, name) => sum + 8 + roundUp(Buffer.byteLength(name), 4), 24)
    // Names do not cross blocks.
    return Math.ceil(bytes / 700) + 1
  }
  if (entry.kind === 'symlink') return 1
  const blocks = Math.ceil(entryBytes(entry) / 1024)
  return blocks <= 12 ? blocks : blocks + 3 + Math.ceil(blocks / 256)
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple
}
