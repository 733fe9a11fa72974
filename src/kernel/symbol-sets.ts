/**
 * Sets of symbols, which SUSE's kernels of the SLE 11 and 12 families provide as `kernel(FLAVOUR:SET) = HASH` in place of
 * single symbols: symsets-RELEASE.tar.gz (symsets.pl of SUSE's kernel-source writes it). Sets of former kernels stay in the
 * archive as long as the kernel still has all their symbols.
 */
import { readTar } from '../archive/tar-read.ts'
import type { ExportedSymbol } from './symvers.ts'
import { parseSymvers } from './symvers.ts'

export interface SymbolSet {
  /** The directory its modules are of, such as `drivers_net`, or vmlinux. */
  readonly name: string
  /** 16 hexadecimal digits. */
  readonly hash: string
  readonly symbols: readonly ExportedSymbol[]
}

/** Of one archive. A table of all symbols of a kernel has a few megabytes. */
const limits = { totalBytes: 512 * 2 ** 20, members: 10_000 }

/**
 * The smallest first: of several sets with a symbol, the smallest is the one that the most kernels have.
 *
 * @throws {FactoryError} ARCHIVE_UNREADABLE, ARCHIVE_UNSAFE, FILE_ACCESS
 */
export async function readSymbolSets(path: string): Promise<readonly SymbolSet[]> {
  const found: (SymbolSet & { readonly bytes: number })[] = []
  await readTar(
    path,
    (member) => {
      const [, name, hash] = /(?:^|\/)([\w-]+)\.([0-9a-f]{16})$/.exec(member.path) ?? []
      if (member.kind !== 'file' || name === undefined || hash === undefined) return undefined
      const chunks: Uint8Array[] = []
      return {
        // The reader uses the memory of a chunk again.
        write: (chunk) => chunks.push(chunk.slice()),
        end: () => {
          const bytes = Buffer.concat(chunks)
          found.push({ name, hash, symbols: parseSymvers(bytes.toString('utf8')), bytes: bytes.length })
        },
      }
    },
    { limits },
  )
  return found
    .sort((a, b) => a.bytes - b.bytes || (a.hash < b.hash ? -1 : 1))
    .map(({ name, hash, symbols }) => ({ name, hash, symbols }))
}
