/** Reads cpio archives as RPM packages carry them, from bytes that nobody vouches for; see cpio-write.ts for the forms. */
import { isUtf8 } from 'node:buffer'
import { FactoryError } from '../errors.ts'

export type CpioHeader =
  | {
      readonly form: 'newc'
      readonly name: string
      readonly inode: number
      readonly mode: number
      readonly links: number
      readonly mtime: number
      readonly size: number
    }
  /** The position in the package's list of files, which has the rest. */
  | { readonly form: 'stripped'; readonly index: number }

export interface CpioReadOptions {
  /** For messages. */
  readonly file: string
  /** How many bytes follow a stripped header. */
  readonly strippedSize: (index: number) => number
  /** Gets every member in order. What it does not read of the content is skipped. */
  readonly onMember: (header: CpioHeader, content: AsyncIterable<Uint8Array>) => Promise<void> | void
}

const magicBytes = 6
const strippedFields = 1
const newcFieldCount = 13
const longestName = 16 * 1024
const trailerName = 'TRAILER!!!'
/** cpio programs fill up their last block; none is larger. */
const mostPadding = 64 * 1024

/**
 * Reads to the end of the input, so that a compressor's own checks are made. After the trailer only padding may follow.
 *
 * @throws {FactoryError} ARCHIVE_UNREADABLE when the archive is damaged or ends early; errors of `onMember`
 */
export async function readCpio(chunks: AsyncIterable<Uint8Array>, options: CpioReadOptions): Promise<void> {
  const input = new Input(chunks, options.file)
  try {
    for (;;) {
      const header = await readHeader(input)
      if (header.form === 'newc' && header.name === trailerName) return await input.expectEnd()
      const size = header.form === 'newc' ? header.size : options.strippedSize(header.index)
      input.begin(size)
      await options.onMember(header, input.content())
      await input.skipContent()
      await input.align()
    }
  } finally {
    await input.close()
  }
}

async function readHeader(input: Input): Promise<CpioHeader> {
  const magic = (await input.take(magicBytes)).toString('latin1')
  if (magic === '07070X') {
    const [index = 0] = await readFields(input, strippedFields)
    await input.align()
    return { form: 'stripped', index }
  }
  // 070702 is the same with checksums, which nobody checks.
  if (magic !== '070701' && magic !== '070702') throw input.damaged('a member has no header')
  return await readNewc(input)
}

async function readNewc(input: Input): Promise<CpioHeader> {
  const fields = await readFields(input, newcFieldCount)
  const [inode = 0, mode = 0, , , links = 0, mtime = 0, size = 0, , , , , nameBytes = 0] = fields
  if (nameBytes < 2 || nameBytes > longestName) throw input.damaged(`a name has ${nameBytes} bytes`)
  const bytes = await input.take(nameBytes)
  if (bytes.indexOf(0) !== nameBytes - 1) throw input.damaged('a name does not end where it should')
  await input.align()
  const text = bytes.subarray(0, -1)
  const name = text.toString(isUtf8(text) ? 'utf8' : 'latin1')
  return { form: 'newc', name, inode, mode, links, mtime, size }
}

async function readFields(input: Input, count: number): Promise<number[]> {
  const text = (await input.take(8 * count)).toString('latin1')
  if (!/^[0-9a-fA-F]+$/.test(text)) throw input.damaged('a header holds something other than numbers')
  return Array.from({ length: count }, (_, at) => Number.parseInt(text.slice(8 * at, 8 * at + 8), 16))
}

/** Bytes on demand from chunks of any size. */
class Input {
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #file: string
  #chunk: Buffer = Buffer.alloc(0)
  #position = 0
  #contentLeft = 0

  constructor(chunks: AsyncIterable<Uint8Array>, file: string) {
    this.#chunks = chunks[Symbol.asyncIterator]()
    this.#file = file
  }

  async take(count: number): Promise<Buffer> {
    const parts: Buffer[] = []
    for (let left = count; left > 0; ) {
      const part = await this.#next(left)
      parts.push(part)
      left -= part.length
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
  }

  /** The next `size` bytes are the content of a member. */
  begin(size: number): void {
    this.#contentLeft = size
  }

  async *content(): AsyncGenerator<Uint8Array> {
    while (this.#contentLeft > 0) {
      const part = await this.#next(this.#contentLeft)
      this.#contentLeft -= part.length
      yield part
    }
  }

  /** A consumer may have stopped anywhere. */
  async skipContent(): Promise<void> {
    while (this.#contentLeft > 0) this.#contentLeft -= (await this.#next(this.#contentLeft)).length
  }

  async align(): Promise<void> {
    const over = this.#position % 4
    if (over !== 0) await this.take(4 - over)
  }

  /** At least one byte and at most `most`. */
  async #next(most: number): Promise<Buffer> {
    while (this.#chunk.length === 0) {
      const { done, value } = await this.#chunks.next()
      if (done) throw this.damaged('it ends early')
      this.#chunk = Buffer.from(value.buffer, value.byteOffset, value.length)
    }
    const part = this.#chunk.subarray(0, most)
    this.#chunk = this.#chunk.subarray(part.length)
    this.#position += part.length
    return part
  }

  async expectEnd(): Promise<void> {
    for (let seen = this.#chunk.length; seen <= mostPadding; ) {
      const { done, value } = await this.#chunks.next()
      if (done) return
      seen += value.length
    }
    throw this.damaged('much follows after its end')
  }

  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  damaged(why: string): FactoryError {
    return new FactoryError('ARCHIVE_UNREADABLE', `the archive in ${this.#file} is damaged: ${why}`, {
      hint: 'fetch or make it again',
    })
  }
}
