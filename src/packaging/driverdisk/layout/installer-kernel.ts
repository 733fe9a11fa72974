/** Which kernel of a disk runs in a SUSE installer: an update directory has room for the modules of one. */
import { flavour } from '../../../kernel/release.ts'
import { suseArch } from '../arch.ts'
import type { DiskKernel } from '../model.ts'

/** SUSE's installation systems run the flavour `default`; where no kernel is called so, the first is taken. */
export function installerKernel(kernels: readonly DiskKernel[]): DiskKernel | undefined {
  return kernels.find(({ kernel }) => flavour(kernel.release) === 'default') ?? kernels[0]
}

/** By SUSE's name of the architecture, sorted. */
export function kernelsByArch(kernels: readonly DiskKernel[]): [string, readonly DiskKernel[]][] {
  const groups = Map.groupBy(kernels, ({ kernel }) => suseArch(kernel.arch))
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1))
}
