import type { Kernel } from '../domain.ts'
import type { KernelChoice } from '../runtime/chosen-kernels.ts'
import type { CommandLine } from './grammar.ts'
import { givenKernels, pairKernels } from './kernels.ts'
import type { GivenOptions } from './options.ts'
import { runningKernel, type Session } from './session.ts'

/** Kernels given with -k, every kernel the package is built for with --all, else the running one. */
export function kernelChoice(session: Session, line: CommandLine): KernelChoice {
  return line.options.has('all') ? 'all' : namedKernels(session, line.options)
}

/**
 * Kernels given with -k, each with its architecture, or the running one. At least one.
 *
 * @throws {FactoryError} ARCH_COUNT; ARCH_UNKNOWN
 */
export function namedKernels(session: Session, options: GivenOptions): readonly Kernel[] {
  const { release } = runningKernel(session)
  return pairKernels(givenKernels(options), { release, arch: session.defaultArch })
}
