/**
 * cpio archives as RPM packages carry them: "newc" (SVR4 without checksums), or rpm's "stripped" form, which leaves names
 * and attributes to the package's header and so has no limit on the size of a file (rpm's large_files document).
 */
import { createHash } from 'node:crypto'
import { ChunkBuilder } from './chunk-builder.ts'
import { contentBytes, type FileContent } from './tar-entry.ts'

export interface CpioMember {
  readonly name: string
  /** Type and permission bits. */
  readonly mode: number
  readonly mtime: number
  /** Position in the package's list of files, from 0; also tells the inode. */
  readonly index: number
  /** Of a regular file. Of a link: its target as text. */
  readonly content?: FileContent
}

export interface CpioWriteOptions {
  readonly form: 'newc' | 'stripped'
  /** Told the SHA-256, in hexadecimal, of each content when it has been read. */
  readonly onDigest: (index: number, sha256: string) => void
}

const trailerName = 'TRAILER!!!'

/** Headers and contents begin at multiples of 4. */
const alignment = 4

/**
 * The archive in chunks of 1 MiB. Files are read while it is made and are not held in memory.
 *
 * @throws {FactoryError} FILE_ACCESS when a file cannot be read, or its size is not the one that was told
 */
export function* cpioChunks(members: Iterable<CpioMember>, options: CpioWriteOptions): Generator<Uint8Array> {
  const out = new ChunkBuilder()
  for (const member of members) {
    const { content } = member
    yield* out.add(options.form === 'newc' ? newcHeader(member) : strippedHeader(member))
    yield* out.pad(alignment)
    if (content === undefined) continue
    yield* writeContent(out, content, (sha256) => options.onDigest(member.index, sha256))
    yield* out.pad(alignment)
  }
  yield* out.add(newcFields({ inode: 0, mode: 0, mtime: 0, size: 0, name: trailerName }))
  yield* out.pad(alignment)
  yield* out.rest()
}

function newcHeader({ name, mode, mtime, index, content }: CpioMember): Buffer {
  const size = content === undefined ? 0 : contentBytes(content)
  return newcFields({ inode: index + 1, mode, mtime, size, name })
}

interface NewcFields {
  readonly inode: number
  readonly mode: number
  readonly mtime: number
  readonly size: number
  readonly name: string
}

function newcFields({ inode, mode, mtime, size, name }: NewcFields): Buffer {
  const terminated = Buffer.from(`${name}\0`)
  const owner = [0, 0]
  const devices = [0, 0, 0, 0]
  const links = 1
  const checksum = 0
  const fields = [inode, mode, ...owner, links, mtime, size, ...devices, terminated.length, checksum]
  return Buffer.concat([Buffer.from(`070701${fields.map(hex8).join('')}`), terminated])
}

function strippedHeader({ index }: CpioMember): Buffer {
  return Buffer.from(`07070X${hex8(index)}`)
}

function hex8(value: number): string {
  return value.toString(16).padStart(8, '0')
}

function* writeContent(
  out: ChunkBuilder,
  content: FileContent,
  onDigest: (sha256: string) => void,
): Generator<Uint8Array> {
  const hash = createHash('sha256')
  yield* out.addContent(content, (part) => hash.update(part))
  onDigest(hash.digest('hex'))
}
