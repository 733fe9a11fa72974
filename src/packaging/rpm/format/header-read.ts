/**
 * Header structures from bytes that nobody vouches for. Everything is checked before anything is believed, by the rules of
 * rpm's own `hdrblobVerifyInfo` and region checks: counts and sizes within limits, known types, offsets that ascend without
 * overlap, strings that end, no tag twice. Values are decoded when asked for.
 */
import { isUtf8 } from 'node:buffer'
import { type HeaderEntry, type HeaderValue, headerMagic, indexEntryBytes, introBytes } from './header-write.ts'
import { type TagType, typeNumbers } from './tags.ts'

export interface HeaderLimits {
  readonly entries: number
  readonly dataBytes: number
}

/** What rpm takes (`hdrchkTags`, `hdrchkData`, and rpmReadPackageFile's for signatures). */
export const headerLimits = {
  signature: { entries: 32, dataBytes: 64 * 1024 * 1024 },
  immutable: { entries: 0xffff, dataBytes: 256 * 1024 * 1024 - 1 },
} as const satisfies Record<string, HeaderLimits>

/** Elements of one value: `hdrchkRange`'s companion for counts. */
const mostElements = 0xf_ffff

/** Lengths in the first 16 bytes. */
export interface HeaderIntro {
  readonly entries: number
  readonly dataBytes: number
  /** Of the whole structure. */
  readonly bytes: number
}

/** What is wrong with the bytes, as the rest of a sentence. */
export class HeaderDamage extends Error {
  override readonly name = 'HeaderDamage'
}

/** @throws {HeaderDamage} */
export function parseIntro(bytes: Buffer, limits: HeaderLimits): HeaderIntro {
  if (bytes.length < introBytes || headerMagic.some((byte, index) => index < 4 && bytes[index] !== byte)) {
    throw new HeaderDamage('does not begin with the magic of a header')
  }
  const entries = bytes.readUInt32BE(8)
  const dataBytes = bytes.readUInt32BE(12)
  if (entries < 1 || entries > limits.entries) throw new HeaderDamage(`claims ${entries} entries`)
  if (dataBytes > limits.dataBytes) throw new HeaderDamage(`claims ${dataBytes} bytes of data`)
  return { entries, dataBytes, bytes: introBytes + entries * indexEntryBytes + dataBytes }
}

interface Located {
  readonly tag: number
  readonly type: TagType
  readonly count: number
  readonly bytes: Buffer
}

const typeNames: ReadonlyMap<number, TagType> = new Map(
  // Object.entries forgets that the keys are those of the table.
  Object.entries(typeNumbers).map(([name, number]) => [number, name as TagType]),
)

const widths: Readonly<Partial<Record<TagType, number>>> = { char: 1, int8: 1, int16: 2, int32: 4, int64: 8, bin: 1 }

/** A header whose structure was checked. */
export class Header {
  readonly #entries: ReadonlyMap<number, Located>
  /** The tags present, region left out, in the order stored. */
  readonly tags: readonly number[]

  constructor(entries: readonly Located[]) {
    this.#entries = new Map(entries.map((entry) => [entry.tag, entry]))
    this.tags = entries.map(({ tag }) => tag)
  }

  has(tag: number): boolean {
    return this.#entries.has(tag)
  }

  typeOf(tag: number): TagType | undefined {
    return this.#entries.get(tag)?.type
  }

  /** The number of elements, 0 when the tag is absent. */
  count(tag: number): number {
    return this.#entries.get(tag)?.count ?? 0
  }

  /** Every string of the tag; none when it is absent or holds something else. */
  texts(tag: number): string[] {
    const entry = this.#entries.get(tag)
    return entry !== undefined && isText(entry.type) ? splitStrings(entry.bytes, entry.count) : []
  }

  /** The first string: of texts in several languages, that of the C locale. */
  text(tag: number): string | undefined {
    const entry = this.#entries.get(tag)
    return entry !== undefined && isText(entry.type) ? splitStrings(entry.bytes, 1)[0] : undefined
  }

  /** Every number; none when the tag is absent or holds something else. Above 2^53 the nearest that JavaScript has. */
  numbers(tag: number): number[] {
    const entry = this.#entries.get(tag)
    return entry === undefined || isText(entry.type) || entry.type === 'bin' ? [] : readNumbers(entry)
  }

  number(tag: number): number | undefined {
    return this.numbers(tag)[0]
  }

  bytes(tag: number): Buffer | undefined {
    const entry = this.#entries.get(tag)
    return entry?.type === 'bin' ? entry.bytes : undefined
  }

  /** The entry as the writer takes it. */
  entry(tag: number): HeaderEntry | undefined {
    const type = this.typeOf(tag)
    return type === undefined ? undefined : { tag, value: this.#value(tag, type) }
  }

  #value(tag: number, type: TagType): HeaderValue {
    if (type === 'bin') return { type, bytes: this.bytes(tag) ?? new Uint8Array() }
    if (type === 'string' || type === 'strings' || type === 'i18n') return { type, texts: this.texts(tag) }
    return { type, numbers: this.numbers(tag) }
  }
}

function isText(type: TagType): boolean {
  return type === 'string' || type === 'strings' || type === 'i18n'
}

function readNumbers({ type, bytes, count }: Located): number[] {
  const width = widths[type] ?? 1
  return Array.from({ length: count }, (_, index) =>
    width === 8 ? Number(bytes.readBigUInt64BE(index * 8)) : bytes.readUIntBE(index * width, width),
  )
}

function splitStrings(bytes: Buffer, count: number): string[] {
  // Old packages have names in Latin-1; decoded so, different bytes stay different.
  const text = bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1')
  return text.split('\0', count)
}

/**
 * @param bytes the whole structure, as {@link parseIntro} measured it
 * @param regionTag 62 or 63. Packages older than RPM 4.0.1 have no region.
 * @throws {HeaderDamage}
 */
export function parseHeader(bytes: Buffer, intro: HeaderIntro, regionTag: number): Header {
  const dataStart = introBytes + intro.entries * indexEntryBytes
  const data = bytes.subarray(dataStart, dataStart + intro.dataBytes)
  if (data.length !== intro.dataBytes) throw new HeaderDamage('is shorter than it claims')
  const index = Array.from({ length: intro.entries }, (_, at) => indexEntry(bytes, introBytes + at * indexEntryBytes))
  const hasRegion = index[0]?.tag === regionTag
  if (hasRegion) checkRegion(index[0], data, intro, regionTag)
  return new Header(locate(hasRegion ? index.slice(1) : index, data))
}

interface IndexEntry {
  readonly tag: number
  readonly type: number
  readonly offset: number
  readonly count: number
}

function indexEntry(bytes: Buffer, at: number): IndexEntry {
  return {
    tag: bytes.readUInt32BE(at),
    type: bytes.readUInt32BE(at + 4),
    offset: bytes.readInt32BE(at + 8),
    count: bytes.readUInt32BE(at + 12),
  }
}

const headerImage = 61

/** The region must reach over all entries and all data, and end with the trailer that says so. */
function checkRegion(region: IndexEntry | undefined, data: Buffer, intro: HeaderIntro, regionTag: number): void {
  const at = intro.dataBytes - indexEntryBytes
  if (region?.type !== typeNumbers.bin || region.count !== indexEntryBytes || region.offset !== at || at < 0) {
    throw new HeaderDamage('has a region that does not cover it')
  }
  const trailer = indexEntry(data, at)
  // Signature headers of old versions of rpm end with the tag of header images.
  const known = trailer.tag === regionTag || (regionTag === 62 && trailer.tag === headerImage)
  const covered = trailer.offset === -indexEntryBytes * intro.entries
  if (!known || trailer.type !== typeNumbers.bin || trailer.count !== indexEntryBytes || !covered) {
    throw new HeaderDamage('has a region with a wrong trailer')
  }
}

function locate(index: readonly IndexEntry[], data: Buffer): Located[] {
  let end = 0
  const seen = new Set<number>()
  return index.map((entry) => {
    const type = typeNames.get(entry.type)
    if (type === undefined) throw new HeaderDamage(`has the tag ${entry.tag} of the unknown type ${entry.type}`)
    if (entry.tag < 100) throw new HeaderDamage(`has the tag ${entry.tag}, which no value can have`)
    // rpm looks tags up by halving and would find either of two.
    if (seen.has(entry.tag)) throw new HeaderDamage(`has the tag ${entry.tag} twice`)
    seen.add(entry.tag)
    const bytes = valueBytes(entry, type, data, end)
    end = entry.offset + bytes.length
    return { tag: entry.tag, type, count: entry.count, bytes }
  })
}

function valueBytes({ tag, offset, count }: IndexEntry, type: TagType, data: Buffer, end: number): Buffer {
  if (offset < end || offset > data.length) throw new HeaderDamage(`has the tag ${tag} at the offset ${offset}`)
  // Binary values are byte strings and may be long; everything else is a list.
  if (count < 1 || (count > mostElements && type !== 'bin') || (type === 'string' && count !== 1)) {
    throw new HeaderDamage(`has ${count} values for the tag ${tag}`)
  }
  const width = widths[type]
  const length = width === undefined ? stringsLength(data, offset, count) : width * count
  if (length === undefined || offset + length > data.length) {
    throw new HeaderDamage(`has a value for the tag ${tag} that runs over its end`)
  }
  if (width !== undefined && type !== 'bin' && offset % width !== 0) {
    throw new HeaderDamage(`has the numbers of the tag ${tag} at the odd offset ${offset}`)
  }
  return data.subarray(offset, offset + length)
}

function stringsLength(data: Buffer, offset: number, count: number): number | undefined {
  let at = offset
  for (let left = count; left > 0; left -= 1) {
    const end = data.indexOf(0, at)
    if (end === -1) return undefined
    at = end + 1
  }
  return at - offset
}
