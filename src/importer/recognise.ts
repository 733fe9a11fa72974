/** What kind of file an archive is, by its first bytes, whatever its name. */
import { closeSync, openSync, readSync } from 'node:fs'
import { byContent, type Compression } from '../archive/compression.ts'
import type { AbsolutePath } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import { fileError, isStream, systemErrorCode } from '../system/fs.ts'

export type ArchiveKind =
  /** A tar archive, as far as its beginning tells: one that is compressed may still hold something else. */
  | { readonly kind: 'tar'; readonly compression: Compression }
  /** A package that its package manager installs. */
  | { readonly kind: 'package'; readonly manager: 'rpm' | 'dpkg' }
  | { readonly kind: 'unknown'; readonly guess?: string }

const others: readonly (readonly [magic: string, kind: ArchiveKind])[] = [
  // The lead of an RPM package (RPM file format).
  ['\xed\xab\xee\xdb', { kind: 'package', manager: 'rpm' }],
  ['!<arch>\ndebian', { kind: 'package', manager: 'dpkg' }],
  ['!<arch>\n', { kind: 'unknown', guess: 'an ar archive' }],
  ['PK\x03\x04', { kind: 'unknown', guess: 'a zip archive' }],
  ["7z\xbc\xaf'\x1c", { kind: 'unknown', guess: 'a 7z archive' }],
  ['LZIP', { kind: 'unknown', guess: 'compressed with lzip' }],
  ['\x89LZO', { kind: 'unknown', guess: 'compressed with lzop' }],
  ['\x1f\x9d', { kind: 'unknown', guess: 'compressed with compress' }],
  ['\x5d\x00\x00', { kind: 'unknown', guess: 'compressed with lzma' }],
  ['\x7fELF', { kind: 'unknown', guess: 'a program or kernel module' }],
]

/**
 * @throws {FactoryError} ARCHIVE_MISSING; ARCHIVE_UNREADABLE for a pipe or device; FILE_ACCESS when it cannot be read
 */
export async function recognise(path: AbsolutePath): Promise<ArchiveKind> {
  const head = readHead(path)
  const compression = byContent(head)
  if (compression !== 'none') return { kind: 'tar', compression }
  const text = head.toString('latin1')
  const other = others.find(([magic]) => text.startsWith(magic))
  if (other !== undefined) return other[1]
  return (await isTarHeader(head)) ? { kind: 'tar', compression } : { kind: 'unknown' }
}

/** The checksum tells: archives of the oldest tar have no other mark. */
async function isTarHeader(head: Buffer): Promise<boolean> {
  const { headerIsValid } = await import('../archive/tar-header.ts')
  return headerIsValid(head)
}

/** @throws {FactoryError} ARCHIVE_UNREADABLE for what is read only once and may never end */
export function refuseStream(path: AbsolutePath): void {
  if (!isStream(path)) return
  throw new FactoryError('ARCHIVE_UNREADABLE', `${path} is a pipe, socket or device, not a file`, {
    hint: 'write its content to a file first, and name that',
  })
}

function readHead(path: AbsolutePath): Buffer {
  refuseStream(path)
  const head = Buffer.alloc(512)
  try {
    const descriptor = openSync(path, 'r')
    try {
      return head.subarray(0, readSync(descriptor, head, 0, head.length, 0))
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw fileError(error, 'read the archive', path)
    throw new FactoryError('ARCHIVE_MISSING', `the archive ${path} does not exist`, {
      hint: 'check the path',
      cause: error,
    })
  }
}

/**
 * @returns the compressor of a tar archive
 * @throws {FactoryError} ARCHIVE_IS_PACKAGE, or PACKAGE_INVALID for a package that is damaged; ARCHIVE_UNREADABLE for
 *   anything else that is no tar archive
 */
export async function assertTar(path: AbsolutePath): Promise<Compression> {
  const found = await recognise(path)
  if (found.kind === 'tar') return found.compression
  if (found.kind === 'package') {
    const { refusePackage } = await import('./foreign-package.ts')
    return await refusePackage(path, found.manager)
  }
  const what = found.guess === undefined ? 'no tar archive' : found.guess
  throw new FactoryError('ARCHIVE_UNREADABLE', `${path} is ${what}`, {
    hint: 'give a tar archive: plain, or compressed with gzip, bzip2, xz or zstd',
  })
}
