/**
 * Writes packages. The length of both headers does not depend on the payload, so the payload goes straight to its place
 * in the new file, and the headers follow when its digests are known: one file, memory that does not grow with it.
 */
import { createHash, type Hash } from 'node:crypto'
import { ftruncateSync } from 'node:fs'
import { join } from 'node:path'
import { type Compression, compress } from '../../../archive/compression.ts'
import { type CpioMember, cpioChunks } from '../../../archive/cpio-write.ts'
import { hashRange, type OpenFile, writeAt } from '../../../archive/file-range.ts'
import { gzipMembers } from '../../../archive/gzip-members.ts'
import { writeStaged } from '../../../archive/staged-file.ts'
import { FactoryError } from '../../../errors.ts'
import { fileError } from '../../../system/fs.ts'
import type { PackageFormat, WrittenPackage } from '../../package-model.ts'
import { formatEvr, type RpmDescription, rpmFileName } from './description.ts'
import { type FileRecord, fileRecords, hasLargeFile, isRegular } from './files.ts'
import { encodeLead, leadBytes } from './lead.ts'
import { encodeMainHeader, type MainHeaderRequest, type PayloadDigests, placeholderDigests } from './main-header.ts'
import type { HeaderSigner } from './sign.ts'
import { encodeSignatureHeader, signatureHeaderBytes } from './signature-header.ts'
import { descriptionProblems } from './validate.ts'

export interface RpmWriteOptions {
  /** Of the payload, by default gzip: every rpm reads it. */
  readonly compression?: Compression
  readonly signer?: HeaderSigner
  /** {@link WrittenRpm.packageId} of the source package, where that is still being written; asked for last of all. */
  readonly sourcePackageId?: () => Promise<string>
}

export interface WrittenRpm extends WrittenPackage {
  /** MD5 of header and payload: what binary packages name their source package by (SOURCEPKGID). */
  readonly packageId: string
}

export const rpmFormat: PackageFormat<RpmDescription, RpmWriteOptions> = {
  id: 'rpm',
  fileName: rpmFileName,
  write: (description, directory, options) => writeRpm(description, join(directory, rpmFileName(description)), options),
}

/**
 * Writes the package beside `destination` and renames it into place; equal descriptions give equal bytes, unless signed.
 * A package with a file of 4 GiB or more gets rpm's stripped payload and 64-bit sizes, which rpm reads since 4.12 and
 * says so in its requirements.
 *
 * @throws {FactoryError} PACKAGE_REFUSED for a description that rpm cannot hold, with every reason; FILE_ACCESS when a
 *   file cannot be read or changes meanwhile; DISK_FULL; TOOL_MISSING for xz or bzip2; PACKAGE_SIGNING_FAILED
 */
export async function writeRpm(
  description: RpmDescription,
  destination: string,
  options: RpmWriteOptions = {},
): Promise<WrittenRpm> {
  refuseProblems(description)
  try {
    const written = await writeStaged(destination, (file) => writeInto(file, description, options))
    return { path: destination, ...written }
  } catch (error) {
    throw fileError(error, 'write', destination)
  }
}

/** @throws {FactoryError} PACKAGE_REFUSED with every reason why rpm cannot hold the description */
export function refuseProblems(description: RpmDescription): void {
  const problems = descriptionProblems(description)
  const [first] = problems
  if (first === undefined) return
  const more = problems.length === 1 ? '' : ` (and ${problems.length - 1} more)`
  throw new FactoryError('PACKAGE_REFUSED', `cannot make ${rpmFileName(description)}: ${first}${more}`, {
    hint: 'change what the package is made from; nothing was written',
    details: problems,
  })
}

async function writeInto(
  file: OpenFile,
  description: RpmDescription,
  { compression = 'gzip', signer, sourcePackageId }: RpmWriteOptions,
): Promise<Omit<WrittenRpm, 'path'>> {
  const records = fileRecords(description)
  const request = { description, records, compression }
  const headerAt = leadBytes + signatureHeaderBytes
  const provisional = sourcePackageId === undefined ? request : madeFrom(request, placeholderId)
  const headerBytes = encodeMainHeader(provisional, placeholderDigests(records)).length
  const payload = await writePayload(file, headerAt + headerBytes, records, compression)

  const final = sourcePackageId === undefined ? request : madeFrom(request, await sourcePackageId())
  const header = encodeMainHeader(final, payload.digests)
  if (header.length !== headerBytes) throw new Error('the length of the header depends on the payload')
  const md5 = createHash('md5').update(header)
  await hashRange(file, { offset: headerAt + headerBytes, bytes: payload.bytes }, [md5])
  const packageId = md5.digest()
  const signature = await signer?.sign(header)
  const signatureHeader = encodeSignatureHeader({
    sha1: createHash('sha1').update(header).digest('hex'),
    sha256: createHash('sha256').update(header).digest('hex'),
    md5: packageId,
    size: headerBytes + payload.bytes,
    archiveSize: payload.archiveBytes,
    ...(signature === undefined ? {} : { signature }),
  })
  const lead = encodeLead({ kind: description.kind, name: `${description.name}-${formatEvr(description)}` })
  writeAt(file, Buffer.concat([lead, signatureHeader, header]), 0)
  return { bytes: headerAt + headerBytes + payload.bytes, packageId: packageId.toString('hex') }
}

/** As long as every {@link WrittenRpm.packageId}. */
const placeholderId = '0'.repeat(32)

function madeFrom(request: MainHeaderRequest, sourcePackageId: string): MainHeaderRequest {
  const { description } = request
  return description.kind === 'source' ? request : { ...request, description: { ...description, sourcePackageId } }
}

interface WrittenPayload {
  readonly digests: PayloadDigests
  readonly bytes: number
  readonly archiveBytes: number
}

async function writePayload(
  file: OpenFile,
  offset: number,
  records: readonly FileRecord[],
  compression: Compression,
): Promise<WrittenPayload> {
  const files = records.map(() => '')
  const archive = new Tally()
  const compressed = new Tally()
  const chunks = cpioChunks(members(records), {
    form: hasLargeFile(records) ? 'stripped' : 'newc',
    onDigest: (index, sha256) => {
      if (isRegular(records[index]?.mode ?? 0)) files[index] = sha256
    },
  })
  ftruncateSync(file.descriptor, offset)
  const packed = archive.watch(chunks)
  for await (const chunk of compression === 'gzip' ? gzipMembers(packed) : compress(compression, packed)) {
    writeAt(file, chunk, offset + compressed.bytes)
    compressed.add(chunk)
  }
  return {
    digests: { files, compressed: compressed.hex(), archive: archive.hex() },
    bytes: compressed.bytes,
    archiveBytes: archive.bytes,
  }
}

function members(records: readonly FileRecord[]): CpioMember[] {
  return records.flatMap(({ directory, base, mode, mtime, linkTarget, content, carried }, index) => {
    if (!carried) return []
    const body = content ?? (linkTarget === '' ? undefined : { text: linkTarget })
    const name = directory === '' ? base : `.${directory}${base}`
    return [{ name, mode, mtime, index, ...(body === undefined ? {} : { content: body }) }]
  })
}

/** Counts and hashes what passes. */
class Tally {
  readonly #hash: Hash = createHash('sha256')
  bytes = 0

  add(chunk: Uint8Array): void {
    this.#hash.update(chunk)
    this.bytes += chunk.length
  }

  async *watch(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) {
      this.add(chunk)
      yield chunk
    }
  }

  hex(): string {
    return this.#hash.digest('hex')
  }
}
