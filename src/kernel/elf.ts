/**
 * The part of ELF that kernel modules need: the section table and sections by name, 32 and 64 bit, either byte order
 * (System V ABI, chapter 4 "Object Files"). Every offset and count comes from the file and is checked before use.
 */
import { FactoryError } from '../errors.ts'

/** Where bytes come from: memory or an open file, so that a large vmlinux is not read whole. */
export interface ByteSource {
  /** For messages: the path, or what the bytes are. */
  readonly name: string
  readonly size: number
  /** Called with a range inside of `size` only. */
  read(offset: number, length: number): Buffer
}

export interface ElfFile {
  readonly source: ByteSource
  readonly bits: 32 | 64
  readonly littleEndian: boolean
  /** e_machine of the ELF header: 62 is x86-64, 183 is AArch64, ... */
  readonly machine: number
  readonly sections: readonly ElfSection[]
}

export interface ElfSection {
  readonly name: string
  readonly offset: number
  readonly size: number
  /** False for sections that occupy no bytes of the file. */
  readonly hasBytes: boolean
}

const noBits = 8
const extendedIndex = 0xffff

/** Where fields lie, by word size. */
const layouts = {
  32: { header: 52, shoff: 32, shentsize: 46, entry: 40, offset: 16, size: 20, link: 24 },
  64: { header: 64, shoff: 40, shentsize: 58, entry: 64, offset: 24, size: 32, link: 40 },
} as const

export function memorySource(bytes: Uint8Array, name = 'the given bytes'): ByteSource {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return { name, size: buffer.length, read: (offset, length) => buffer.subarray(offset, offset + length) }
}

/** @throws {FactoryError} ELF_INVALID for anything but a whole ELF file with a section table */
export function readElf(source: ByteSource): ElfFile {
  const start = readRange(source, 0, 16, 'header')
  if (start.toString('latin1', 0, 4) !== '\x7fELF') throw invalid(source, 'it does not begin as an ELF file does')
  const bits = wordSize(source, start.readUInt8(4))
  const littleEndian = byteOrder(source, start.readUInt8(5))
  const header = new Fields(source, readRange(source, 0, layouts[bits].header, 'header'), bits, littleEndian)
  return { source, bits, littleEndian, machine: header.half(18), sections: readSections(source, header) }
}

/** The bytes of the first section of that name; undefined when there is none. */
export function readSection(elf: ElfFile, name: string): Buffer | undefined {
  const section = elf.sections.find((section) => section.name === name)
  if (section === undefined) return undefined
  if (!section.hasBytes) return Buffer.alloc(0)
  return readRange(elf.source, section.offset, section.size, `section ${name}`)
}

/** @throws {FactoryError} ELF_INVALID when the range is not inside of the file */
export function readRange(source: ByteSource, offset: number, length: number, what: string): Buffer {
  if (offset + length > source.size) throw invalid(source, `its ${what} lies beyond the end of the file`)
  return source.read(offset, length)
}

export function invalid(source: ByteSource, reason: string): FactoryError {
  return new FactoryError('ELF_INVALID', `${source.name} is not a usable kernel module: ${reason}`, {
    hint: 'the file is damaged, cut short or of another kind; build or copy it again',
  })
}

/** Numbers of one record, in the word size and byte order of its file. */
class Fields {
  readonly #source: ByteSource
  readonly #bytes: Buffer
  readonly bits: 32 | 64
  readonly littleEndian: boolean

  constructor(source: ByteSource, bytes: Buffer, bits: 32 | 64, littleEndian: boolean) {
    this.#source = source
    this.#bytes = bytes
    this.bits = bits
    this.littleEndian = littleEndian
  }

  /** The same file's view of other bytes. */
  over(bytes: Buffer): Fields {
    return new Fields(this.#source, bytes, this.bits, this.littleEndian)
  }

  half(at: number): number {
    return this.littleEndian ? this.#bytes.readUInt16LE(at) : this.#bytes.readUInt16BE(at)
  }

  word(at: number): number {
    return this.littleEndian ? this.#bytes.readUInt32LE(at) : this.#bytes.readUInt32BE(at)
  }

  /** An offset or size: 4 or 8 bytes. */
  long(at: number): number {
    if (this.bits === 32) return this.word(at)
    const value = this.littleEndian ? this.#bytes.readBigUInt64LE(at) : this.#bytes.readBigUInt64BE(at)
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw invalid(this.#source, 'it holds an offset beyond any file')
    return Number(value)
  }
}

function wordSize(source: ByteSource, elfClass: number): 32 | 64 {
  if (elfClass === 1) return 32
  if (elfClass === 2) return 64
  throw invalid(source, `its ELF class is ${elfClass}`)
}

function byteOrder(source: ByteSource, encoding: number): boolean {
  if (encoding === 1) return true
  if (encoding === 2) return false
  throw invalid(source, `its byte order is ${encoding}`)
}

interface RawSection extends Omit<ElfSection, 'name'> {
  readonly nameAt: number
  readonly link: number
}

function readSections(source: ByteSource, header: Fields): ElfSection[] {
  const layout = layouts[header.bits]
  const tableAt = header.long(layout.shoff)
  if (tableAt === 0) throw invalid(source, 'it has no section table')
  if (header.half(layout.shentsize) !== layout.entry) throw invalid(source, 'its section table has an unknown form')
  const first = readEntry(header.over(readRange(source, tableAt, layout.entry, 'section table')), 0)
  // Numbers that do not fit the header stand in the first entry.
  const count = header.half(layout.shentsize + 2) || first.size
  const namesIndex = header.half(layout.shentsize + 4)
  const table = header.over(readRange(source, tableAt, count * layout.entry, 'section table'))
  const raw = Array.from({ length: count }, (_, index) => readEntry(table, index * layout.entry))
  const names = raw[namesIndex === extendedIndex ? first.link : namesIndex]
  if (names === undefined) throw invalid(source, 'its section names are missing')
  const strings = names.hasBytes
    ? readRange(source, names.offset, names.size, 'table of section names')
    : Buffer.alloc(0)
  return raw.map(({ nameAt, offset, size, hasBytes }) => ({ name: stringAt(strings, nameAt), offset, size, hasBytes }))
}

function readEntry(table: Fields, at: number): RawSection {
  const layout = layouts[table.bits]
  return {
    nameAt: table.word(at),
    hasBytes: table.word(at + 4) !== noBits,
    offset: table.long(at + layout.offset),
    size: table.long(at + layout.size),
    link: table.word(at + layout.link),
  }
}

/** The text from `at` to the next NUL, or to the end; empty outside of the table. */
function stringAt(strings: Buffer, at: number): string {
  if (at >= strings.length) return ''
  const end = strings.indexOf(0, at)
  return strings.toString('latin1', at, end < 0 ? undefined : end)
}
