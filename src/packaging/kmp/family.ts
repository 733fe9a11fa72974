/** Whose macros build the packages of a generated spec file, and for which kernels of theirs. */
import type { Kernel } from '../../domain.ts'
import { redHatKernel } from '../kmod/styles.ts'
import type { KmpFamily } from './model.ts'

/** As the release of the kernel tells it: Fedora has the macros of RHEL. Those of SUSE, which mkkmp was made for, when it does not. */
export function familyOf({ release }: Pick<Kernel, 'release'>): KmpFamily {
  return /\.(?:el|fc)\d/.test(release) ? 'rhel' : 'suse'
}

/** What the macros of RHEL call the variants of kernels, each once: `debug` of `5.14.0-427.el9.x86_64+debug`, else `default`. */
export function redHatFlavours(kernels: readonly Kernel[]): readonly string[] {
  const variants = kernels.map((kernel) => redHatKernel(kernel).variant)
  return [...new Set(variants.map((variant) => (/^\w[\w-]*$/.test(variant) ? variant : 'default')))]
}
