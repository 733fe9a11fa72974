/** Parts of files by offset and length, as streams. */
import type { Hash } from 'node:crypto'
import { readSync } from 'node:fs'
import { chunkBytes } from '../../../archive/compression.ts'
import { FactoryError } from '../../../errors.ts'
import { fileError } from '../../../system/fs.ts'

export interface OpenFile {
  readonly descriptor: number
  /** For messages. */
  readonly path: string
}

export interface Range {
  readonly offset: number
  readonly bytes: number
}

/** @throws {FactoryError} PACKAGE_INVALID when the file ends before the range does; FILE_ACCESS */
export async function* readRange(file: OpenFile, range: Range): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < range.bytes; ) {
    const chunk = Buffer.allocUnsafeSlow(Math.min(chunkBytes, range.bytes - done))
    const count = readAt(file, chunk, range.offset + done)
    if (count === 0) throw endsEarly(file.path)
    done += count
    yield chunk.subarray(0, count)
  }
}

/** Feeds every byte of the range to the hashes. */
export async function hashRange(file: OpenFile, range: Range, hashes: readonly Hash[]): Promise<void> {
  for await (const chunk of readRange(file, range)) {
    for (const hash of hashes) hash.update(chunk)
  }
}

/** @throws {FactoryError} PACKAGE_INVALID when the file is shorter */
export function readExactly(file: OpenFile, range: Range): Buffer {
  const bytes = Buffer.alloc(range.bytes)
  for (let done = 0; done < range.bytes; ) {
    const count = readAt(file, bytes.subarray(done), range.offset + done)
    if (count === 0) throw endsEarly(file.path)
    done += count
  }
  return bytes
}

function readAt(file: OpenFile, into: Buffer, position: number): number {
  try {
    return readSync(file.descriptor, into, 0, into.length, position)
  } catch (error) {
    throw fileError(error, 'read', file.path)
  }
}

function endsEarly(path: string): FactoryError {
  return new FactoryError('PACKAGE_INVALID', `${path} ends early: it is not a whole RPM package`, {
    hint: 'fetch or make the package again',
  })
}
