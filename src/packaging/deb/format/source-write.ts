/**
 * Writes source packages: tarballs, .dsc and _source.changes, as dpkg-source and dpkg-genchanges make them of the same
 * tree. What they say comes from debian/control and debian/changelog among the files, as it does there.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { writeChunks } from '../../../archive/chunk-file.ts'
import { compress } from '../../../archive/compression.ts'
import { type GnuTarMember, gnuTarChunks } from '../../../archive/gnu-tar-write.ts'
import { gzipMembers } from '../../../archive/gzip-members.ts'
import { commitRename, temporaryDirectory } from '../../../system/fs.ts'
import type { PackageSigner } from '../../openpgp/signer.ts'
import { renderStanzas } from './deb822.ts'
import { withoutEpoch } from './description.ts'
import type { ListedFile } from './file-list.ts'
import { changesStanza, dscStanza, parseSourceControl, type SourceControl } from './source-control.ts'
import { type DebSourceDescription, type SourceCompression, type SourceFormat, textOf } from './source-description.ts'
import { sourceProblems } from './source-problems.ts'
import { archivesOf, type SourceArchive } from './source-tree.ts'
import { refuseProblems } from './validate.ts'

export interface DebSourceOptions {
  /** By default gzip. */
  readonly compression?: SourceCompression
  /** Signs the .dsc, then the .changes about it. */
  readonly signer?: PackageSigner
}

export interface WrittenSource {
  /** Paths. */
  readonly dsc: string
  readonly changes: string
  readonly archives: readonly string[]
  readonly bytes: number
}

/**
 * Writes the files into the directory: staged first, then renamed one after the other, those that name others last.
 * Equal descriptions give equal bytes, unless gpg signs.
 *
 * @throws {FactoryError} PACKAGE_REFUSED for a tree that cannot be a source package of the format, with every reason;
 *   PACKAGE_INVALID when debian/control or debian/changelog is malformed; FILE_ACCESS, DISK_FULL; TOOL_MISSING for xz or
 *   bzip2; PACKAGE_KEY_UNUSABLE, PACKAGE_SIGNING_FAILED
 */
export async function writeSource(
  description: DebSourceDescription,
  directory: string,
  { compression = 'gzip', signer }: DebSourceOptions = {},
): Promise<WrittenSource> {
  refuseProblems('the source package', sourceProblems(description, compression))
  const control = parseSourceControl({
    control: textOf(description, '/debian/control') ?? '',
    changelog: textOf(description, '/debian/changelog') ?? '',
    ...optionalTests(description),
  })
  using staging = temporaryDirectory(directory, '.source-')
  const files: ListedFile[] = []
  for (const archive of archivesOf(description, control.entry, compression)) {
    files.push(await writeArchive(archive, join(staging.path, archive.name), compression))
  }
  const names = await writeListings(control, description.format, files, staging.path, signer)
  for (const { name } of [...files, ...names]) commitRename(join(staging.path, name), join(directory, name))
  const [dsc, changes] = names
  return {
    dsc: join(directory, dsc.name),
    changes: join(directory, changes.name),
    archives: files.map(({ name }) => join(directory, name)),
    bytes: [...files, ...names].reduce((sum, { bytes }) => sum + bytes, 0),
  }
}

function optionalTests(description: DebSourceDescription): { readonly tests?: string } {
  const tests = textOf(description, '/debian/tests/control')
  return tests === undefined ? {} : { tests }
}

async function writeArchive(
  { name, members }: SourceArchive,
  path: string,
  compression: SourceCompression,
): Promise<ListedFile> {
  const chunks = packed(members, compression)
  return await writeSummed(name, path, chunks)
}

function packed(members: readonly GnuTarMember[], compression: SourceCompression): AsyncIterable<Uint8Array> {
  const archive = gnuTarChunks(members)
  return compression === 'gzip' ? gzipMembers(archive) : compress(compression, archive)
}

async function writeSummed(name: string, path: string, chunks: AsyncIterable<Uint8Array>): Promise<ListedFile> {
  const md5 = createHash('md5')
  const sha1 = createHash('sha1')
  async function* watched(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      md5.update(chunk)
      sha1.update(chunk)
      yield chunk
    }
  }
  const { bytes, sha256 } = await writeChunks(watched(), path)
  return { name, bytes, md5: md5.digest('hex'), sha1: sha1.digest('hex'), sha256 }
}

async function writeListings(
  control: SourceControl,
  format: SourceFormat,
  files: readonly ListedFile[],
  directory: string,
  signer: PackageSigner | undefined,
): Promise<[ListedFile, ListedFile]> {
  const stem = `${control.entry.source}_${withoutEpoch(control.entry.version)}`
  async function write(name: string, text: string): Promise<ListedFile> {
    const final = signer === undefined ? text : await signer.clear(text)
    return await writeSummed(name, join(directory, name), chunksOf(final))
  }
  const dsc = await write(`${stem}.dsc`, renderStanzas([dscStanza(control, format, files)]))
  return [dsc, await write(`${stem}_source.changes`, renderStanzas([changesStanza(control, [dsc, ...files])]))]
}

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
