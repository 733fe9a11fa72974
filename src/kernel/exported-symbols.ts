/** The symbols a module exports, and the checksums of their declarations (CONFIG_MODVERSIONS). */
import { decompressModule } from './compression.ts'
import { type ElfFile, invalid, memorySource, readElf, readRange, readSection } from './elf.ts'
import { openByteSource } from './elf-file.ts'
import type { SymbolVersion } from './symbol-versions.ts'

/** Where the fields of a symbol lie, by word size (System V ABI, "Symbol Table"). */
const layouts = {
  32: { bytes: 16, value: 4, section: 14 },
  64: { bytes: 24, value: 8, section: 6 },
} as const

const undefinedSection = 0
const absoluteSection = 0xfff1
/** From here on, section indexes have special meanings. */
const reservedSections = 0xff00
const prefix = '__crc_'

/**
 * Of plain and compressed modules. Modules of kernels without symbol versions, and stripped ones, tell none.
 *
 * @throws {FactoryError} FILE_ACCESS; ELF_INVALID
 */
export async function readExportedSymbols(path: string): Promise<readonly SymbolVersion[]> {
  using file = openByteSource(path)
  return exportedSymbols(readElf(memorySource(await decompressModule(file.read(0, file.size), path), path)))
}

/**
 * Each exported symbol X has a symbol `__crc_X`: its value is the checksum, or, since it is relative to a section, where the
 * checksum lies (scripts/mod/modpost.c of Linux). Sorted by name.
 *
 * @throws {FactoryError} ELF_INVALID
 */
export function exportedSymbols(elf: ElfFile): readonly SymbolVersion[] {
  const table = readSection(elf, '.symtab')
  const names = readSection(elf, '.strtab')
  if (table === undefined || names === undefined) return []
  const { bytes } = layouts[elf.bits]
  const found = new Map<string, number>()
  for (let at = 0; at + bytes <= table.length; at += bytes) {
    const name = nameAt(names, word(elf, table, at))
    const crc = name.startsWith(prefix) ? checksum(elf, table.subarray(at, at + bytes)) : undefined
    if (crc !== undefined) found.set(name.slice(prefix.length), crc)
  }
  return [...found].map(([name, crc]) => ({ name, crc })).sort((a, b) => (a.name < b.name ? -1 : 1))
}

function checksum(elf: ElfFile, symbol: Buffer): number | undefined {
  const layout = layouts[elf.bits]
  const index = elf.littleEndian ? symbol.readUInt16LE(layout.section) : symbol.readUInt16BE(layout.section)
  // The low half of the value; neither a checksum nor a place within a section needs more.
  const low = elf.bits === 64 && !elf.littleEndian ? layout.value + 4 : layout.value
  const value = word(elf, symbol, low)
  if (index === absoluteSection) return value
  if (index === undefinedSection || index >= reservedSections) return undefined
  const section = elf.sections[index]
  if (section === undefined) throw invalid(elf.source, 'a symbol lies in a section it does not have')
  if (!section.hasBytes) return undefined
  return word(elf, readRange(elf.source, section.offset + value, 4, 'table of checksums'), 0)
}

function word(elf: ElfFile, bytes: Buffer, at: number): number {
  return elf.littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)
}

function nameAt(names: Buffer, at: number): string {
  if (at >= names.length) return ''
  const end = names.indexOf(0, at)
  return names.toString('latin1', at, end < 0 ? undefined : end)
}
