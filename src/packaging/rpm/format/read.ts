/** Opens packages: lead and headers, checked. The payload stays in the file. */
import { fstatSync } from 'node:fs'
import { type OpenFile, openForReading, type Range, readExactly } from '../../../archive/file-range.ts'
import { FactoryError } from '../../../errors.ts'
import { type Header, HeaderDamage, type HeaderLimits, headerLimits, parseHeader, parseIntro } from './header-read.ts'
import { introBytes, region } from './header-write.ts'
import { type Lead, leadBytes, parseLead } from './lead.ts'
import { type SignatureTagName, signatureTags, type TagName, tags } from './tags.ts'

/** A package file. It stays open until it is disposed of. */
export interface RpmFile extends Disposable, OpenFile {
  readonly kind: 'binary' | 'source'
  readonly lead: Lead
  readonly signature: Header
  readonly header: Header
  /** The bytes of the main header: what digests and signatures cover. */
  readonly headerBytes: Buffer
  readonly headerRange: Range
  readonly payloadRange: Range
}

/**
 * Reads and checks the structure of lead and headers, and no digest: see verify.ts.
 *
 * @throws {FactoryError} PACKAGE_INVALID when the file is not an RPM package or its structure is damaged; FILE_ACCESS
 */
export function openRpm(path: string): RpmFile {
  using opened = new DisposableStack()
  const file = readFrom(opened.use(openForReading(path, 'read the package')))
  opened.move()
  return file
}

function readFrom(file: OpenFile & Disposable): RpmFile {
  const fileBytes = fstatSync(file.descriptor).size
  const lead = fileBytes < leadBytes ? undefined : parseLead(readExactly(file, { offset: 0, bytes: leadBytes }))
  if (lead === undefined) throw damaged(file.path, 'it does not begin as one')
  const signature = readHeader(file, { at: leadBytes, fileBytes, what: 'signature' })
  const headerAt = leadBytes + Math.ceil(signature.range.bytes / 8) * 8
  const main = readHeader(file, { at: headerAt, fileBytes, what: 'immutable' })
  const payloadAt = headerAt + main.range.bytes
  return {
    ...file,
    lead,
    kind: kindOf(main.header),
    signature: signature.header,
    header: main.header,
    headerBytes: main.bytes,
    headerRange: main.range,
    payloadRange: { offset: payloadAt, bytes: fileBytes - payloadAt },
  }
}

/** The lead may lie: rpm goes by the header. */
function kindOf(header: Header): 'binary' | 'source' {
  return header.has(tags.SOURCEPACKAGE[0]) || !header.has(tags.SOURCERPM[0]) ? 'source' : 'binary'
}

interface Place {
  readonly at: number
  readonly fileBytes: number
  readonly what: 'signature' | 'immutable'
}

interface ReadHeader {
  readonly header: Header
  readonly bytes: Buffer
  readonly range: Range
}

const headerNames = { signature: 'signature header', immutable: 'header' } as const

function readHeader(file: OpenFile, { at, fileBytes, what }: Place): ReadHeader {
  const limits: HeaderLimits = headerLimits[what]
  try {
    const intro = parseIntro(readExactly(file, { offset: at, bytes: introBytes }), limits)
    // Asked before the memory is: a file of a few bytes must not make us reserve what it claims.
    if (at + intro.bytes > fileBytes) throw new HeaderDamage('is larger than the file')
    const range = { offset: at, bytes: intro.bytes }
    const bytes = readExactly(file, range)
    return { header: parseHeader(bytes, intro, region[what]), bytes, range }
  } catch (error) {
    if (!(error instanceof HeaderDamage)) throw error
    throw damaged(file.path, `its ${headerNames[what]} ${error.message}`)
  }
}

/** @param why what is wrong, as a clause */
export function damaged(path: string, why: string): FactoryError {
  return new FactoryError('PACKAGE_INVALID', `${path} is not a valid RPM package: ${why}`, {
    hint: 'fetch or make the package again',
  })
}

/** Tags of the signature header that rpm shows among those of the main header. */
const merged: ReadonlySet<string> = new Set<SignatureTagName>([
  'DSAHEADER',
  'RSAHEADER',
  'SHA1HEADER',
  'LONGSIGSIZE',
  'LONGARCHIVESIZE',
  'SHA256HEADER',
  'FILESIGNATURES',
  'FILESIGNATURELENGTH',
  'VERITYSIGNATURES',
  'VERITYSIGNATUREALGO',
  'SIGSIZE',
  'SIGPGP',
  'SIGMD5',
  'SIGGPG',
  'ARCHIVESIZE',
])

/** What a tag holds, by the name `rpm --querytags` has for it; undefined when the package does not have it. */
export type TagValue = readonly string[] | readonly number[] | Uint8Array

export function readTag(rpm: Pick<RpmFile, 'header' | 'signature'>, name: TagName): TagValue | undefined {
  const own = tagOf(rpm.header, tags[name][0])
  if (own !== undefined || !isMerged(name)) return own
  return tagOf(rpm.signature, signatureTags[name][0])
}

function isMerged(name: string): name is SignatureTagName {
  return merged.has(name)
}

function tagOf(header: Header, tag: number): TagValue | undefined {
  const type = header.typeOf(tag)
  if (type === undefined) return undefined
  if (type === 'bin') return header.bytes(tag)
  return type === 'string' || type === 'strings' || type === 'i18n' ? header.texts(tag) : header.numbers(tag)
}
