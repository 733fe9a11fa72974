/** The files of a package as rpm lists them: one record each, in the order of the payload, and the header's arrays of them. */
import { contentBytes, type FileContent } from '../../../archive/tar-entry.ts'
import { assertNever } from '../../../errors.ts'
import { compareBytes } from './byte-order.ts'
import type { RpmDescription, RpmEntry, RpmEntryTraits, RpmSourceEntry } from './description.ts'
import { fileFlag, fileType, sha256Algorithm, verifyBit } from './flags.ts'
import { int16s, int32s, int64s, type NamedEntry, strings } from './values.ts'

export interface FileRecord {
  /** With its slash at the end; empty in a source package. */
  readonly directory: string
  readonly base: string
  /** Type and permission bits. */
  readonly mode: number
  readonly size: number
  readonly mtime: number
  readonly flags: number
  readonly verify: number
  readonly user: string
  readonly group: string
  readonly linkTarget: string
  readonly color: number
  readonly fileClass: string
  /** Ghosts are listed, and not carried. */
  readonly carried: boolean
  /** Of regular files that are carried. */
  readonly content?: FileContent
}

const fourGiB = 2 ** 32

/** Sorted by path, byte by byte: the order of rpmbuild's arrays and payload, and so independent of any directory's order. */
export function fileRecords(description: RpmDescription): FileRecord[] {
  const entries: readonly (RpmEntry | RpmSourceEntry)[] = description.entries
  return [...entries].sort((a, b) => compareBytes(a.path, b.path)).map(fileRecord)
}

function fileRecord(entry: RpmEntry | RpmSourceEntry): FileRecord {
  const traits: RpmEntryTraits = 'role' in entry ? {} : entry
  const slash = entry.path.lastIndexOf('/') + 1
  return {
    directory: entry.path.slice(0, slash),
    base: entry.path.slice(slash),
    mode: modeOf(entry),
    size: sizeOf(entry),
    mtime: entry.mtime,
    flags: flagsOf(entry, traits),
    verify: verifyFlags(entry, traits),
    user: entry.user ?? 'root',
    group: entry.group ?? 'root',
    linkTarget: entry.kind === 'symlink' ? entry.target : '',
    color: traits.color ?? 0,
    fileClass: traits.fileClass ?? (entry.kind === 'directory' ? 'directory' : ''),
    carried: entry.kind !== 'ghost',
    ...(entry.kind === 'file' ? { content: entry.content } : {}),
  }
}

function modeOf(entry: RpmEntry | RpmSourceEntry): number {
  switch (entry.kind) {
    case 'file':
    case 'ghost':
      return fileType.regular | entry.mode
    case 'directory':
      return fileType.directory | entry.mode
    case 'symlink':
      return fileType.symlink | 0o777
    default:
      return assertNever(entry)
  }
}

function sizeOf(entry: RpmEntry | RpmSourceEntry): number {
  if (entry.kind === 'file') return contentBytes(entry.content)
  return entry.kind === 'symlink' ? Buffer.byteLength(entry.target) : 0
}

function flagsOf(entry: RpmEntry | RpmSourceEntry, traits: RpmEntryTraits): number {
  return (
    (traits.config === undefined ? 0 : fileFlag.config) |
    (traits.config === 'keep' ? fileFlag.noreplace : 0) |
    (traits.doc ? fileFlag.doc : 0) |
    (traits.license ? fileFlag.license : 0) |
    (traits.readme ? fileFlag.readme : 0) |
    (traits.artifact ? fileFlag.artifact : 0) |
    (traits.missingOk ? fileFlag.missingok : 0) |
    (entry.kind === 'ghost' ? fileFlag.ghost : 0) |
    ('role' in entry && entry.role === 'spec' ? fileFlag.spec : 0)
  )
}

/** What a ghost holds and when it was written is not the package's business. */
const ghostUnverified = verifyBit.digest | verifyBit.size | verifyBit.link | verifyBit.mtime

function verifyFlags(entry: RpmEntry | RpmSourceEntry, traits: RpmEntryTraits): number {
  const asked = (traits.unverified ?? []).reduce((sum, aspect) => sum | verifyBit[aspect], 0)
  return ~(asked | (entry.kind === 'ghost' ? ghostUnverified : 0)) >>> 0
}

export function isRegular(mode: number): boolean {
  return (mode & fileType.mask) === fileType.regular
}

/** Some file needs more than the 32 bits that newc archives and FILESIZES have for its size. */
export function hasLargeFile(records: readonly FileRecord[]): boolean {
  return records.some(({ size }) => size >= fourGiB)
}

/** @param digests SHA-256 in hexadecimal per record; empty for what has no content */
export function fileEntries(
  kind: RpmDescription['kind'],
  records: readonly FileRecord[],
  digests: readonly string[],
): NamedEntry[] {
  const total = records.reduce((sum, { size }) => sum + size, 0)
  const size = total < fourGiB ? int32s('SIZE', [total]) : int64s('LONGSIZE', [total])
  const algorithm = int32s('FILEDIGESTALGO', [sha256Algorithm])
  // Without files there is no file array at all: rpm takes an empty one for damage.
  if (records.length === 0) return [size, algorithm]
  const lists = [...placeEntries(records), ...contentEntries(records, digests), ...attributeEntries(records)]
  return [size, algorithm, ...lists, ...(kind === 'binary' ? classEntries(records) : [])]
}

function placeEntries(records: readonly FileRecord[]): NamedEntry[] {
  const directories = numbered(records.map(({ directory }) => directory))
  return [
    int32s('DIRINDEXES', directories.indexes),
    strings(
      'BASENAMES',
      records.map(({ base }) => base),
    ),
    strings('DIRNAMES', directories.values),
  ]
}

/** Each text once, in order of first appearance, and which of them each item has. */
function numbered(texts: readonly string[]): { readonly values: string[]; readonly indexes: number[] } {
  const numbers = new Map<string, number>()
  const indexes = texts.map((text) => {
    const known = numbers.get(text) ?? numbers.size
    numbers.set(text, known)
    return known
  })
  return { values: [...numbers.keys()], indexes }
}

function contentEntries(records: readonly FileRecord[], digests: readonly string[]): NamedEntry[] {
  const sizes = records.map(({ size }) => size)
  return [
    hasLargeFile(records) ? int64s('LONGFILESIZES', sizes) : int32s('FILESIZES', sizes),
    strings('FILEDIGESTS', digests),
    strings(
      'FILELINKTOS',
      records.map(({ linkTarget }) => linkTarget),
    ),
  ]
}

function attributeEntries(records: readonly FileRecord[]): NamedEntry[] {
  return [
    int16s(
      'FILEMODES',
      records.map(({ mode }) => mode),
    ),
    int16s(
      'FILERDEVS',
      records.map(() => 0),
    ),
    int32s(
      'FILEMTIMES',
      records.map(({ mtime }) => mtime),
    ),
    int32s(
      'FILEFLAGS',
      records.map(({ flags }) => flags),
    ),
    strings(
      'FILEUSERNAME',
      records.map(({ user }) => user),
    ),
    strings(
      'FILEGROUPNAME',
      records.map(({ group }) => group),
    ),
    int32s(
      'FILEVERIFYFLAGS',
      records.map(({ verify }) => verify),
    ),
    int32s(
      'FILEDEVICES',
      records.map(() => 1),
    ),
    int32s(
      'FILEINODES',
      records.map((_, index) => index + 1),
    ),
    strings(
      'FILELANGS',
      records.map(() => ''),
    ),
  ]
}

/** rpmbuild looks into the files of binary packages only. */
function classEntries(records: readonly FileRecord[]): NamedEntry[] {
  const classes = numbered(records.map(({ fileClass }) => fileClass))
  return [
    int32s(
      'FILECOLORS',
      records.map(({ color }) => color),
    ),
    int32s('FILECLASS', classes.indexes),
    strings('CLASSDICT', classes.values),
  ]
}

/** Which files the spec names as sources and patches: last first, as rpmbuild has them. */
export function sourceLists(entries: readonly RpmSourceEntry[]): NamedEntry[] {
  const named = (role: RpmSourceEntry['role']) =>
    entries
      .filter((entry) => entry.role === role)
      .map(({ path }) => path)
      .reverse()
  const sources = named('source')
  const patches = named('patch')
  return [
    ...(sources.length === 0 ? [] : [strings('SOURCE', sources)]),
    ...(patches.length === 0 ? [] : [strings('PATCH', patches)]),
  ]
}
