/**
 * The symbols that Red Hat keeps the same within a release (kabi_stablelist_ARCH of kernel-abi-stablelists): modules that need
 * others may not fit the next kernel.
 */
import { readFileSync } from 'node:fs'
import { below, type Kernel, type Roots } from '../../domain.ts'
import { fileError, isFile } from '../../system/fs.ts'

/**
 * Undefined where the list is not installed.
 *
 * @throws {FactoryError} FILE_ACCESS
 */
export function stableSymbols(roots: Pick<Roots, 'installTree'>, { arch }: Kernel): ReadonlySet<string> | undefined {
  const directory = below(roots.installTree, 'kabi-current')
  const path = ['stablelist', 'whitelist'].map((word) => below(directory, `kabi_${word}_${arch}`)).find(isFile)
  return path === undefined ? undefined : parseStableList(readText(path))
}

/** A heading in brackets, and the symbols, indented. */
export function parseStableList(text: string): ReadonlySet<string> {
  return new Set(text.split('\n').flatMap((line) => /^\s+(\w+)\s*$/.exec(line)?.slice(1) ?? []))
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw fileError(error, 'read', path)
  }
}
