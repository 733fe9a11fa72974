/**
 * `autoinstall` and `kernel_postinst`: builds and installs, for a kernel, every package that wants it (dkms(8)). The
 * caller holds the lock of the tree and runs post_transaction.
 */
import { below, formatKernel, type Kernel, type PackageId } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { lstatOrNone } from '../../system/fs.ts'
import { byteOrder } from '../../tree/layout.ts'
import { isFailure, type KernelResult, type ManyRequest, type PackageOutcome } from './model.ts'
import { installOnKernel } from './on-kernel.ts'
import { survey } from './survey.ts'

export type AutoinstallResult =
  /** ETC/no-autoinstall exists. */
  | { readonly kind: 'disabled'; readonly by: string }
  | { readonly kind: 'done'; readonly kernels: readonly KernelResult[] }

/**
 * Kernels one after the other. A package that fails keeps nothing else from being installed.
 *
 * @throws {FactoryError} FILE_ACCESS, DISK_FULL; what concerns one package is its outcome
 */
export async function autoinstall(request: ManyRequest, kernels: readonly Kernel[]): Promise<AutoinstallResult> {
  const switchedOff = below(request.roots.etc, 'no-autoinstall')
  if (lstatOrNone(switchedOff) !== undefined) return { kind: 'disabled', by: switchedOff }
  const results: KernelResult[] = []
  for (const kernel of kernels) results.push(await autoinstallKernel(request, kernel))
  return { kind: 'done', kernels: results }
}

async function autoinstallKernel(request: ManyRequest, kernel: Kernel): Promise<KernelResult> {
  const { settled, candidates, installed, known } = await survey(request, kernel)
  reportBroken(settled, request)
  const done = await installOnKernel(request, kernel, candidates, { satisfied: installed, known })
  return { kernel, packages: [...settled, ...done].sort(inListingOrder) }
}

function inListingOrder(a: { readonly package: PackageId }, b: { readonly package: PackageId }): number {
  return byteOrder(`${a.package.name}/${a.package.version}`, `${b.package.name}/${b.package.version}`)
}

function reportBroken(outcomes: readonly PackageOutcome[], { report }: ManyRequest): void {
  for (const outcome of outcomes) {
    if (outcome.state !== 'broken') continue
    const { message, hint, code } = outcome.error
    report({ kind: 'warning', message, code, ...(hint === undefined ? {} : { hint }) })
  }
}

/**
 * The failure of a kernel's run. Missing headers, without which nothing could be built, are told as such.
 *
 * @returns HEADERS_MISSING, AUTOINSTALL_FAILED, or undefined when nothing failed
 */
export function autoinstallFailure({ kernel, packages }: KernelResult): FactoryError | undefined {
  const failures = packages.filter(isFailure)
  if (failures.length === 0) return undefined
  for (const outcome of failures) {
    if (outcome.state === 'failed' && outcome.error.code === 'HEADERS_MISSING') return outcome.error
  }
  const names = failures.map(({ package: { name, version } }) => `${name}/${version}`).join(', ')
  return new FactoryError(
    'AUTOINSTALL_FAILED',
    `not every module could be installed for kernel ${formatKernel(kernel)}: ${names}`,
    { hint: 'what is said about each above tells why; everything else is installed' },
  )
}
