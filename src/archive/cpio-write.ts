/**
 * cpio archives as RPM packages carry them: "newc" (SVR4 without checksums), or rpm's "stripped" form, which leaves names
 * and attributes to the package's header and so has no limit on the size of a file (rpm's large_files document).
 */
import { createHash } from 'node:crypto'
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { FactoryError } from '../errors.ts'
import { fileError } from '../system/fs.ts'
import { chunkBytes } from './compression.ts'
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

/**
 * The archive in chunks of 256 KiB. Files are read while it is made and are not held in memory.
 *
 * @throws {FactoryError} FILE_ACCESS when a file cannot be read, or its size is not the one that was told
 */
export function* cpioChunks(members: Iterable<CpioMember>, options: CpioWriteOptions): Generator<Uint8Array> {
  const out = new Chunks()
  for (const member of members) {
    const { content } = member
    yield* out.add(options.form === 'newc' ? newcHeader(member) : strippedHeader(member))
    yield* out.pad()
    if (content === undefined) continue
    yield* writeContent(out, content, (sha256) => options.onDigest(member.index, sha256))
    yield* out.pad()
  }
  yield* out.add(newcFields({ inode: 0, mode: 0, mtime: 0, size: 0, name: trailerName }))
  yield* out.pad()
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

function* writeContent(out: Chunks, content: FileContent, onDigest: (sha256: string) => void): Generator<Uint8Array> {
  const hash = createHash('sha256')
  if ('text' in content) {
    const bytes = Buffer.from(content.text)
    hash.update(bytes)
    yield* out.add(bytes)
  } else {
    yield* out.addFile(content.from, content.bytes, (part) => hash.update(part))
  }
  onDigest(hash.digest('hex'))
}

/** Collects bytes into chunks of one size, reading files straight into them. */
class Chunks {
  #chunk = Buffer.allocUnsafeSlow(chunkBytes)
  #used = 0
  #total = 0

  #room(): number {
    return chunkBytes - this.#used
  }

  *add(bytes: Uint8Array): Generator<Uint8Array> {
    let offset = 0
    while (offset < bytes.length) {
      const count = Math.min(bytes.length - offset, this.#room())
      this.#chunk.set(bytes.subarray(offset, offset + count), this.#used)
      offset += count
      yield* this.#advance(count)
    }
  }

  *addFile(path: string, bytes: number, onPart: (part: Uint8Array) => void): Generator<Uint8Array> {
    const descriptor = openSource(path)
    try {
      let left = bytes
      while (left > 0) {
        const start = this.#used
        const count = readSource(descriptor, path, this.#chunk, start, Math.min(left, this.#room()))
        if (count === 0) throw changed(path)
        left -= count
        onPart(this.#chunk.subarray(start, start + count))
        yield* this.#advance(count)
      }
      if (readSource(descriptor, path, Buffer.alloc(1), 0, 1) !== 0) throw changed(path)
    } finally {
      closeSync(descriptor)
    }
  }

  /** Headers and contents begin at multiples of 4. */
  *pad(): Generator<Uint8Array> {
    const over = this.#total % 4
    if (over !== 0) yield* this.add(Buffer.alloc(4 - over))
  }

  *rest(): Generator<Uint8Array> {
    if (this.#used > 0) yield this.#chunk.subarray(0, this.#used)
    this.#used = 0
  }

  *#advance(count: number): Generator<Uint8Array> {
    this.#used += count
    this.#total += count
    if (this.#used < chunkBytes) return
    yield this.#chunk
    // Whoever took the old one may still be reading it.
    this.#chunk = Buffer.allocUnsafeSlow(chunkBytes)
    this.#used = 0
  }
}

function openSource(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch (error) {
    throw fileError(error, 'read', path)
  }
}

function readSource(descriptor: number, path: string, into: Buffer, offset: number, length: number): number {
  try {
    return readSync(descriptor, into, offset, length, null)
  } catch (error) {
    throw fileError(error, 'read', path)
  }
}

function changed(path: string): FactoryError {
  return new FactoryError('FILE_ACCESS', `${path} changed its size while it was packed`, {
    hint: 'wait until nothing writes to it any more and pack again',
  })
}
