/** The architecture of kernels for which the command line names none (dkms(8), -a). */

import type { Distro } from '../distro/detect.ts'
import { below, type Roots } from '../domain.ts'
import { isFactoryError } from '../errors.ts'
import { packagedArch } from '../kernel/package-arch.ts'
import type { Machine } from '../system/env.ts'
import { givenKernels } from './kernels.ts'
import { type GivenOptions, onKernels } from './options.ts'
import type { Verb } from './verbs.ts'

/** They list what is there, and take no kernel for granted. */
const doWithout: ReadonlySet<Verb> = new Set<Verb>(['status', 'verify'])

export interface ArchSearch {
  readonly options: GivenOptions
  readonly verb: Verb | undefined
  readonly machine: Machine
  readonly roots: Pick<Roots, 'installTree'>
  readonly distro: () => Distro
}

/** That of the package which brought the first kernel, where packages are RPMs; else that of the machine, as with DKMS. */
export async function defaultArch({ options, verb, machine, roots, distro }: ArchSearch): Promise<string> {
  if (verb === undefined || !onKernels.includes(verb) || doWithout.has(verb) || options.has('all')) return machine.arch
  const { releases, arches } = givenKernels(options)
  if (arches.length > 0) return machine.arch
  const query = queryOf(distro)
  if (query === undefined) return machine.arch
  const directory = below(roots.installTree, releases[0] ?? machine.kernelRelease)
  return (await packagedArch(query, directory)) ?? machine.arch
}

function queryOf(distro: () => Distro): Distro['archQuery'] {
  try {
    return distro().archQuery
  } catch (error) {
    // Commands that need to know the distribution say so.
    if (isFactoryError(error)) return undefined
    throw error
  }
}
