/** The symbols a module needs and the checksums of their declarations it was built against (CONFIG_MODVERSIONS). */
import { type ElfFile, invalid, readSection } from './elf.ts'

export interface SymbolVersion {
  readonly crc: number
  readonly name: string
}

/** sizeof(struct modversion_info): an unsigned long and the name, together always 64 bytes. */
const recordBytes = 64

/**
 * In the order of the file, as `modprobe --dump-modversions` prints them. The extended form of Linux 6.13, which has
 * names of any length, is taken when present; the old table then may lack the long ones.
 *
 * @throws {FactoryError} ELF_INVALID when a table is cut off
 */
export function readSymbolVersions(elf: ElfFile): SymbolVersion[] {
  const crcs = readSection(elf, '__version_ext_crcs')
  const names = readSection(elf, '__version_ext_names')
  if (crcs !== undefined && names !== undefined) return readExtended(elf, crcs, names)
  const table = readSection(elf, '__versions')
  return table === undefined ? [] : readTable(elf, table)
}

function readTable(elf: ElfFile, table: Buffer): SymbolVersion[] {
  if (table.length % recordBytes !== 0) throw invalid(elf.source, 'its table of symbol versions is cut off')
  const nameAt = elf.bits / 8
  return Array.from({ length: table.length / recordBytes }, (_, index) => {
    const record = table.subarray(index * recordBytes, (index + 1) * recordBytes)
    const name = record.subarray(nameAt)
    const end = name.indexOf(0)
    return { crc: crcOf(elf, record), name: symbolName(name.toString('latin1', 0, end < 0 ? undefined : end)) }
  })
}

/** The checksum is the low half of the unsigned long. */
function crcOf(elf: ElfFile, record: Buffer): number {
  if (elf.littleEndian) return record.readUInt32LE(0)
  return record.readUInt32BE(elf.bits === 64 ? 4 : 0)
}

function readExtended(elf: ElfFile, crcs: Buffer, names: Buffer): SymbolVersion[] {
  const texts = names.toString('latin1').split('\0')
  const count = Math.floor(crcs.length / 4)
  if (texts.length - 1 < count) throw invalid(elf.source, 'its table of symbol versions has fewer names than checksums')
  return Array.from({ length: count }, (_, index) => ({
    crc: elf.littleEndian ? crcs.readUInt32LE(index * 4) : crcs.readUInt32BE(index * 4),
    name: symbolName(texts[index] ?? ''),
  }))
}

/** On big-endian PowerPC a function's code has a dot before the name that is exported. */
function symbolName(name: string): string {
  return name.startsWith('.') ? name.slice(1) : name
}
