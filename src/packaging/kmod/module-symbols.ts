/** The symbols of a build, read from its modules and from the kernel's Module.symvers. */
import { below, formatKernel, formatPackage, type Kernel, type PackageId } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { readExportedSymbols } from '../../kernel/exported-symbols.ts'
import { findKernelSource } from '../../kernel/headers.ts'
import { vermagicRelease } from '../../kernel/modinfo.ts'
import { type ExportedSymbol, readSymvers } from '../../kernel/symvers.ts'
import { isFile } from '../../system/fs.ts'
import type { PlannedBuild } from '../plan/model.ts'
import type { KmodRequest } from './model.ts'
import type { KmodStyle } from './styles.ts'
import { type PackageSymbols, packageSymbols } from './symbols.ts'

/**
 * @throws {FactoryError} HEADERS_MISSING when the style tells symbols of the kernel from others and Module.symvers is
 *   missing; VERMAGIC_MISMATCH, ELF_INVALID, FILE_ACCESS
 */
export async function symbolsOf(request: KmodRequest, build: PlannedBuild, style: KmodStyle): Promise<PackageSymbols> {
  assertBuiltForKernel(request.plan.package, build)
  if (style.symbols === 'none') return { fromKernel: [], fromOthers: [], exported: [], changed: [] }
  const modules = await Promise.all(
    build.modules.map(async ({ info, content }) => ({
      needed: info.symbolVersions,
      exported: await readExportedSymbols(content.from),
    })),
  )
  const symbols = packageSymbols(modules, kernelSymbols(request, build.kernel, style))
  warnOfChanges(request, build.kernel, symbols.changed)
  return symbols
}

function assertBuiltForKernel(id: PackageId, { kernel, modules }: PlannedBuild): void {
  for (const { fileName, info } of modules) {
    if (info.vermagic === undefined || vermagicRelease(info.vermagic) === kernel.release) continue
    throw new FactoryError(
      'VERMAGIC_MISMATCH',
      `${fileName} of ${formatPackage(id)} was built for kernel ${vermagicRelease(info.vermagic)}, not for ${kernel.release}`,
      { hint: `build it again: dkms build ${formatPackage(id)} -k ${kernel.release} --force` },
    )
  }
}

function kernelSymbols(
  { roots, kernelSourceDir }: KmodRequest,
  kernel: Kernel,
  style: KmodStyle,
): readonly ExportedSymbol[] {
  const path = below(findKernelSource(roots, kernel, kernelSourceDir).dir, 'Module.symvers')
  if (isFile(path)) return readSymvers(path)
  // All symbols look alike there, so nothing depends on which of them are the kernel's.
  if (style.symbols === 'flavour') return []
  throw new FactoryError(
    'HEADERS_MISSING',
    `${path} does not exist, and it tells which symbols are those of kernel ${formatKernel(kernel)}`,
    { hint: 'install the headers of the kernel, or name their directory with --kernelsourcedir' },
  )
}

function warnOfChanges({ report }: KmodRequest, kernel: Kernel, changed: readonly string[]): void {
  if (changed.length === 0) return
  const some = changed.slice(0, 5).join(', ')
  report({
    kind: 'warning',
    message: `the modules need ${changed.length} symbols otherwise than the headers of kernel ${formatKernel(kernel)} have them now: ${some}`,
    hint: 'the headers changed since the build; build the modules again',
  })
}
