/**
 * Reads archives that nobody vouches for. node-tar parses; what its parser lets pass silently is an error here: every
 * warning, every member it would skip, an archive that just stops, compression inside compression.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import type { Parser } from 'tar/parse'
import type { ReadEntry } from 'tar/read-entry'
import { FactoryError } from '../errors.ts'
import { fileError, systemErrorCode } from '../system/fs.ts'
import { characterBoundary } from './character-boundary.ts'
import { readChunks } from './chunk-file.ts'
import { byContent, type Compression, decompress, needsProgram } from './compression.ts'
import { type LinkRule, MemberPolicy, type TarMember } from './member-policy.ts'
import { metaFault } from './pax-records.ts'

/** Takes the content of one file, chunk by chunk. The chunks may be reused after the call. */
export interface MemberSink {
  write(chunk: Uint8Array): void
  end(): void
}

/** Called for each member in order; a sink, when returned, gets the content of a file. */
export type OnMember = (member: TarMember) => MemberSink | undefined

export interface TarLimits {
  /** Bytes of the uncompressed archive. */
  readonly totalBytes: number
  readonly members: number
  /** Uncompressed per compressed byte; counts only beyond `ratioFloor` uncompressed bytes. */
  readonly ratio: number
  readonly ratioFloor: number
}

/** Far above any kernel module package: what they stop is an archive made to fill the disk. */
export const defaultLimits: TarLimits = {
  totalBytes: 64 * 2 ** 30,
  members: 1_000_000,
  ratio: 2000,
  ratioFloor: 2 ** 30,
}

export interface TarReadOptions {
  readonly limits?: Partial<TarLimits>
  /** By default within the archive. Whoever allows others must not write through them. */
  readonly links?: LinkRule
  /** Told the bytes read of the archive file, and its size. */
  readonly onBytes?: (done: number, total: number) => void
}

export interface TarSummary {
  readonly compression: Compression
  readonly members: number
  /** Bytes of all files. */
  readonly bytes: number
}

/**
 * Reads the archive once from begin to end, whatever its name, and hands each admitted member to `onMember`.
 *
 * @throws {FactoryError} ARCHIVE_MISSING; ARCHIVE_UNREADABLE when it is no tar archive, damaged or incomplete;
 *   ARCHIVE_UNSAFE as {@link MemberPolicy} says, or when it exceeds the limits; TOOL_MISSING; what `onMember` throws
 */
export async function readTar(path: string, onMember: OnMember, options: TarReadOptions = {}): Promise<TarSummary> {
  const descriptor = openArchive(path)
  try {
    return await readOpen(descriptor, path, onMember, options)
  } finally {
    closeSync(descriptor)
  }
}

function openArchive(path: string): number {
  try {
    // A pipe that nobody writes to would be waited for, and not even a signal ends that.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw fileError(error, 'read the archive', path)
    throw new FactoryError('ARCHIVE_MISSING', `the archive ${path} does not exist`, {
      hint: 'check the path',
      cause: error,
    })
  }
}

async function readOpen(
  descriptor: number,
  path: string,
  onMember: OnMember,
  options: TarReadOptions,
): Promise<TarSummary> {
  const size = archiveSize(descriptor, path)
  const head = Buffer.alloc(16)
  const compression = byContent(head.subarray(0, readSync(descriptor, head, 0, head.length, 0)))
  const { onBytes } = options
  const report = (done: number) => onBytes?.(done, size)
  const chunks = readChunks(descriptor, path, report)
  const file = { descriptor, position: filePosition(descriptor, report) }
  return await readTarChunks({ name: path, compression, chunks, file }, onMember, options)
}

/** An archive that is not a file of its own. */
export interface TarSource {
  /** For messages. */
  readonly name: string
  readonly compression: Compression
  readonly chunks: AsyncIterable<Uint8Array>
  /** The open file that the chunks are read from, where they are all of it and none was read yet. */
  readonly file?: {
    readonly descriptor: number
    /** How far it was read, by us or by a program that has the descriptor. */
    readonly position: () => number
  }
}

/**
 * As {@link readTar}, for bytes that come from anywhere.
 *
 * @throws {FactoryError} as {@link readTar}, and what `chunks` throws
 */
export async function readTarChunks(
  source: TarSource,
  onMember: OnMember,
  options: Omit<TarReadOptions, 'onBytes'> = {},
): Promise<TarSummary> {
  const { name, compression } = source
  const file = needsProgram(compression) ? source.file : undefined
  let packed = 0
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source.chunks) {
      packed += chunk.length
      yield chunk
    }
  }
  const guard = new Guard(name, { ...defaultLimits, ...options.limits })
  const reader = await openReader(new MemberPolicy(name, options.links), name, guard, onMember)
  for await (const chunk of decompress(compression, counted(), name, file?.descriptor)) {
    guard.addBytes(chunk.length, file?.position() ?? packed)
    reader.write(chunk)
  }
  reader.end()
  return { compression, members: guard.members, bytes: guard.fileBytes }
}

function archiveSize(descriptor: number, path: string): number {
  const stats = fstatSync(descriptor)
  if (stats.isFile()) return stats.size
  throw new FactoryError('ARCHIVE_UNREADABLE', `${path} is not a regular file`, { hint: 'give the path of an archive' })
}

/** Chunks of its output between two looks at how far a program has read: a look takes 20 us. */
const chunksPerLook = 16

/** proc(5): `pos` of /proc/self/fdinfo/FD, which all who have the descriptor share. */
function filePosition(descriptor: number, report: (done: number) => void): () => number {
  let position = 0
  let calls = 0
  return () => {
    calls += 1
    if (calls % chunksPerLook !== 1) return position
    position = Number(/^pos:\t(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1] ?? 0)
    report(position)
    return position
  }
}

/** Counts against the limits. */
class Guard {
  readonly #path: string
  readonly #limits: TarLimits
  #unpacked = 0
  members = 0
  fileBytes = 0

  constructor(path: string, limits: TarLimits) {
    this.#path = path
    this.#limits = limits
  }

  addBytes(count: number, packed: number): void {
    this.#unpacked += count
    const { totalBytes, ratio, ratioFloor } = this.#limits
    if (this.#unpacked > totalBytes) throw this.#exceeded(`holds more than ${totalBytes} bytes`)
    if (this.#unpacked > ratioFloor && this.#unpacked > ratio * packed) {
      throw this.#exceeded(`unpacks to more than ${ratio} times its size`)
    }
  }

  addMember(member: TarMember): void {
    this.members += 1
    this.fileBytes += member.bytes
    if (this.members > this.#limits.members) throw this.#exceeded(`has more than ${this.#limits.members} members`)
    if (this.fileBytes > this.#limits.totalBytes) {
      throw this.#exceeded(`claims ${this.fileBytes} bytes of files`)
    }
  }

  #exceeded(what: string): FactoryError {
    return new FactoryError('ARCHIVE_UNSAFE', `${this.#path} ${what}`, {
      hint: 'no package of kernel modules is like that; nothing was written',
    })
  }
}

interface Reader {
  write(chunk: Uint8Array): void
  end(): void
}

async function openReader(policy: MemberPolicy, path: string, guard: Guard, onMember: OnMember): Promise<Reader> {
  const { Parser } = await import('tar/parse')
  const parser = new Parser({
    brotli: false,
    zstd: false,
    onwarn: (_code, message) => {
      throw unreadable(path, message)
    },
    onReadEntry: (entry) => {
      const member = policy.admit(entry)
      guard.addMember(member)
      deliver(entry, onMember(member))
    },
  })
  const end = watch(parser, path, policy)
  let rest: Uint8Array = Buffer.alloc(0)
  let first = true
  return {
    write(chunk) {
      if (first) assertNotCompressedTwice(chunk, path)
      first = false
      // node-tar keeps what follows the end in memory; padding there is normal, and nobody needs it.
      if (end.seen()) return
      const whole = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      const boundary = characterBoundary(whole)
      rest = whole.subarray(boundary)
      feed(parser, whole.subarray(0, boundary))
    },
    end() {
      if (!end.seen() && rest.length > 0) feed(parser, rest)
      if (!end.seen()) throw unreadable(path, 'it ends too early')
      parser.end()
    },
  }
}

function feed(parser: Parser, chunk: Uint8Array): void {
  parser.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
}

/** @returns whether the blocks that end an archive were seen; without them it was cut off */
function watch(parser: Parser, path: string, policy: MemberPolicy): { seen(): boolean } {
  let seen = false
  parser.on('eof', () => {
    seen = true
  })
  parser.on('meta', (text: string) => {
    const fault = metaFault(text)
    if (fault === undefined) return
    throw new FactoryError('ARCHIVE_UNSAFE', `${path}: an extended header ${fault}`, { hint: 'nothing was written' })
  })
  parser.on('ignoredEntry', (entry: { readonly meta: boolean; readonly type: string; readonly path: string }) => {
    if (entry.meta) throw unreadable(path, 'an extended header is larger than any name needs')
    policy.admit({ type: entry.type, path: entry.path, size: 0 })
    throw unreadable(path, `the member ${JSON.stringify(entry.path)} cannot be read`)
  })
  parser.on('error', (error: unknown) => {
    throw error
  })
  return { seen: () => seen }
}

function deliver(entry: ReadEntry, sink: MemberSink | undefined): void {
  if (sink !== undefined) {
    entry.on('data', (chunk) => sink.write(chunk))
    entry.on('end', () => sink.end())
  }
  entry.resume()
}

/** node-tar would unpack once more by itself, past our limits. */
function assertNotCompressedTwice(chunk: Uint8Array, path: string): void {
  if (byContent(chunk) !== 'none') throw unreadable(path, 'it is compressed twice')
}

function unreadable(path: string, reason: string): FactoryError {
  return new FactoryError('ARCHIVE_UNREADABLE', `${path} is damaged, incomplete or no tar archive: ${reason}`, {
    hint: 'fetch or make the archive again',
  })
}
