/** Which MAKE command and which patches are for a kernel. Sparse arrays keep all their entries. */
import type { Kernel } from '../domain.ts'
import { matchesEre } from './ere.ts'
import type { DkmsConf, PatchRule } from './model.ts'

/**
 * MAKE[0] without a MAKE_MATCH[0] is the default; of the entries whose MAKE_MATCH matches the kernel the last one wins.
 *
 * @returns undefined when the conf has no command for the kernel, so the built-in one is used
 */
export function selectMake(conf: DkmsConf, kernel: Kernel): string | undefined {
  const matching = conf.make.findLast(({ match }) => match !== undefined && matchesEre(match, kernel.release))
  const fallback = conf.make.find(({ index, match }) => index === 0 && match === undefined)
  return (matching ?? fallback)?.command
}

/** Patches without a PATCH_MATCH, or with one that matches the kernel, in index order. */
export function selectPatches(conf: DkmsConf, kernel: Kernel): readonly PatchRule[] {
  return conf.patches.filter(({ match }) => match === undefined || matchesEre(match, kernel.release))
}
