/** Which symbols the modules of a package need from others and offer to others, with their checksums. */
import type { SymbolVersion } from '../../kernel/symbol-versions.ts'
import type { ExportedSymbol } from '../../kernel/symvers.ts'

export interface ModuleSymbols {
  readonly needed: readonly SymbolVersion[]
  readonly exported: readonly SymbolVersion[]
}

/** Of all modules of one package; each list sorted by name, no symbol twice with one checksum. */
export interface PackageSymbols {
  /** Exported by the kernel or by modules that come with it. */
  readonly fromKernel: readonly SymbolVersion[]
  /** Exported by nothing that is known: modules of other packages. */
  readonly fromOthers: readonly SymbolVersion[]
  readonly exported: readonly SymbolVersion[]
  /** Needed with another checksum than the kernel's headers have now: the module does not fit them. */
  readonly changed: readonly string[]
}

/** @param kernel Module.symvers of the kernel the modules were built for */
export function packageSymbols(modules: readonly ModuleSymbols[], kernel: readonly ExportedSymbol[]): PackageSymbols {
  const exported = unique(modules.flatMap((module) => module.exported))
  const own = new Set(exported.map(({ name }) => name))
  const known = new Map(kernel.map(({ name, crc }) => [name, crc]))
  const needed = unique(modules.flatMap((module) => module.needed)).filter(({ name }) => !own.has(name))
  const fromKernel = needed.filter(({ name }) => known.has(name))
  return {
    fromKernel,
    fromOthers: needed.filter(({ name }) => !known.has(name)),
    exported,
    changed: fromKernel.filter(({ name, crc }) => known.get(name) !== crc).map(({ name }) => name),
  }
}

/** `0x0040afbe`, as Red Hat's packages have it. */
export function redHatChecksum(crc: number): string {
  return `0x${crc.toString(16).padStart(8, '0')}`
}

/** `40afbe`, as SUSE's packages have it. */
export function suseChecksum(crc: number): string {
  return crc.toString(16)
}

function unique(symbols: readonly SymbolVersion[]): readonly SymbolVersion[] {
  const byText = new Map(symbols.map((symbol) => [`${symbol.name} ${symbol.crc}`, symbol]))
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, symbol]) => symbol)
}
