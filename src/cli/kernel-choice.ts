import type { KernelChoice } from '../runtime/chosen-kernels.ts'
import type { CommandLine } from './grammar.ts'
import { givenKernels, pairKernels } from './kernels.ts'
import { runningKernel, type Session } from './session.ts'

/** Kernels given with -k, every kernel the package is built for with --all, else the running one. */
export function kernelChoice(session: Session, line: CommandLine): KernelChoice {
  return line.options.has('all') ? 'all' : pairKernels(givenKernels(line.options), runningKernel(session))
}
