/** Compression of kernel modules: which one a kernel uses, and doing and undoing it. */
import { type Dirent, readdirSync } from 'node:fs'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { type AbsolutePath, below, type Kernel, type Roots } from '../domain.ts'
import { FactoryError, isFactoryError } from '../errors.ts'
import { fileError, isDirectory, systemErrorCode } from '../system/fs.ts'

/** What follows `.ko` in the file name. */
export type ModuleSuffix = '' | '.gz' | '.xz' | '.zst'

/** No real module comes near; what does is made to exhaust memory. */
export const largestModule = 512 * 1024 * 1024

/**
 * The compression of the kernel's own modules. Looks below INSTALLTREE/RELEASE/kernel and stops at the first module found;
 * a module that DKMS itself compressed, below updates or extra, says nothing about the kernel. Only a kernel without
 * that directory is judged by the rest of its tree.
 *
 * @throws {FactoryError} FILE_ACCESS
 */
export function moduleSuffix(roots: Pick<Roots, 'installTree'>, kernel: Pick<Kernel, 'release'>): ModuleSuffix {
  const tree = below(roots.installTree, kernel.release)
  const own = below(tree, 'kernel')
  return firstModule(isDirectory(own) ? own : tree) ?? ''
}

/** Depth first, in directory order. Links are not followed: `build` and `source` lead out of the tree. */
function firstModule(directory: AbsolutePath): ModuleSuffix | undefined {
  const entries = listDirectory(directory)
  for (const entry of entries) {
    const suffix = entry.isDirectory() ? undefined : suffixOf(entry.name)
    if (suffix !== undefined) return suffix
  }
  for (const entry of entries) {
    const suffix = entry.isDirectory() ? firstModule(below(directory, entry.name)) : undefined
    if (suffix !== undefined) return suffix
  }
  return undefined
}

/** The compression a module's file name tells; undefined for a name that is not a module's. */
export function suffixOf(fileName: string): ModuleSuffix | undefined {
  const match = /\.ko(|\.gz|\.xz|\.zst)$/.exec(fileName)
  // The pattern's group holds exactly these texts.
  return match === null ? undefined : (match[1] as ModuleSuffix)
}

function listDirectory(path: string): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true })
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return []
    throw fileError(error, 'look for modules', path)
  }
}

/** The compression the first bytes of a file tell; '' for everything that is not one of the three. */
export function moduleCompression(bytes: Uint8Array): ModuleSuffix {
  const start = Buffer.from(bytes.subarray(0, 6)).toString('hex')
  if (start.startsWith('1f8b')) return '.gz'
  if (start === 'fd377a585a00') return '.xz'
  return start.startsWith('28b52ffd') ? '.zst' : ''
}

/**
 * The uncompressed bytes, whatever `bytes` is compressed with; bytes that are not compressed come back as they are.
 *
 * @param name for messages
 * @param limit bytes beyond which the result is refused
 * @throws {FactoryError} ELF_INVALID when the compressed data is damaged or expands beyond any module
 */
export async function decompressModule(
  bytes: Uint8Array,
  name = 'the given module',
  limit = largestModule,
): Promise<Uint8Array> {
  return decompressModuleSync(bytes, name, limit) ?? (await decompressXz(bytes, name, limit))
}

/** Like {@link decompressModule}; undefined for xz, which cannot be read synchronously. */
export function decompressModuleSync(
  bytes: Uint8Array,
  name = 'the given module',
  limit = largestModule,
): Uint8Array | undefined {
  const compression = moduleCompression(bytes)
  if (compression === '') return bytes
  if (compression === '.xz') return undefined
  try {
    const options = { maxOutputLength: limit }
    return compression === '.gz' ? gunzipSync(bytes, options) : zstdDecompressSync(bytes, options)
  } catch (error) {
    throw damaged(name, compression, error)
  }
}

async function decompressXz(bytes: Uint8Array, name: string, limit: number): Promise<Uint8Array> {
  // A CommonJS module: node finds its exports on the default one only.
  const { XzReadableStream } = (await import('xz-decompress')).default
  const chunks: Uint8Array[] = []
  let total = 0
  try {
    for await (const chunk of new XzReadableStream(ReadableStream.from([bytes]))) {
      total += chunk.length
      if (total > limit) throw damaged(name, '.xz', new Error('it expands beyond the size of any module'))
      // The stream hands out views of memory that it will use again.
      chunks.push(chunk.slice())
    }
  } catch (error) {
    throw isFactoryError(error) ? error : damaged(name, '.xz', error)
  }
  return Buffer.concat(chunks)
}

function damaged(name: string, compression: ModuleSuffix, cause: unknown): FactoryError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new FactoryError('ELF_INVALID', `${name} cannot be decompressed (${compression.slice(1)}): ${reason}`, {
    hint: 'the file is damaged or cut short; build or copy it again',
    cause,
  })
}
