/** Whose macros build the packages of a generated spec file. */
import type { Kernel } from '../../domain.ts'
import type { KmpFamily } from './model.ts'

/** As the release of the kernel tells it: Fedora has the macros of RHEL. Those of SUSE, which mkkmp was made for, when it does not. */
export function familyOf({ release }: Pick<Kernel, 'release'>): KmpFamily {
  return /\.(?:el|fc)\d/.test(release) ? 'rhel' : 'suse'
}
