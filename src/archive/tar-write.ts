/**
 * Reproducible tar archives: POSIX ustar headers, pax records only where ustar cannot hold a name or size, root as the
 * owner, and modes and times that do not depend on who packs. Headers are node-tar's; bodies go from the file into the
 * chunk that is compressed, so memory does not grow with the archive.
 */
import type { Header } from 'tar/header'
import type { Pax } from 'tar/pax'
import { assertNever } from '../errors.ts'
import { ChunkBuilder } from './chunk-builder.ts'
import { type WrittenFile, writeChunks, writeUndigested } from './chunk-file.ts'
import { type Compression, compress } from './compression.ts'
import { contentBytes, type TarEntry } from './tar-entry.ts'

export interface TarWriteOptions {
  readonly compression: Compression
  /** Seconds since the epoch: the time of directories and links, and the latest time of files. */
  readonly mtime: number
  /** Told how many bytes of file content are packed so far. */
  readonly onBytes?: (done: number) => void
  /** `false`: nobody asks for the digest of the archive. */
  readonly digest?: boolean
}

type Entries = Iterable<TarEntry> | AsyncIterable<TarEntry>

/**
 * Writes the archive beside `destination` and renames it into place. Entries are written in the order given.
 *
 * @throws {FactoryError} FILE_ACCESS when a source file cannot be read, or changes while it is; DISK_FULL; TOOL_MISSING
 */
export async function writeTar(
  entries: Entries,
  destination: string,
  options: TarWriteOptions,
): Promise<Pick<WrittenFile, 'bytes'> & Partial<WrittenFile>> {
  const chunks = compress(options.compression, tarChunks(entries, options))
  return options.digest === false ? await writeUndigested(chunks, destination) : await writeChunks(chunks, destination)
}

interface Codec {
  readonly Header: typeof Header
  readonly Pax: typeof Pax
}

/** GNU tar pads archives to records of 20 blocks, and so do we: some readers expect whole records. */
const recordBytes = 20 * 512

/** The bytes of the uncompressed archive, in chunks of 1 MiB. */
export async function* tarChunks(
  entries: Entries,
  options: Pick<TarWriteOptions, 'mtime' | 'onBytes'>,
): AsyncGenerator<Uint8Array> {
  const codec: Codec = { ...(await import('tar/header')), ...(await import('tar/pax')) }
  const chunks = new ChunkBuilder()
  let packed = 0
  function onPart(part: Uint8Array): void {
    packed += part.length
    options.onBytes?.(packed)
  }
  for await (const entry of entries) {
    yield* chunks.add(encodeHeader(codec, entry, options.mtime))
    if (entry.kind !== 'file') continue
    yield* chunks.addContent(entry.content, onPart)
    yield* chunks.pad(512)
  }
  yield* chunks.add(Buffer.alloc(1024))
  yield* chunks.pad(recordBytes)
  yield* chunks.rest()
}

function encodeHeader(codec: Codec, entry: TarEntry, clamp: number): Buffer {
  const fields = {
    path: entry.kind === 'directory' ? `${entry.path}/` : entry.path,
    mtime: new Date(1000 * (entry.kind === 'file' ? Math.min(entry.mtime ?? clamp, clamp) : clamp)),
    size: entry.kind === 'file' ? contentBytes(entry.content) : 0,
    uid: 0,
    gid: 0,
    uname: 'root',
    gname: 'root',
    ...(entry.kind === 'symlink' ? { linkpath: entry.target } : {}),
  }
  const header = new codec.Header({ ...fields, ...modeAndType(entry) })
  const needsPax = header.encode()
  const block = header.block ?? Buffer.alloc(0)
  if (!needsPax) return block
  // The time stays out of the records: a whole number of seconds fits the ustar header.
  const { mtime: _, ...extended } = fields
  return Buffer.concat([paxBlocks(codec, extended, fields.mtime), block])
}

/** node-tar writes the time of the record's own header only when it also writes a record of it. */
function paxBlocks(codec: Codec, fields: ConstructorParameters<typeof Pax>[0], mtime: Date): Buffer {
  const { path, linkpath, size } = fields
  const pax = new codec.Pax({
    ...(path === undefined ? {} : { path }),
    ...(linkpath === undefined ? {} : { linkpath }),
    ...(size === undefined || size === 0 ? {} : { size }),
  })
  const blocks = pax.encode()
  const header = new codec.Header(blocks, 0)
  header.mtime = mtime
  header.encode(blocks)
  return blocks
}

function modeAndType(entry: TarEntry): { mode: number; type: 'Directory' | 'SymbolicLink' | 'File' } {
  switch (entry.kind) {
    case 'directory':
      return { mode: 0o755, type: 'Directory' }
    case 'symlink':
      return { mode: 0o777, type: 'SymbolicLink' }
    case 'file':
      return { mode: entry.executable ? 0o755 : 0o644, type: 'File' }
    default:
      return assertNever(entry)
  }
}
