/** Writes the smallest ELF files that hold given sections, in either word size and byte order. */

export interface ElfForm {
  readonly bits: 32 | 64
  readonly littleEndian: boolean
}

export const elfForms: readonly ElfForm[] = [
  { bits: 64, littleEndian: true },
  { bits: 64, littleEndian: false },
  { bits: 32, littleEndian: true },
  { bits: 32, littleEndian: false },
]

export function formName(form: ElfForm): string {
  return `${form.bits} bit ${form.littleEndian ? 'little' : 'big'}-endian`
}

export type Sections = Readonly<Record<string, Uint8Array>>

/** Appends numbers in the form's word size and byte order. */
class Writer {
  readonly bytes: number[] = []
  readonly form: ElfForm

  constructor(form: ElfForm) {
    this.form = form
  }

  number(value: number, size: 1 | 2 | 4 | 8): this {
    const buffer = Buffer.alloc(8)
    buffer.writeBigUInt64BE(BigInt(value))
    const digits = [...buffer.subarray(8 - size)]
    this.bytes.push(...(this.form.littleEndian ? digits.reverse() : digits))
    return this
  }

  half(value: number): this {
    return this.number(value, 2)
  }

  word(value: number): this {
    return this.number(value, 4)
  }

  long(value: number): this {
    return this.number(value, this.form.bits === 64 ? 8 : 4)
  }
}

/**
 * @param appended bytes after the last ELF structure, such as a signature
 * @param extendedNumbers put the section count and name index into the first entry, as files with many sections do
 */
export function writeElf(
  form: ElfForm,
  sections: Sections,
  { appended = Buffer.alloc(0), extendedNumbers = false } = {},
): Buffer {
  const names = Object.keys(sections)
  const strings = Buffer.from(`\0${[...names, '.shstrtab'].join('\0')}\0`)
  const contents = [...Object.values(sections).map((bytes) => Buffer.from(bytes)), strings]
  const headerSize = form.bits === 64 ? 64 : 52
  const count = contents.length + 1
  const tableAt = headerSize + contents.reduce((sum, content) => sum + content.length, 0)
  const table = new Writer(form)
  sectionEntry(table, {
    nameAt: 0,
    type: 0,
    offset: 0,
    size: extendedNumbers ? count : 0,
    link: extendedNumbers ? count - 1 : 0,
  })
  let offset = headerSize
  for (const [index, content] of contents.entries()) {
    const nameAt = strings.indexOf(`\0${names[index] ?? '.shstrtab'}\0`) + 1
    sectionEntry(table, { nameAt, type: 1, offset, size: content.length, link: 0 })
    offset += content.length
  }
  const header = fileHeader(form, tableAt, extendedNumbers ? 0 : count, extendedNumbers ? 0xffff : count - 1)
  return Buffer.concat([header, ...contents, Buffer.from(table.bytes), appended])
}

function fileHeader(form: ElfForm, tableAt: number, count: number, namesIndex: number): Buffer {
  const out = new Writer(form)
  out.bytes.push(0x7f, 0x45, 0x4c, 0x46, form.bits === 64 ? 2 : 1, form.littleEndian ? 1 : 2, 1)
  while (out.bytes.length < 16) out.bytes.push(0)
  const [headerSize, entrySize] = form.bits === 64 ? [64, 64] : [52, 40]
  out.half(1).half(62).word(1).long(0).long(0).long(tableAt).word(0)
  out.half(headerSize).half(0).half(0).half(entrySize).half(count).half(namesIndex)
  return Buffer.from(out.bytes)
}

interface Entry {
  readonly nameAt: number
  readonly type: number
  readonly offset: number
  readonly size: number
  readonly link: number
}

function sectionEntry(out: Writer, entry: Entry): void {
  out.word(entry.nameAt).word(entry.type).long(0).long(0).long(entry.offset).long(entry.size)
  out.word(entry.link).word(0).long(1).long(0)
}

export function modinfoSection(...entries: readonly string[]): Buffer {
  return Buffer.from(entries.map((entry) => `${entry}\0`).join(''))
}

/** struct modversion_info, one record per symbol. */
export function versionsSection(form: ElfForm, symbols: Readonly<Record<string, number>>): Buffer {
  const records = Object.entries(symbols).map(([name, crc]) => {
    const record = Buffer.alloc(64)
    record.set(new Writer(form).long(crc).bytes)
    record.write(name, form.bits / 8, 'latin1')
    return record
  })
  return Buffer.concat(records)
}

/** The extended form of Linux 6.13: checksums and names apart. */
export function extendedVersions(form: ElfForm, symbols: Readonly<Record<string, number>>): Sections {
  const crcs = new Writer(form)
  for (const crc of Object.values(symbols)) crcs.word(crc)
  const names = Object.keys(symbols).map((name) => `${name}\0`)
  return { __version_ext_crcs: Buffer.from(crcs.bytes), __version_ext_names: Buffer.from(names.join('')) }
}
