/**
 * What kind of container a file is, by its bytes: the magic numbers of each format (magic(5) of file), and for file
 * systems the size and label they carry.
 */
import type { Container } from './model.ts'

/** Random access to a file, or to the beginning of what it decompresses to. */
export interface ByteReader {
  readonly size: number
  read(offset: number, length: number): Buffer
}

export type Detected = Omit<Container, 'compression'>

/** @param isWhole whether the reader's size is that of the container, so that a cut-off file system can be told */
export function detectContainer(file: ByteReader, isWhole = true): Detected {
  const found =
    packageKind(file) ??
    squashfsKind(file) ??
    cpioKind(file) ??
    isoKind(file) ??
    ext2Kind(file) ??
    tarKind(file) ??
    fatKind(file)
  if (found === undefined) return { kind: 'unknown' }
  const { claimed, ...container } = found
  if (!isWhole || claimed === undefined || claimed <= file.size) return container
  return { ...container, missingBytes: claimed - file.size }
}

type Found = Detected & { readonly claimed?: number }

function bytesAt(file: ByteReader, offset: number, length: number): Buffer {
  return offset + length <= file.size ? file.read(offset, length) : Buffer.alloc(length)
}

function textAt(file: ByteReader, offset: number, length: number): string {
  return bytesAt(file, offset, length).toString('latin1')
}

function packageKind(file: ByteReader): Found | undefined {
  if (bytesAt(file, 0, 4).toString('hex') === 'edabeedb') return { kind: 'rpm' }
  return textAt(file, 0, 8) === '!<arch>\n' ? { kind: 'deb' } : undefined
}

/** The superblock of squashfs 4 (Documentation/filesystems/squashfs of the kernel); `sqsh` begins older ones. */
function squashfsKind(file: ByteReader): Found | undefined {
  const superblock = bytesAt(file, 0, 96)
  const magic = superblock.toString('latin1', 0, 4)
  if (magic === 'sqsh') return { kind: 'squashfs' }
  if (magic !== 'hsqs') return undefined
  if (superblock.readUInt16LE(28) !== 4) return { kind: 'squashfs' }
  return { kind: 'squashfs', claimed: Number(superblock.readBigUInt64LE(40)) }
}

function cpioKind(file: ByteReader): Found | undefined {
  const variants = { '070701': 'newc', '070702': 'crc', '070707': 'odc' } as const
  const magic = textAt(file, 0, 6)
  if (magic === '070701' || magic === '070702' || magic === '070707') return { kind: 'cpio', variant: variants[magic] }
  const binary = bytesAt(file, 0, 2).toString('hex')
  return binary === 'c771' || binary === '71c7' ? { kind: 'cpio', variant: 'binary' } : undefined
}

/** ECMA-119 section 8.4: the primary volume descriptor is the first, in sector 16. */
function isoKind(file: ByteReader): Found | undefined {
  const descriptor = bytesAt(file, 0x8000, 2048)
  if (descriptor.toString('latin1', 0, 6) !== '\x01CD001') return undefined
  const label = descriptor.toString('latin1', 40, 72).trimEnd()
  return { kind: 'iso', label, claimed: descriptor.readUInt32LE(80) * descriptor.readUInt16LE(128) }
}

/** The superblock of ext2, ext3 and ext4 at 1 KiB (Documentation/filesystems/ext4 of the kernel). */
function ext2Kind(file: ByteReader): Found | undefined {
  const superblock = bytesAt(file, 1024, 1024)
  if (superblock.readUInt16LE(0x38) !== 0xef53) return undefined
  const blockBytes = 1024 << Math.min(superblock.readUInt32LE(0x18), 6)
  const label = superblock.toString('latin1', 0x78, 0x88).replace(/\0.*$/s, '')
  return { kind: 'ext2', label, claimed: superblock.readUInt32LE(4) * blockBytes }
}

/** POSIX writes `ustar`, NUL, `00`; GNU tar `ustar`, two blanks, NUL; older ones nothing, and are told by the checksum. */
function tarKind(file: ByteReader): Found | undefined {
  const header = bytesAt(file, 0, 512)
  if (!checksumIsRight(header)) return undefined
  const magic = header.toString('latin1', 257, 265)
  if (magic.startsWith('ustar\0')) return { kind: 'tar', variant: 'ustar' }
  return { kind: 'tar', variant: magic === 'ustar  \0' ? 'gnu' : 'v7' }
}

function checksumIsRight(header: Buffer): boolean {
  const told = Number.parseInt(header.toString('latin1', 148, 156).replace(/[\0 ].*$/s, '') || 'x', 8)
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0)
  return sum === told && header[0] !== 0
}

/** The boot sector of FAT (Microsoft's FAT specification): a jump, a plausible geometry, and the name of the kind. */
function fatKind(file: ByteReader): Found | undefined {
  const sector = bytesAt(file, 0, 512)
  const sectorBytes = sector.readUInt16LE(11)
  const isJump = sector[0] === 0xeb || sector[0] === 0xe9
  const isFat32 = sector.toString('latin1', 82, 87) === 'FAT32'
  if (!isJump || ![512, 1024, 2048, 4096].includes(sectorBytes)) return undefined
  if (!isFat32 && sector.toString('latin1', 54, 57) !== 'FAT') return undefined
  const sectors = sector.readUInt16LE(19) || sector.readUInt32LE(32)
  const at = isFat32 ? 71 : 43
  const label = sector.toString('latin1', at, at + 11).trimEnd()
  return { kind: 'fat', label: label === 'NO NAME' ? '' : label, claimed: sectors * sectorBytes }
}
