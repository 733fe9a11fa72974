/** Where a kernel tells which symbols it exports, when its headers are installed and when only the kernel is. */
import { type AbsolutePath, absolutePath, below, formatKernel, type Kernel, type Roots } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { findKernelSource } from '../../kernel/headers.ts'
import { readSymbolSets, type SymbolSet } from '../../kernel/symbol-sets.ts'
import { type ExportedSymbol, readPackedSymvers } from '../../kernel/symvers.ts'
import { isFile } from '../../system/fs.ts'

export interface KernelPlaces {
  readonly roots: Pick<Roots, 'installTree'>
  readonly kernel: Kernel
  /** The headers, when they are not where the kernel's `build` link says. */
  readonly kernelSourceDir: AbsolutePath | undefined
  /** A file to read in place of all others. */
  readonly symvers: AbsolutePath | undefined
}

/**
 * The file given, else Module.symvers of the headers, else what kernel packages bring: /lib/modules/K/symvers.gz (.xz since
 * EL 9) and /boot/symvers-K.gz.
 */
export function symversPlaces({ roots, kernel, kernelSourceDir, symvers }: KernelPlaces): readonly AbsolutePath[] {
  if (symvers !== undefined) return [symvers]
  const { release } = kernel
  const boot = bootOf(roots.installTree)
  const suffixes = ['.gz', '.xz', '.zst']
  return [
    below(findKernelSource(roots, kernel, kernelSourceDir).dir, 'Module.symvers'),
    ...suffixes.map((suffix) => below(roots.installTree, release, `symvers${suffix}`)),
    ...(boot === undefined ? [] : suffixes.map((suffix) => below(boot, `symvers-${release}${suffix}`))),
  ]
}

/**
 * Undefined when no file tells.
 *
 * @throws {FactoryError} HEADERS_MISSING when the file tells of no symbol: every need of the modules would look like one of
 *   other modules; FILE_ACCESS, also when the file that was given does not exist; ELF_INVALID when one is damaged
 */
export async function kernelExports(places: KernelPlaces): Promise<readonly ExportedSymbol[] | undefined> {
  const path = places.symvers ?? symversPlaces(places).find(isFile)
  if (path === undefined) return undefined
  const exported = await readPackedSymvers(path)
  if (exported.length > 0) return exported
  throw new FactoryError(
    'HEADERS_MISSING',
    `${path} lists no symbol that kernel ${formatKernel(places.kernel)} exports`,
    {
      hint: 'give the Module.symvers that the build of the kernel left, with --symvers; packages of kernels have it as symvers.gz',
    },
  )
}

/**
 * None where the kernel has no sets of symbols.
 *
 * @throws {FactoryError} ARCHIVE_UNREADABLE, ARCHIVE_UNSAFE, FILE_ACCESS
 */
export async function kernelSymbolSets(places: KernelPlaces): Promise<readonly SymbolSet[]> {
  const { roots, kernel, kernelSourceDir } = places
  const name = `symsets-${kernel.release}.tar.gz`
  const boot = bootOf(roots.installTree)
  const candidates = [
    below(findKernelSource(roots, kernel, kernelSourceDir).dir, name),
    ...(boot === undefined ? [] : [below(boot, name)]),
  ]
  const path = candidates.find(isFile)
  return path === undefined ? [] : await readSymbolSets(path)
}

/** /boot of the system that the modules are of; undefined when they lie where no system has them. */
function bootOf(installTree: AbsolutePath): AbsolutePath | undefined {
  const [, root] = /^(.*?)(?:\/usr)?\/lib\/modules$/.exec(installTree) ?? []
  return root === undefined ? undefined : absolutePath(`${root}/boot`)
}
