/** Reads ext2, ext3 and ext4 (Documentation/filesystems/ext4 of the kernel). */
import type { Volume } from './volume.ts'

interface Superblock {
  readonly blockBytes: number
  readonly inodes: number
  readonly inodesPerGroup: number
  readonly inodeBytes: number
  readonly descriptorsAt: number
  readonly descriptorBytes: number
}

interface Inode {
  readonly type: number
  readonly isExecutable: boolean
  readonly size: number
  readonly hasExtents: boolean
  /** Block numbers, the root of the extents, or the target of a short link. */
  readonly map: Buffer
}

const rootInode = 2
const fileType = { directory: 0o040000, file: 0o100000, symlink: 0o120000 } as const
const extentsFlag = 0x80000
const inlineFlag = 0x1000_0000
const shortLink = 60
const directBlocks = 12

/** @throws {FactoryError} ARCHIVE_UNREADABLE; ARCHIVE_UNSAFE */
export function readExt2(volume: Volume): void {
  new Ext2Reader(volume).walk(rootInode, '')
}

class Ext2Reader {
  readonly #volume: Volume
  readonly #superblock: Superblock
  readonly #entered = new Set<number>()

  constructor(volume: Volume) {
    this.#volume = volume
    this.#superblock = readSuperblock(volume)
  }

  walk(number: number, parent: string): void {
    if (this.#entered.has(number)) throw this.#volume.damaged('a directory lies in two places')
    this.#entered.add(number)
    const inode = this.#inode(number)
    if (inode.type !== fileType.directory) throw this.#volume.damaged('a directory is none')
    for (const { name, number: child } of this.#names(inode)) {
      if (name === '.' || name === '..') continue
      this.#add(child, this.#volume.pathOf(parent, name))
    }
  }

  #add(number: number, path: string): void {
    const inode = this.#inode(number)
    if (inode.type === fileType.directory) {
      this.#volume.addDirectory(path)
      this.walk(number, path)
    } else if (inode.type === fileType.symlink) this.#volume.addLink(path, this.#target(inode))
    else if (inode.type === fileType.file) {
      this.#volume.addFile(path, inode.size, inode.isExecutable, this.#content(inode))
    }
  }

  #target(inode: Inode): string {
    if (inode.size < shortLink && !inode.hasExtents) return inode.map.toString('utf8', 0, inode.size)
    if (inode.size > 4096) throw this.#volume.damaged('the target of a link is too long')
    return Buffer.concat([...this.#content(inode)]).toString('utf8')
  }

  *#names(inode: Inode): Generator<{ readonly name: string; readonly number: number }> {
    for (const block of this.#content(inode)) {
      const bytes = Buffer.from(block)
      for (let at = 0; at + 8 <= bytes.length; ) {
        const number = bytes.readUInt32LE(at)
        const length = bytes.readUInt16LE(at + 4)
        const nameEnd = at + 8 + bytes.readUInt8(at + 6)
        if (length < 8 || nameEnd > bytes.length) throw this.#volume.damaged('a directory makes no sense')
        if (number !== 0) yield { name: bytes.toString('utf8', at + 8, nameEnd), number }
        at += length
      }
    }
  }

  *#content(inode: Inode): Generator<Uint8Array> {
    const { blockBytes } = this.#superblock
    const blocks = inode.hasExtents ? this.#extents(inode.map, 0) : this.#mapped(inode.map)
    const places = new Map<number, number>()
    const count = Math.ceil(inode.size / blockBytes)
    if (inode.size > this.#volume.size) throw this.#volume.damaged('a file claims more bytes than it has')
    for (const [index, place] of blocks) {
      if (index >= count) break
      places.set(index, place)
    }
    for (let index = 0; index < count; index += 1) {
      const length = Math.min(blockBytes, inode.size - index * blockBytes)
      const place = places.get(index) ?? 0
      yield place === 0 ? Buffer.alloc(length) : this.#volume.read(place * blockBytes, length)
    }
  }

  /** Twelve blocks, then a table of blocks, a table of tables, and one more level. */
  *#mapped(map: Buffer): Generator<[number, number]> {
    let index = 0
    for (; index < directBlocks; index += 1) yield [index, map.readUInt32LE(4 * index)]
    for (const level of [1, 2, 3]) {
      for (const place of this.#table(map.readUInt32LE(4 * (directBlocks + level - 1)), level)) {
        yield [index, place]
        index += 1
      }
    }
  }

  *#table(block: number, level: number): Generator<number> {
    const { blockBytes } = this.#superblock
    // Without a table nothing follows that a driver disk could have.
    if (block === 0) return
    const table = this.#volume.read(block * blockBytes, blockBytes)
    for (let at = 0; at < blockBytes; at += 4) {
      const place = table.readUInt32LE(at)
      if (level === 1) yield place
      else yield* this.#table(place, level - 1)
    }
  }

  *#extents(node: Buffer, depth: number): Generator<[number, number]> {
    const { blockBytes } = this.#superblock
    if (node.readUInt16LE(0) !== 0xf30a || depth > 5) throw this.#volume.damaged('the extents of a file make no sense')
    const count = node.readUInt16LE(2)
    const isLeaf = node.readUInt16LE(6) === 0
    if (12 + 12 * count > node.length) throw this.#volume.damaged('the extents of a file make no sense')
    for (let at = 12; at < 12 + 12 * count; at += 12) {
      if (isLeaf) yield* extentBlocks(node.subarray(at, at + 12))
      else {
        const block = node.readUInt32LE(at + 4) + node.readUInt16LE(at + 8) * 2 ** 32
        yield* this.#extents(this.#volume.read(block * blockBytes, blockBytes), depth + 1)
      }
    }
  }

  #inode(number: number): Inode {
    const { blockBytes, inodes, inodesPerGroup, inodeBytes, descriptorsAt, descriptorBytes } = this.#superblock
    if (number < 1 || number > inodes) throw this.#volume.damaged(`there is no inode ${number}`)
    const group = Math.floor((number - 1) / inodesPerGroup)
    const descriptor = this.#volume.read(descriptorsAt + group * descriptorBytes, descriptorBytes)
    const high = descriptorBytes >= 64 ? descriptor.readUInt32LE(40) : 0
    const table = (descriptor.readUInt32LE(8) + high * 2 ** 32) * blockBytes
    const bytes = this.#volume.read(table + ((number - 1) % inodesPerGroup) * inodeBytes, 128)
    const mode = bytes.readUInt16LE(0)
    const type = mode & 0o170000
    const flags = bytes.readUInt32LE(32)
    if ((flags & inlineFlag) !== 0) throw this.#volume.damaged('it has files within inodes, which are not known here')
    return {
      type,
      isExecutable: (mode & 0o100) !== 0,
      size: bytes.readUInt32LE(4) + (type === fileType.file ? bytes.readUInt32LE(108) * 2 ** 32 : 0),
      hasExtents: (flags & extentsFlag) !== 0,
      map: bytes.subarray(40, 100),
    }
  }
}

/** Extents longer than 32768 are reserved and not written: they read as zeros. */
function* extentBlocks(extent: Buffer): Generator<[number, number]> {
  const first = extent.readUInt32LE(0)
  const length = extent.readUInt16LE(4)
  const place = extent.readUInt16LE(6) * 2 ** 32 + extent.readUInt32LE(8)
  if (length > 32_768) return
  for (let index = 0; index < length; index += 1) yield [first + index, place + index]
}

function readSuperblock(volume: Volume): Superblock {
  const bytes = volume.read(1024, 1024)
  const sizeShift = bytes.readUInt32LE(24)
  const inodesPerGroup = bytes.readUInt32LE(40)
  if (sizeShift > 6 || inodesPerGroup === 0) throw volume.damaged('its superblock makes no sense')
  const isFirstRevision = bytes.readUInt32LE(76) === 0
  const is64Bit = (bytes.readUInt32LE(96) & 0x80) !== 0
  const blockBytes = 1024 << sizeShift
  return {
    blockBytes,
    inodes: bytes.readUInt32LE(0),
    inodesPerGroup,
    inodeBytes: isFirstRevision ? 128 : Math.max(128, bytes.readUInt16LE(88)),
    descriptorsAt: (bytes.readUInt32LE(20) + 1) * blockBytes,
    descriptorBytes: is64Bit ? Math.max(32, bytes.readUInt16LE(254)) : 32,
  }
}
