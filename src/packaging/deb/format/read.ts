/** Opens binary packages that nobody vouches for: members checked, control read within limits. The data stay in the file. */
import { fstatSync } from 'node:fs'
import { type ArMember, readArMembers } from '../../../archive/ar.ts'
import type { Compression } from '../../../archive/compression.ts'
import { type OpenFile, openForReading, readExactly, readRange } from '../../../archive/file-range.ts'
import type { TarMember } from '../../../archive/member-policy.ts'
import {
  type MemberSink,
  type OnMember,
  readTarChunks,
  type TarLimits,
  type TarReadOptions,
  type TarSummary,
} from '../../../archive/tar-read.ts'
import { FactoryError } from '../../../errors.ts'
import { versionMember } from './members.ts'

export interface ArchiveMember extends ArMember {
  readonly compression: Compression
}

/** A package file. It stays open until it is disposed of. */
export interface DebFile extends Disposable, OpenFile {
  /** All of them, in order. */
  readonly members: readonly ArMember[]
  readonly version: ArMember
  readonly control: ArchiveMember
  readonly data: ArchiveMember
}

/**
 * Reads and checks the members, and nothing in them.
 *
 * @throws {FactoryError} PACKAGE_INVALID when the file is not a Debian package, is damaged or incomplete; FILE_ACCESS
 */
export function openDeb(path: string): DebFile {
  using opened = new DisposableStack()
  const file = readFrom(opened.use(openForReading(path, 'read the package')))
  opened.move()
  return file
}

function readFrom(file: OpenFile & Disposable): DebFile {
  const stats = fstatSync(file.descriptor)
  const members = stats.isFile() ? readArMembers(file, stats.size) : undefined
  if (members === undefined) throw notDeb(file.path, 'it does not begin as one')
  const version = versionOf(file, members[0])
  // deb(5): members that a reader need not know begin with an underscore, or come after the data.
  const [control, data] = members.slice(1).filter(({ name }) => !name.startsWith('_'))
  return {
    ...file,
    members,
    version,
    control: archiveOf(file, control, 'control'),
    data: archiveOf(file, data, 'data'),
  }
}

const longestVersion = 100

function versionOf(file: OpenFile, member: ArMember | undefined): ArMember {
  if (member?.name !== versionMember || member.bytes > longestVersion) {
    throw notDeb(file.path, `its first member is not ${versionMember}`)
  }
  const text = readExactly(file, member.range).toString('latin1')
  if (/^2\.\d+(?:\n|$)/.test(text)) return member
  throw notDeb(file.path, `it is of the format version ${JSON.stringify(text.split('\n')[0])}, and only 2 is known`)
}

const suffixes: ReadonlyMap<string, Compression> = new Map([
  ['', 'none'],
  ['.gz', 'gzip'],
  ['.xz', 'xz'],
  ['.zst', 'zstd'],
  ['.bz2', 'bzip2'],
])

function archiveOf(file: OpenFile, member: ArMember | undefined, stem: 'control' | 'data'): ArchiveMember {
  const start = `${stem}.tar`
  if (member?.name.startsWith(start) !== true) {
    throw notDeb(file.path, `it has ${member?.name ?? 'nothing'} where ${start} should be`)
  }
  const compression = suffixes.get(member.name.slice(start.length))
  if (compression !== undefined) return { ...member, compression }
  throw notDeb(file.path, `nobody knows how to unpack ${member.name}`)
}

/** @param why as a clause */
export function notDeb(path: string, why: string): FactoryError {
  return new FactoryError('PACKAGE_INVALID', `${path} is not a valid Debian package: ${why}`, {
    hint: 'fetch or make the package again',
  })
}

/** Far above any real package: what they stop is an archive made to fill the memory. */
const controlLimits: Partial<TarLimits> = { totalBytes: 32 * 2 ** 20, members: 1000 }

/**
 * The files of the control archive by name.
 *
 * @throws {FactoryError} ARCHIVE_UNREADABLE when it is damaged; ARCHIVE_UNSAFE when it holds more than control files;
 *   TOOL_MISSING for xz
 */
export async function readControlFiles(deb: DebFile): Promise<ReadonlyMap<string, Buffer>> {
  const files = new Map<string, Buffer>()
  await readArchive(deb, deb.control, collectInto(files), { limits: controlLimits })
  return files
}

/** Links are left out, as dpkg never follows one there. */
function collectInto(files: Map<string, Buffer>): OnMember {
  return ({ kind, path }: TarMember): MemberSink | undefined => {
    if (kind !== 'file') return undefined
    const parts: Buffer[] = []
    // The chunks may be reused after the call.
    return { write: (chunk) => parts.push(Buffer.from(chunk)), end: () => files.set(path, Buffer.concat(parts)) }
  }
}

/**
 * Reads the data archive once from begin to end. Unless `options.links` says otherwise, links that leave the package are
 * refused, as in any archive whose files are wanted.
 *
 * @throws {FactoryError} as readTarChunks of archive/tar-read.ts; PACKAGE_INVALID; FILE_ACCESS
 */
export async function readData(
  deb: DebFile,
  onMember: OnMember,
  options: Omit<TarReadOptions, 'onBytes'> = {},
): Promise<TarSummary> {
  return await readArchive(deb, deb.data, onMember, options)
}

async function readArchive(
  deb: DebFile,
  { name, compression, range }: ArchiveMember,
  onMember: OnMember,
  options: Omit<TarReadOptions, 'onBytes'>,
): Promise<TarSummary> {
  const source = { name: `${deb.path}: ${name}`, compression, chunks: readRange(deb, range) }
  return await readTarChunks(source, onMember, options)
}

/**
 * Every file, directory and link of the package, in the order of the archive.
 *
 * @throws {FactoryError} as {@link readData}
 */
export async function listDeb(deb: DebFile): Promise<TarMember[]> {
  const members: TarMember[] = []
  await readData(deb, (member) => void members.push(member), { links: 'anywhere' })
  return members
}
