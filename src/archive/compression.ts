/** Compressors of archives: which one a name or a content asks for, and streams through them. */

import type { Duplex } from 'node:stream'
import { constants, createGunzip, createGzip, createZstdCompress, createZstdDecompress, type Zlib } from 'node:zlib'
import { FactoryError, isFactoryError } from '../errors.ts'
import { runFilter } from '../system/run.ts'
import { isInstalled } from '../system/tools.ts'

export type Compression = 'none' | 'gzip' | 'bzip2' | 'xz' | 'zstd'

/** Bytes handed from one stage of a pack or load to the next. */
export const chunkBytes = 1024 * 1024

/** Suffixes as GNU tar reads them for --auto-compress, for the compressors we have. */
const suffixes: ReadonlyMap<string, Compression> = new Map([
  ['.tar', 'none'],
  ['.gz', 'gzip'],
  ['.tgz', 'gzip'],
  ['.taz', 'gzip'],
  ['.bz2', 'bzip2'],
  ['.tbz', 'bzip2'],
  ['.tbz2', 'bzip2'],
  ['.tz2', 'bzip2'],
  ['.xz', 'xz'],
  ['.txz', 'xz'],
  ['.zst', 'zstd'],
  ['.tzst', 'zstd'],
])

/**
 * The compressor a file name asks for, by its last suffix.
 *
 * @throws {FactoryError} USAGE when the suffix is none of those we know
 */
export function byFileName(name: string): Compression {
  const dot = name.lastIndexOf('.')
  const compression = dot > 0 ? suffixes.get(name.slice(dot)) : undefined
  if (compression !== undefined) return compression
  throw new FactoryError('USAGE', `the name of the archive does not say how to compress it: ${name}`, {
    hint: `end it in .tar, .tar.gz, .tar.bz2, .tar.xz or .tar.zst (also known: ${[...suffixes.keys()].join(' ')})`,
  })
}

interface Magic {
  readonly at: number
  readonly bytes: readonly number[]
}

const magics: ReadonlyMap<Compression, Magic> = new Map([
  ['gzip', { at: 0, bytes: [0x1f, 0x8b] }],
  ['bzip2', { at: 0, bytes: [0x42, 0x5a, 0x68] }],
  ['xz', { at: 0, bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] }],
  ['zstd', { at: 0, bytes: [0x28, 0xb5, 0x2f, 0xfd] }],
])

/** The compressor whose magic number the first bytes of a file carry; 'none' when there is none. */
export function byContent(bytes: Uint8Array): Compression {
  for (const [compression, { at, bytes: magic }] of magics) {
    if (magic.every((byte, index) => bytes[at + index] === byte)) return compression
  }
  return 'none'
}

type Chunks = AsyncIterable<Uint8Array>

/** The programs for what node:zlib does not have, at the levels they use by default. */
const programs = {
  bzip2: { packs: ['bzip2', '--compress', '--best', '--stdout'], unpacks: ['bzip2', '--decompress', '--stdout'] },
  // One thread: with more, xz splits its input into blocks, and the bytes depend on how it does.
  xz: { packs: ['xz', '--compress', '-6', '--threads=1', '--stdout'], unpacks: ['xz', '--decompress', '--stdout'] },
} as const

/**
 * Compresses at fixed levels (gzip and xz 6, bzip2 9, zstd 3: the defaults of the programs) and without a name, a time
 * or a thread count in the result, so that equal input gives equal bytes.
 *
 * @throws {FactoryError} TOOL_MISSING when bzip2 or xz is needed and not installed
 */
export function compress(compression: Compression, input: Chunks): Chunks {
  if (compression === 'none') return input
  if (compression === 'gzip') return throughZlib(createGzip({ level: 6, chunkSize: chunkBytes }), input)
  if (compression === 'zstd')
    return throughZlib(createZstdCompress({ chunkSize: chunkBytes, params: zstdLevel }), input)
  return runFilter(programs[compression].packs, input, { purpose: `write ${compression} archives` })
}

const zstdLevel = {
  [constants.ZSTD_c_compressionLevel]: 3,
  [constants.ZSTD_c_checksumFlag]: 1,
}

/** Whether {@link decompress} reads an open file through a program. */
export function needsProgram(compression: Compression): compression is keyof typeof programs {
  return compression in programs
}

/**
 * @param open the file whose bytes `input` would give, at its beginning: where a program decompresses, it reads the file
 *   itself and nothing is asked of `input`
 * @throws {FactoryError} ARCHIVE_UNREADABLE when the input is damaged or ends early; TOOL_MISSING as {@link compress}
 */
export function decompress(compression: Compression, input: Chunks, file: string, open?: number): Chunks {
  if (compression === 'none') return input
  return readable(decompressor(compression, input, open), compression, file)
}

function decompressor(compression: Exclude<Compression, 'none'>, input: Chunks, open?: number): Chunks {
  if (compression === 'gzip') return throughZlib(createGunzip({ chunkSize: chunkBytes }), input)
  if (compression === 'zstd') return throughZlib(createZstdDecompress({ chunkSize: chunkBytes }), input)
  return runFilter(unpacking(compression), open ?? input, { purpose: `read ${compression} archives` })
}

/** bzip2 writes 4 KiB at a time, and our taking each costs it a tenth of its time: where it can, it writes more at once. */
function unpacking(compression: keyof typeof programs): readonly [string, ...string[]] {
  const { unpacks } = programs[compression]
  const buffered = compression === 'bzip2' && isInstalled('stdbuf') && isInstalled('bzip2')
  return buffered ? ['stdbuf', '--output=64K', ...unpacks] : unpacks
}

/** zlib works in a thread of its own: while it works on one chunk, the caller makes or takes the next. */
async function* throughZlib(zlib: Duplex & Zlib, input: Chunks): AsyncGenerator<Uint8Array> {
  const { pipeline } = await import('node:stream/promises')
  const fed = pipeline(input, zlib)
  // A failure also ends the loop below; this only keeps it from counting as unhandled meanwhile.
  fed.catch(() => {})
  try {
    for await (const chunk of zlib) yield chunk as Uint8Array
    await fed
  } finally {
    zlib.destroy()
  }
}

async function* readable(chunks: Chunks, compression: Compression, file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks
  } catch (error) {
    if (isFactoryError(error) && error.code !== 'COMMAND_FAILED') throw error
    if (!isFactoryError(error) && !isZlibError(error)) throw error
    throw new FactoryError('ARCHIVE_UNREADABLE', `${file} is damaged or incomplete (${compression} data)`, {
      hint: 'fetch or make the archive again',
      cause: error,
    })
  }
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(Z_|ZSTD_|ERR_ZSTD|ERR_ZLIB)/.test(String(error.code))
}
