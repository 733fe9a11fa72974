/** Header structures to bytes (format document of rpm, "The Header Structure"; hregions document for the region). */
import { typeNumbers } from './tags.ts'

/** A value as a header stores it. */
export type HeaderValue =
  | { readonly type: 'char' | 'int8' | 'int16' | 'int32' | 'int64'; readonly numbers: readonly number[] }
  | { readonly type: 'string' | 'strings' | 'i18n'; readonly texts: readonly string[] }
  | { readonly type: 'bin'; readonly bytes: Uint8Array }

export interface HeaderEntry {
  readonly tag: number
  readonly value: HeaderValue
}

/** Tags of the regions: the signature header and the main ("immutable") one. */
export const region = { signature: 62, immutable: 63 } as const

export const headerMagic: Uint8Array = Uint8Array.of(0x8e, 0xad, 0xe8, 0x01, 0, 0, 0, 0)

/** Bytes of magic, index count and data size, and of one index entry. */
export const introBytes = 16
export const indexEntryBytes = 16

const widths = { char: 1, int8: 1, int16: 2, int32: 4, int64: 8 } as const

/**
 * The whole structure, from its magic to the end of its data, with a region over all of it. Entries are stored in the
 * order of their tags; numbers are big-endian and aligned to their size within the data.
 *
 * @throws {Error} (a bug) for an empty value: rpm has none
 */
export function encodeHeader(regionTag: number, entries: readonly HeaderEntry[]): Buffer {
  const sorted = [...entries].sort((a, b) => a.tag - b.tag)
  const data = new DataSection()
  const index = sorted.map((entry) => indexEntry(entry, data))
  const indexCount = index.length + 1
  const trailerOffset = data.size
  data.append(fields(regionTag, typeNumbers.bin, -indexEntryBytes * indexCount, indexEntryBytes))
  const intro = Buffer.alloc(introBytes)
  intro.set(headerMagic)
  intro.writeUInt32BE(indexCount, 8)
  intro.writeUInt32BE(data.size, 12)
  const regionEntry = fields(regionTag, typeNumbers.bin, trailerOffset, indexEntryBytes)
  return Buffer.concat([intro, regionEntry, ...index, ...data.parts])
}

function indexEntry({ tag, value }: HeaderEntry, data: DataSection): Buffer {
  const { bytes, count } = encodeValue(value)
  if (count === 0) throw new Error(`tag ${tag} has no value`)
  data.align(value.type === 'int16' || value.type === 'int32' || value.type === 'int64' ? widths[value.type] : 1)
  const offset = data.size
  data.append(bytes)
  return fields(tag, typeNumbers[value.type], offset, count)
}

function fields(tag: number, type: number, offset: number, count: number): Buffer {
  const bytes = Buffer.alloc(indexEntryBytes)
  bytes.writeUInt32BE(tag, 0)
  bytes.writeUInt32BE(type, 4)
  bytes.writeInt32BE(offset, 8)
  bytes.writeUInt32BE(count, 12)
  return bytes
}

function encodeValue(value: HeaderValue): { readonly bytes: Uint8Array; readonly count: number } {
  if ('bytes' in value) return { bytes: value.bytes, count: value.bytes.length }
  if ('texts' in value) return { bytes: Buffer.from(`${value.texts.join('\0')}\0`), count: value.texts.length }
  return { bytes: encodeNumbers(value.numbers, widths[value.type]), count: value.numbers.length }
}

function encodeNumbers(numbers: readonly number[], width: 1 | 2 | 4 | 8): Buffer {
  const bytes = Buffer.alloc(numbers.length * width)
  for (const [index, number] of numbers.entries()) {
    if (width === 8) bytes.writeBigUInt64BE(BigInt(number), index * width)
    else bytes.writeUIntBE(number, index * width, width)
  }
  return bytes
}

class DataSection {
  readonly parts: Uint8Array[] = []
  size = 0

  append(bytes: Uint8Array): void {
    this.parts.push(bytes)
    this.size += bytes.length
  }

  align(width: number): void {
    const over = this.size % width
    if (over !== 0) this.append(Buffer.alloc(width - over))
  }
}
