/** Which kernels a command is about (dkms(8), -k, -a and --all). Pure. */
import { type Kernel, sameKernel } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import { assertSafeName } from '../tree/names.ts'
import type { GivenOptions } from './options.ts'

export interface GivenKernels {
  readonly releases: readonly string[]
  readonly arches: readonly string[]
}

/**
 * `-k K/A` adds to both lists.
 *
 * @throws {FactoryError} KERNEL_EMPTY for an empty one: `-k "$kernel"` of a script whose variable is not set must not
 *   become the running kernel
 */
export function givenKernels(options: GivenOptions): GivenKernels {
  const { releases, arches } = splitKernels(options)
  if ([...releases, ...arches].includes('')) {
    const what = releases.includes('') ? 'kernel' : 'architecture'
    throw new FactoryError('KERNEL_EMPTY', `the ${what} that was given is empty`, {
      hint: 'leave the option out for the kernel that runs, or find out why the value is empty',
    })
  }
  for (const release of releases) assertSafeName('kernel release', release)
  for (const arch of arches) assertSafeName('architecture', arch)
  return { releases, arches }
}

/** As `status` takes them: with dkms an empty one filters nothing. */
export function filteringKernels(options: GivenOptions): GivenKernels {
  const { releases, arches } = splitKernels(options)
  return { releases: releases.filter((text) => text !== ''), arches: arches.filter((text) => text !== '') }
}

function splitKernels(options: GivenOptions): { releases: string[]; arches: string[] } {
  const releases: string[] = []
  const arches: string[] = []
  for (const value of options.get('kernelver') ?? []) {
    const slash = value.indexOf('/')
    releases.push(slash === -1 ? value : value.slice(0, slash))
    if (slash !== -1) arches.push(value.slice(slash + 1))
  }
  arches.push(...(options.get('arch') ?? []))
  return { releases, arches }
}

/**
 * The kernels given, each once, or the running one; one architecture serves all kernels.
 * @throws {FactoryError} ARCH_COUNT when several architectures are given and their number is not that of the kernels
 */
export function pairKernels(given: GivenKernels, running: Kernel): Kernel[] {
  const releases = given.releases.length === 0 ? [running.release] : given.releases
  if (given.arches.length > 1 && given.arches.length !== releases.length) {
    throw new FactoryError(
      'ARCH_COUNT',
      `${given.arches.length} architectures were given for ${releases.length} kernel${releases.length === 1 ? '' : 's'}`,
      { hint: 'give one architecture for all kernels, or one for each: -k K/A' },
    )
  }
  const [only] = given.arches
  const kernels = releases.map((release, index) => ({
    release,
    arch: given.arches.length === 1 ? (only ?? running.arch) : (given.arches[index] ?? running.arch),
  }))
  return kernels.filter((kernel, index) => kernels.findIndex((other) => sameKernel(other, kernel)) === index)
}
