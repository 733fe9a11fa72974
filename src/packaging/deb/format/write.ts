/**
 * Writes binary packages. The data archive is made first, in a scratch file, since the control archive in front of it
 * holds the sums of the files: each file is read once, and memory does not grow with the package.
 */
import { join } from 'node:path'
import { compress } from '../../../archive/compression.ts'
import { type OpenFile, readRange, writeAt } from '../../../archive/file-range.ts'
import { type GnuTarMember, gnuTarChunks } from '../../../archive/gnu-tar-write.ts'
import { gzipMembers } from '../../../archive/gzip-members.ts'
import { openScratch, writeStaged } from '../../../archive/staged-file.ts'
import type { PackageSigner } from '../../openpgp/signer.ts'
import type { PackageFormat, WrittenPackage } from '../../package-model.ts'
import { controlMembers } from './control-archive.ts'
import { type DebDescription, debFileName } from './description.ts'
import { dataMembers, installedKib, md5sumsText } from './installed-files.ts'
import {
  concatenated,
  type DebCompression,
  memberSuffix,
  PackageWriter,
  versionMember,
  versionText,
} from './members.ts'
import { type SignatureRole, signatureMember } from './sign.ts'
import { refuseDescription } from './validate.ts'

export interface DebWriteOptions {
  /** Of both archives, by default gzip: every dpkg reads it. */
  readonly compression?: DebCompression
  /** Adds a signature of the package's origin, as debsigs does. */
  readonly signer?: PackageSigner
}

export const debFormat: PackageFormat<DebDescription, DebWriteOptions> = {
  id: 'deb',
  fileName: debFileName,
  write: (description, directory, options) => writeDeb(description, join(directory, debFileName(description)), options),
}

/**
 * Writes the package beside `destination` and renames it into place; equal descriptions give equal bytes, unless gpg
 * signs.
 *
 * @throws {FactoryError} PACKAGE_REFUSED for a description that dpkg cannot hold, with every reason; FILE_ACCESS when a
 *   file cannot be read or changes meanwhile; DISK_FULL; TOOL_MISSING for xz; PACKAGE_KEY_UNUSABLE, PACKAGE_SIGNING_FAILED
 */
export async function writeDeb(
  description: DebDescription,
  destination: string,
  options: DebWriteOptions = {},
): Promise<WrittenPackage> {
  refuseDescription(description)
  using scratch = openScratch(destination)
  const bytes = await writeStaged(destination, (file) => writeInto(file, scratch, description, options))
  return { path: destination, bytes }
}

async function writeInto(
  file: OpenFile,
  scratch: OpenFile,
  description: DebDescription,
  { compression = 'gzip', signer }: DebWriteOptions,
): Promise<number> {
  const { entries, time } = description
  const members = dataMembers(description)
  const data = await writeData(scratch, members, compression)
  const facts = { installedKib: installedKib(members), md5sums: md5sumsText(data.sums, entries) }
  const control = await collect(compress(compression, gnuTarChunks(controlMembers(description, facts))))

  const writer = new PackageWriter(file, time)
  const suffix = memberSuffix[compression]
  const ranges = [
    await writer.add(versionMember, versionText.length, [Buffer.from(versionText)]),
    await writer.add(`control.tar${suffix}`, control.length, [control]),
    await writer.add(`data.tar${suffix}`, data.bytes, readRange(scratch, { offset: 0, bytes: data.bytes })),
  ]
  if (signer !== undefined) {
    const role: SignatureRole = 'origin'
    const signature = await signer.detached(concatenated(file, ranges))
    await writer.add(signatureMember(role), signature.length, [signature])
  }
  return writer.bytes
}

interface WrittenData {
  readonly bytes: number
  /** MD5 by name of the member. */
  readonly sums: ReadonlyMap<string, string>
}

async function writeData(
  scratch: OpenFile,
  members: readonly GnuTarMember[],
  compression: DebCompression,
): Promise<WrittenData> {
  const sums = new Map<string, string>()
  const archive = gnuTarChunks(members, { onMd5: ({ name }, md5) => sums.set(name, md5) })
  let bytes = 0
  for await (const chunk of compression === 'gzip' ? gzipMembers(archive) : compress(compression, archive)) {
    writeAt(scratch, chunk, bytes)
    bytes += chunk.length
  }
  return { bytes, sums }
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts)
}
