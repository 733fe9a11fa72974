/** Which symbols the modules of a package need from others and offer to others, with their checksums. */
import type { SymbolSet } from '../../kernel/symbol-sets.ts'
import type { SymbolVersion } from '../../kernel/symbol-versions.ts'
import type { ExportedSymbol } from '../../kernel/symvers.ts'

export interface ModuleSymbols {
  readonly needed: readonly SymbolVersion[]
  readonly exported: readonly SymbolVersion[]
}

/** Of all modules of one package; each list sorted by name, no symbol twice with one checksum. */
export interface PackageSymbols {
  /** Exported by the kernel or by modules that come with it, and in none of the sets. */
  readonly fromKernel: readonly SymbolVersion[]
  /** Exported by nothing that is known: modules of other packages. */
  readonly fromOthers: readonly SymbolVersion[]
  /** Sets of the kernel that some of the symbols of the kernel are in, sorted by name: requiring them is enough. */
  readonly sets: readonly Pick<SymbolSet, 'name' | 'hash'>[]
  readonly exported: readonly SymbolVersion[]
  /** Needed with another checksum than the kernel's headers have now: the module does not fit them. */
  readonly changed: readonly string[]
}

/**
 * @param kernel Module.symvers of the kernel the modules were built for
 * @param sets of that kernel, in the order in which they are looked at
 */
export function packageSymbols(
  modules: readonly ModuleSymbols[],
  kernel: readonly ExportedSymbol[],
  sets: readonly SymbolSet[] = [],
): PackageSymbols {
  const exported = unique(modules.flatMap((module) => module.exported))
  const own = new Set(exported.map(({ name }) => name))
  const known = new Map(kernel.map(({ name, crc }) => [name, crc]))
  const needed = unique(modules.flatMap((module) => module.needed)).filter(({ name }) => !own.has(name))
  const inKernel = needed.filter(({ name }) => known.has(name))
  const setOf = setFinder(sets)
  return {
    fromKernel: inKernel.filter((symbol) => setOf(symbol) === undefined),
    fromOthers: needed.filter((symbol) => !known.has(symbol.name) && setOf(symbol) === undefined),
    sets: sets
      .filter((set) => needed.some((symbol) => setOf(symbol) === set))
      .map(({ name, hash }) => ({ name, hash }))
      .sort((a, b) => (`${a.name} ${a.hash}` < `${b.name} ${b.hash}` ? -1 : 1)),
    exported,
    changed: inKernel.filter(({ name, crc }) => known.get(name) !== crc).map(({ name }) => name),
  }
}

/** The first set that has the symbol with the same checksum. */
function setFinder(sets: readonly SymbolSet[]): (symbol: SymbolVersion) => SymbolSet | undefined {
  const found = new Map<string, SymbolSet>()
  for (const set of sets) {
    for (const symbol of set.symbols) if (!found.has(keyOf(symbol))) found.set(keyOf(symbol), set)
  }
  return (symbol) => found.get(keyOf(symbol))
}

function keyOf({ name, crc }: SymbolVersion): string {
  return `${name} ${crc}`
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
  const byText = new Map(symbols.map((symbol) => [keyOf(symbol), symbol]))
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, symbol]) => symbol)
}
