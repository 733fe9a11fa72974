/** The source of a source package: prepared as for a build, the same for all kernels asked for. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { TarEntry } from '../../archive/tar-entry.ts'
import { type AbsolutePath, below, formatKernel, formatPackage, type Kernel } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { belowTop, preparedEntries } from '../plan/prepared-source.ts'
import type { WalkedEntry } from '../plan/walk.ts'
import type { KmpRequest } from './model.ts'

/**
 * Members of an archive whose top directory is M-V. Times come from the plan: patching stamps files with that of today.
 *
 * @throws {FactoryError} what preparing throws; KERNEL_COUNT when kernels need different sources; SOURCE_UNPACKABLE
 */
export async function preparedSource(request: KmpRequest, scratch: AbsolutePath): Promise<readonly TarEntry[]> {
  const { plan, kernels, prepare } = request
  const { source } = plan
  const [first, ...others] = kernels
  if (first === undefined) throw new Error('no kernel is given')
  const entries = await preparedEntries({ source, prepare, kernel: first }, below(scratch, 'prepared'))
  const digest = digestOf(entries)
  for (const [index, kernel] of others.entries()) {
    const own = await preparedEntries({ source, prepare, kernel }, below(scratch, `prepared-${index}`))
    if (digestOf(own) !== digest) throw differs(request, first, kernel)
  }
  return belowTop(`${plan.package.name}-${plan.package.version}`, entries)
}

function digestOf(entries: readonly WalkedEntry[]): string {
  const hash = createHash('sha256')
  for (const entry of entries) {
    hash.update(`${entry.kind} ${entry.path}\0`)
    if (entry.kind === 'symlink') hash.update(`${entry.target}\0`)
    if (entry.kind !== 'file') continue
    const content = createHash('sha256').update(readFileSync(entry.content.from)).digest('hex')
    hash.update(`${entry.executable} ${content}\0`)
  }
  return hash.digest('hex')
}

function differs({ plan }: KmpRequest, first: Kernel, other: Kernel): FactoryError {
  return new FactoryError(
    'KERNEL_COUNT',
    `the patches or PRE_BUILD of ${formatPackage(plan.package)} make different sources for kernels ${formatKernel(first)} and ${formatKernel(other)}`,
    { hint: 'a source package holds one source: make one for each of these kernels, each with an --output of its own' },
  )
}
