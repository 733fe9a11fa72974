/** Files written and read as streams of large chunks. */
import { createHash, type Hash } from 'node:crypto'
import { readSync, writeSync } from 'node:fs'
import { fileError } from '../system/fs.ts'
import { chunkBytes } from './compression.ts'
import { openForReading } from './file-range.ts'
import { writeStaged } from './staged-file.ts'

export interface WrittenFile {
  readonly bytes: number
  /** Lower-case hexadecimal. */
  readonly sha256: string
}

/**
 * Writes the chunks to a temporary file beside `destination`, syncs it and renames it into place. Whatever goes wrong,
 * an older file at the destination stays as it was and no temporary file is left.
 */
export async function writeChunks(chunks: AsyncIterable<Uint8Array>, destination: string): Promise<WrittenFile> {
  const hash = createHash('sha256')
  const { bytes } = await writeUndigested(watched(chunks, hash), destination)
  return { bytes, sha256: hash.digest('hex') }
}

async function* watched(chunks: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
}

/** {@link writeChunks} for who does not ask for the digest, which takes a good part of the time of a fast compressor. */
export function writeUndigested(
  chunks: AsyncIterable<Uint8Array>,
  destination: string,
): Promise<Pick<WrittenFile, 'bytes'>> {
  return writeStaged(destination, ({ descriptor }) => drain(chunks, descriptor, destination))
}

async function drain(
  chunks: AsyncIterable<Uint8Array>,
  descriptor: number,
  path: string,
): Promise<Pick<WrittenFile, 'bytes'>> {
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    try {
      writeAll(descriptor, chunk)
    } catch (error) {
      throw fileError(error, 'write', path)
    }
  }
  return { bytes }
}

/** write(2) may take fewer bytes than it is given. */
export function writeAll(descriptor: number, chunk: Uint8Array): void {
  let offset = 0
  while (offset < chunk.length) offset += writeSync(descriptor, chunk, offset)
}

/** The bytes of an open file from its current position on. The caller keeps and closes the descriptor. */
export async function* readChunks(
  descriptor: number,
  path: string,
  onBytes?: (done: number) => void,
): AsyncGenerator<Uint8Array> {
  let done = 0
  for (;;) {
    const chunk = Buffer.allocUnsafeSlow(chunkBytes)
    const count = readInto(descriptor, chunk, path)
    if (count === 0) return
    done += count
    onBytes?.(done)
    yield chunk.subarray(0, count)
  }
}

/** The bytes of a file. */
export async function* readFileChunks(path: string): AsyncGenerator<Uint8Array> {
  using file = openForReading(path, 'read')
  yield* readChunks(file.descriptor, path)
}

function readInto(descriptor: number, chunk: Buffer, path: string): number {
  try {
    return readSync(descriptor, chunk, 0, chunk.length, null)
  } catch (error) {
    throw fileError(error, 'read', path)
  }
}
