/** Compressing a built module in place, in the way the kernel's own decoder can read. */
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { constants, gzipSync, zstdCompressSync } from 'node:zlib'
import { FactoryError } from '../errors.ts'
import { fileError } from '../system/fs.ts'
import { run } from '../system/run.ts'
import type { ModuleSuffix } from './compression.ts'

/** compress_gzip_opts, compress_xz_opts and compress_zstd_opts of framework.conf; absent means DKMS's defaults. */
export interface CompressionOptions {
  readonly compressGzipOptions?: string
  readonly compressXzOptions?: string
  readonly compressZstdOptions?: string
}

/** The kernel's xz decoder knows only CRC32 and a small dictionary (Documentation/staging/xz.rst of the kernel). */
const xzDefaults = '--check=crc32 --lzma2=dict=1MiB'

/**
 * Replaces `path` by `path` plus suffix and returns that. With the defaults, gzip and zstd need no program and the same
 * module always gives the same bytes; xz, and every option of the administrator's own, go to the program.
 *
 * @throws {FactoryError} TOOL_MISSING, COMMAND_FAILED, FILE_ACCESS; the uncompressed module then still is in its place
 */
export async function compressModule(
  path: string,
  suffix: ModuleSuffix,
  options: CompressionOptions = {},
): Promise<string> {
  if (suffix === '') return path
  const target = `${path}${suffix}`
  const method = methodOf(suffix, options)
  if (typeof method === 'function') replaceFile(path, target, method)
  else await runCompressor(method, path, target)
  return target
}

type Compress = (bytes: Buffer) => Buffer

/** A function of our own, or the command that does it. */
function methodOf(suffix: Exclude<ModuleSuffix, ''>, options: CompressionOptions): Compress | [string, ...string[]] {
  const { compressGzipOptions, compressXzOptions, compressZstdOptions } = options
  if (suffix === '.gz')
    return isDefault(compressGzipOptions) ? gzip : ['gzip', '-n', '-f', ...words(compressGzipOptions)]
  if (suffix === '.zst') return isDefault(compressZstdOptions) ? zstd : ['zstd', '-f', ...words(compressZstdOptions)]
  return ['xz', '-f', ...words(compressXzOptions?.trim() || xzDefaults)]
}

/** zstd's own defaults are what `-q --rm -T0` leaves them at, the setting DKMS ships. */
function isDefault(options: string | undefined): boolean {
  return options === undefined || ['', '-q --rm -T0'].includes(words(options).join(' '))
}

function words(options: string | undefined): string[] {
  return (options ?? '').split(/\s+/).filter((word) => word !== '')
}

/** Level 9; node writes neither a name nor a time into the header. */
function gzip(bytes: Buffer): Buffer {
  return gzipSync(bytes, { level: 9 })
}

function zstd(bytes: Buffer): Buffer {
  return zstdCompressSync(bytes, {
    params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
  })
}

function replaceFile(path: string, target: string, compress: Compress): void {
  try {
    writeFileSync(target, compress(readFileSync(path)), { mode: statSync(path).mode & 0o777 })
    rmSync(path)
  } catch (error) {
    rmSync(target, { force: true })
    throw fileError(error, 'compress the module', path)
  }
}

async function runCompressor(argv: readonly [string, ...string[]], path: string, target: string): Promise<void> {
  await run([...argv, '--', path], { purpose: 'compress modules as the kernel does' })
  if (!existsSync(target)) {
    throw new FactoryError('COMMAND_FAILED', `${argv[0]} succeeded and did not write ${target}`, {
      hint: `check the compress_*_opts of framework.conf: ${argv.slice(1).join(' ')}`,
    })
  }
  // zstd keeps its input unless told otherwise.
  rmSync(path, { force: true })
}
