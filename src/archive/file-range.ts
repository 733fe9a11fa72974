/** Parts of open files by offset and length. */
import type { Hash } from 'node:crypto'
import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { FactoryError } from '../errors.ts'
import { fileError } from '../system/fs.ts'
import { chunkBytes } from './compression.ts'

export interface OpenFile {
  readonly descriptor: number
  /** For messages. */
  readonly path: string
}

export interface Range {
  readonly offset: number
  readonly bytes: number
}

/**
 * Open until it is disposed of.
 *
 * @param what is done with it, for the message: `read the package`
 * @throws {FactoryError} FILE_ACCESS
 */
export function openForReading(path: string, what: string): OpenFile & Disposable {
  try {
    const descriptor = openSync(path, 'r')
    return { descriptor, path, [Symbol.dispose]: () => closeSync(descriptor) }
  } catch (error) {
    throw fileError(error, what, path)
  }
}

/** @throws {FactoryError} PACKAGE_INVALID when the file ends before the range does; FILE_ACCESS */
export async function* readRange(file: OpenFile, range: Range): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < range.bytes; ) {
    const chunk = Buffer.allocUnsafeSlow(Math.min(chunkBytes, range.bytes - done))
    const count = readAt(file, chunk, range.offset + done)
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

/** @throws {FactoryError} PACKAGE_INVALID when the file is shorter; FILE_ACCESS */
export function readExactly(file: OpenFile, range: Range): Buffer {
  const bytes = Buffer.alloc(range.bytes)
  for (let done = 0; done < range.bytes; ) done += readAt(file, bytes.subarray(done), range.offset + done)
  return bytes
}

function readAt(file: OpenFile, into: Buffer, position: number): number {
  const count = readOnce(file, into, position)
  if (count > 0) return count
  throw new FactoryError('PACKAGE_INVALID', `${file.path} ends early`, { hint: 'fetch or make the package again' })
}

function readOnce(file: OpenFile, into: Buffer, position: number): number {
  try {
    return readSync(file.descriptor, into, 0, into.length, position)
  } catch (error) {
    throw fileError(error, 'read', file.path)
  }
}

/** write(2) may take fewer bytes than it is given. */
export function writeAt(file: OpenFile, bytes: Uint8Array, position: number): void {
  try {
    let done = 0
    while (done < bytes.length) done += writeSync(file.descriptor, bytes, done, bytes.length - done, position + done)
  } catch (error) {
    throw fileError(error, 'write', file.path)
  }
}
