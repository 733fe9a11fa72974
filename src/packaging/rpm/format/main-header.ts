/** The main header: everything a package says, in one region that digests and signatures cover. */
import type { Compression } from '../../../archive/compression.ts'
import { type RpmDescription, rpmFileName } from './description.ts'
import { type FileRecord, fileEntries, hasLargeFile, sourceLists } from './files.ts'
import { sha256Algorithm } from './flags.ts'
import { encodeHeader, region } from './header-write.ts'
import { completeRelations, relationKinds, relationTags } from './relations.ts'
import { scriptEntries } from './scriptlets.ts'
import { bytes, i18n, int32s, type NamedEntry, optional, string, strings } from './values.ts'

/** What is known only when the payload is written. */
export interface PayloadDigests {
  /** SHA-256 per file record, empty for what has no content. */
  readonly files: readonly string[]
  /** SHA-256 of the payload as stored. */
  readonly compressed: string
  /** SHA-256 of the archive before compression. */
  readonly archive: string
}

export interface MainHeaderRequest {
  readonly description: RpmDescription
  readonly records: readonly FileRecord[]
  readonly compression: Compression
}

/** The rpm whose headers these are modelled on and proved against. */
const formatVersion = '4.18.0'

/** What rpm's I/O layer calls the compressors, and the levels archive/compression.ts works at. */
const compressors = {
  none: undefined,
  gzip: { name: 'gzip', level: '6' },
  bzip2: { name: 'bzip2', level: '9' },
  xz: { name: 'xz', level: '6' },
  zstd: { name: 'zstd', level: '3' },
} as const satisfies Record<Compression, { name: string; level: string } | undefined>

/** The header's length does not depend on the digests' values, so it can be laid out before they are known. */
export function placeholderDigests(records: readonly FileRecord[]): PayloadDigests {
  const zeros = '0'.repeat(64)
  return {
    files: records.map(({ content }) => (content === undefined ? '' : zeros)),
    compressed: zeros,
    archive: zeros,
  }
}

export function encodeMainHeader(request: MainHeaderRequest, digests: PayloadDigests): Buffer {
  const { description, records, compression } = request
  return encodeHeader(region.immutable, [
    ...preambleEntries(description),
    ...relationEntries(request),
    ...fileEntries(description.kind, records, digests.files),
    ...payloadEntries(compression, digests),
    ...(description.kind === 'binary' ? binaryEntries(description) : sourceEntries(description)),
  ])
}

function preambleEntries(description: RpmDescription): NamedEntry[] {
  const { epoch } = description
  return [
    strings('HEADERI18NTABLE', ['C']),
    string('NAME', description.name),
    string('VERSION', description.version),
    string('RELEASE', description.release),
    ...(epoch === undefined ? [] : [int32s('EPOCH', [epoch])]),
    i18n('SUMMARY', description.summary),
    i18n('DESCRIPTION', description.description),
    i18n('GROUP', description.group ?? 'Unspecified'),
    string('LICENSE', description.license),
    string('OS', description.os ?? 'linux'),
    string('ARCH', description.arch),
    ...optional('DISTRIBUTION', description.distribution),
    ...optional('VENDOR', description.vendor),
    ...optional('PACKAGER', description.packager),
    ...optional('URL', description.url),
    ...optional('BUGURL', description.bugUrl),
    ...optional('VCS', description.vcs),
    ...optional('PLATFORM', description.platform),
    ...optional('OPTFLAGS', description.optflags),
    string('ENCODING', 'utf-8'),
    string('RPMVERSION', formatVersion),
    ...buildEntries(description),
    ...changelogEntries(description),
  ]
}

function buildEntries({ buildHost, buildTime }: RpmDescription): NamedEntry[] {
  return [
    int32s('BUILDTIME', [buildTime]),
    string('BUILDHOST', buildHost),
    // What ties packages of one build together; rpmbuild's form, and as reproducible as its two parts.
    string('COOKIE', `${buildHost} ${buildTime}`),
  ]
}

function changelogEntries({ changelog = [] }: RpmDescription): NamedEntry[] {
  if (changelog.length === 0) return []
  return [
    int32s(
      'CHANGELOGTIME',
      changelog.map(({ time }) => time),
    ),
    strings(
      'CHANGELOGNAME',
      changelog.map(({ author }) => author),
    ),
    strings(
      'CHANGELOGTEXT',
      changelog.map(({ text }) => text),
    ),
  ]
}

function relationEntries({ description, records, compression }: MainHeaderRequest): NamedEntry[] {
  const payload = { compression, large: hasLargeFile(records) }
  return relationKinds.flatMap((kind) => {
    const relations = completeRelations(description, kind, payload)
    if (relations.length === 0) return []
    const tags = relationTags[kind]
    return [
      strings(
        tags.name,
        relations.map(({ name }) => name),
      ),
      int32s(
        tags.flags,
        relations.map(({ flags }) => flags),
      ),
      strings(
        tags.version,
        relations.map(({ version }) => version),
      ),
    ]
  })
}

function payloadEntries(compression: Compression, digests: PayloadDigests): NamedEntry[] {
  const compressor = compressors[compression]
  return [
    string('PAYLOADFORMAT', 'cpio'),
    ...(compressor === undefined
      ? []
      : [string('PAYLOADCOMPRESSOR', compressor.name), string('PAYLOADFLAGS', compressor.level)]),
    strings('PAYLOADDIGEST', [digests.compressed]),
    int32s('PAYLOADDIGESTALGO', [sha256Algorithm]),
    strings('PAYLOADDIGESTALT', [digests.archive]),
  ]
}

/** SOURCERPM is what makes a package a binary one. */
function binaryEntries(description: Extract<RpmDescription, { kind: 'binary' }>): NamedEntry[] {
  const { sourcePackageId } = description
  return [
    string('SOURCERPM', description.sourceRpm ?? rpmFileName({ ...description, kind: 'source' })),
    ...(sourcePackageId === undefined ? [] : [bytes('SOURCEPKGID', Buffer.from(sourcePackageId, 'hex'))]),
    ...scriptEntries(description),
  ]
}

function sourceEntries(description: Extract<RpmDescription, { kind: 'source' }>): NamedEntry[] {
  const { buildArchs = [] } = description
  return [
    int32s('SOURCEPACKAGE', [1]),
    ...(buildArchs.length === 0 ? [] : [strings('BUILDARCHS', buildArchs)]),
    ...sourceLists(description.entries),
  ]
}
