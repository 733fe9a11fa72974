/** The symbols of a build, read from its modules and from what its kernel tells of its own. */
import { formatKernel, formatPackage, type Kernel, type PackageId } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { readExportedSymbols } from '../../kernel/exported-symbols.ts'
import { vermagicRelease } from '../../kernel/modinfo.ts'
import type { SymbolSet } from '../../kernel/symbol-sets.ts'
import type { ExportedSymbol } from '../../kernel/symvers.ts'
import type { PlannedBuild } from '../plan/model.ts'
import { kernelExports, kernelSymbolSets, symversPlaces } from './kernel-symbols.ts'
import type { KmodRequest } from './model.ts'
import { stableSymbols } from './stable-list.ts'
import type { KmodStyle } from './styles.ts'
import { type PackageSymbols, packageSymbols } from './symbols.ts'

/**
 * @throws {FactoryError} HEADERS_MISSING when the style tells symbols of the kernel from others and no file tells which they
 *   are; VERMAGIC_MISMATCH, ELF_INVALID, ARCHIVE_UNREADABLE, ARCHIVE_UNSAFE, FILE_ACCESS
 */
export async function symbolsOf(request: KmodRequest, build: PlannedBuild, style: KmodStyle): Promise<PackageSymbols> {
  assertBuiltForKernel(request.plan.package, build)
  if (style.symbols === 'none') return noSymbols
  const modules = await Promise.all(
    build.modules.map(async ({ info, content }) => ({
      needed: info.symbolVersions,
      exported: await readExportedSymbols(content.from),
    })),
  )
  const { exported, sets } = await kernelSymbols(request, build.kernel, style)
  const symbols = packageSymbols(modules, exported, sets)
  warnOfChanges(request, build.kernel, symbols.changed)
  if (style.symbols === 'kabi') warnOfUnstable(request, build.kernel, symbols)
  return symbols
}

interface KernelSymbols {
  readonly exported: readonly ExportedSymbol[]
  readonly sets: readonly SymbolSet[]
}

const noSymbols: PackageSymbols = { fromKernel: [], fromOthers: [], sets: [], exported: [], changed: [] }

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

async function kernelSymbols(
  { roots, kernelSourceDir, symvers }: KmodRequest,
  kernel: Kernel,
  style: KmodStyle,
): Promise<KernelSymbols> {
  const places = { roots, kernel, kernelSourceDir, symvers: symvers?.(kernel) }
  const exported = await kernelExports(places)
  if (style.symbols === 'flavour') return { exported: exported ?? [], sets: await kernelSymbolSets(places) }
  if (exported !== undefined) return { exported, sets: [] }
  const [first = '', ...others] = symversPlaces(places)
  throw new FactoryError(
    'HEADERS_MISSING',
    `nothing tells which symbols are those of kernel ${formatKernel(kernel)}: ${first} does not exist`,
    {
      hint: 'install the headers of the kernel, name their directory with --kernelsourcedir, or the file with --symvers',
      details: [`also looked for: ${others.join(', ')}`],
    },
  )
}

/** Modules that need what Red Hat does not promise to keep may stop fitting with an update of the kernel. */
function warnOfUnstable({ roots, report }: KmodRequest, kernel: Kernel, { fromKernel }: PackageSymbols): void {
  const stable = stableSymbols(roots, kernel)
  const others = stable === undefined ? [] : fromKernel.filter(({ name }) => !stable.has(name))
  if (others.length === 0) return
  report({
    kind: 'warning',
    message: `the modules need ${count(others.length, 'symbol')} that kernel ${formatKernel(kernel)} does not keep stable: ${someOf(others.map(({ name }) => name))}`,
    hint: 'with an update of the kernel they may stop fitting, and the package then waits for a newer build of them',
  })
}

function warnOfChanges({ report }: KmodRequest, kernel: Kernel, changed: readonly string[]): void {
  if (changed.length === 0) return
  report({
    kind: 'warning',
    message: `the modules need ${count(changed.length, 'symbol')} otherwise than kernel ${formatKernel(kernel)} has ${changed.length === 1 ? 'it' : 'them'} now: ${someOf(changed)}`,
    hint: 'the kernel changed since the build; build the modules again',
  })
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

function someOf(names: readonly string[]): string {
  return names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')} and others`
}
