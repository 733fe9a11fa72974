/** Fills chunks of one size with bytes and files, for the writers of archives. */
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { FactoryError } from '../errors.ts'
import { fileError } from '../system/fs.ts'
import { chunkBytes } from './compression.ts'
import type { FileContent } from './tar-entry.ts'

/** Every method yields the chunks that it filled. Files are read straight into them. */
export class ChunkBuilder {
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

  /**
   * @param content a file must still have exactly the size that is told
   * @param onPart gets every byte of it once, in order
   * @throws {FactoryError} FILE_ACCESS when the file cannot be read, is a link, or has another size
   */
  *addContent(content: FileContent, onPart?: (part: Uint8Array) => void): Generator<Uint8Array> {
    if ('from' in content) {
      yield* this.#addFile(content.from, content.bytes, onPart)
      return
    }
    const bytes = Buffer.from(content.text)
    onPart?.(bytes)
    yield* this.add(bytes)
  }

  *#addFile(path: string, bytes: number, onPart?: (part: Uint8Array) => void): Generator<Uint8Array> {
    const descriptor = openSource(path)
    try {
      let left = bytes
      while (left > 0) {
        const start = this.#used
        const count = readSource(descriptor, path, this.#chunk, start, Math.min(left, this.#room()))
        if (count === 0) throw changed(path)
        left -= count
        onPart?.(this.#chunk.subarray(start, start + count))
        yield* this.#advance(count)
      }
      if (readSource(descriptor, path, Buffer.alloc(1), 0, 1) !== 0) throw changed(path)
    } finally {
      closeSync(descriptor)
    }
  }

  /** Zeros up to the next multiple, counted from the first byte added. */
  *pad(multiple: number): Generator<Uint8Array> {
    const over = this.#total % multiple
    if (over !== 0) yield* this.add(Buffer.alloc(multiple - over))
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
