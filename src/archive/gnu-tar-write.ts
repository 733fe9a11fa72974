/**
 * tar archives in GNU format, byte for byte as GNU tar 1.34 writes them (GNU tar manual, "Basic Tar Format"): what
 * Debian's tools make and read. dpkg refuses pax headers, so long names go into GNU's own members for them.
 */
import { createHash } from 'node:crypto'
import { assertNever } from '../errors.ts'
import { ChunkBuilder } from './chunk-builder.ts'
import { contentBytes, type FileContent } from './tar-entry.ts'

export type GnuTarMember = {
  /** As stored: directories end in a slash. */
  readonly name: string
  /** Permission bits. */
  readonly mode: number
  /** Seconds since the epoch. */
  readonly mtime: number
  /** Absent: numbers only. Either way the numbers are 0. */
  readonly owner?: { readonly user: string; readonly group: string }
} & (
  | { readonly kind: 'file'; readonly content: FileContent }
  | { readonly kind: 'directory' }
  | { readonly kind: 'symlink'; readonly target: string }
)

export interface GnuTarOptions {
  /** Told the MD5, in hexadecimal, of each file when it has been read. */
  readonly onMd5?: (member: GnuTarMember, md5: string) => void
}

/** GNU tar pads archives to records of 20 blocks. */
const recordBytes = 20 * 512
const nameBytes = 100

/**
 * The archive in chunks of 1 MiB. Files are read while it is made and are not held in memory.
 *
 * @throws {FactoryError} FILE_ACCESS when a file cannot be read, or its size is not the one that was told
 */
export async function* gnuTarChunks(
  members: Iterable<GnuTarMember>,
  options: GnuTarOptions = {},
): AsyncGenerator<Uint8Array> {
  const out = new ChunkBuilder()
  for (const member of members) {
    yield* out.add(memberHeaders(member))
    if (member.kind !== 'file') continue
    yield* addFile(out, member, options.onMd5)
    yield* out.pad(512)
  }
  yield* out.add(Buffer.alloc(1024))
  yield* out.pad(recordBytes)
  yield* out.rest()
}

function* addFile(
  out: ChunkBuilder,
  member: Extract<GnuTarMember, { kind: 'file' }>,
  onMd5: GnuTarOptions['onMd5'],
): Generator<Uint8Array> {
  if (onMd5 === undefined) {
    yield* out.addContent(member.content)
    return
  }
  const hash = createHash('md5')
  yield* out.addContent(member.content, (part) => hash.update(part))
  onMd5(member, hash.digest('hex'))
}

function memberHeaders(member: GnuTarMember): Buffer {
  const { name, mode, mtime, owner = nobody } = member
  const target = member.kind === 'symlink' ? member.target : ''
  // GNU tar's own members are always root's.
  const longOwner = member.owner === undefined ? nobody : { user: 'root', group: 'root' }
  return Buffer.concat([
    ...longName('K', target, longOwner),
    ...longName('L', name, longOwner),
    header({ ...owner, name, target, mode, mtime, type: typeFlag(member), size: sizeOf(member) }),
  ])
}

const nobody: Owner = { user: '', group: '' }

function typeFlag(member: GnuTarMember): string {
  switch (member.kind) {
    case 'file':
      return '0'
    case 'symlink':
      return '2'
    case 'directory':
      return '5'
    default:
      return assertNever(member)
  }
}

function sizeOf(member: GnuTarMember): number {
  return member.kind === 'file' ? contentBytes(member.content) : 0
}

interface Owner {
  readonly user: string
  readonly group: string
}

/** A member of its own for a name or target that is longer than its field. */
function longName(type: 'K' | 'L', text: string, owner: Owner): Buffer[] {
  const bytes = Buffer.from(`${text}\0`)
  if (bytes.length - 1 <= nameBytes) return []
  const fields = { name: '././@LongLink', target: '', mode: 0o644, mtime: 0, ...owner, type, size: bytes.length }
  return [header(fields), bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]
}

interface HeaderFields extends Owner {
  readonly name: string
  readonly target: string
  readonly type: string
  readonly mode: number
  readonly size: number
  readonly mtime: number
}

function header(fields: HeaderFields): Buffer {
  const block = Buffer.alloc(512)
  writeText(block, fields.name, 0, nameBytes)
  writeNumber(block, fields.mode, 100, 8)
  writeNumber(block, 0, 108, 8)
  writeNumber(block, 0, 116, 8)
  writeNumber(block, fields.size, 124, 12)
  writeNumber(block, fields.mtime, 136, 12)
  block.write(fields.type, 156, 'latin1')
  writeText(block, fields.target, 157, nameBytes)
  block.write('ustar  \0', 257, 'latin1')
  writeText(block, fields.user, 265, 31)
  writeText(block, fields.group, 297, 31)
  writeChecksum(block)
  return block
}

/** Cut off where the field ends, maybe within a character: then a member for the long name came before. */
function writeText(block: Buffer, text: string, at: number, length: number): void {
  Buffer.from(text).copy(block, at, 0, length)
}

/** Octal digits and a NUL, or, beyond those, GNU's big-endian binary with its first bit set. */
function writeNumber(block: Buffer, value: number, at: number, length: number): void {
  const digits = value.toString(8)
  if (digits.length < length) {
    block.write(digits.padStart(length - 1, '0'), at, 'latin1')
    return
  }
  block[at] = 0x80
  block.writeUIntBE(value, at + length - 6, 6)
}

function writeChecksum(block: Buffer): void {
  block.fill(' ', 148, 156)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
}
