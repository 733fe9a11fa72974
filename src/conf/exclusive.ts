/** BUILD_EXCLUSIVE_* and OBSOLETE_BY: whether a kernel is excluded, and in DKMS 3.3 and newer which modules are. */
import type { Kernel } from '../domain.ts'
import { compareDkms } from '../version/dkms.ts'
import { matchesEre } from './ere.ts'
import type { DkmsConf, ExclusiveConditions } from './model.ts'

/** What is asked of a kernel configuration (src/kernel/kconfig.ts). */
export interface KconfigLookup {
  /** The value of CONFIG_X (y, m, a text), undefined when it is not set. */
  get(name: string): string | undefined
}

export interface Exclusions {
  /** Why the package is not built for the kernel at all. */
  readonly packageReason?: string
  /** Why single modules are left out, by record index. Empty when the whole package is. */
  readonly modules: ReadonlyMap<number, string>
}

/**
 * Index 0 (the unindexed form) speaks for the package; every index speaks for its own module. When no module remains,
 * the package is excluded.
 *
 * @param kconfig undefined when the kernel has no configuration file: BUILD_EXCLUSIVE_CONFIG is then not looked at
 */
export function exclusions(conf: DkmsConf, kernel: Kernel, kconfig: KconfigLookup | undefined): Exclusions {
  const packageReason = exclusionReason(withObsoleteBy(conf), kernel, kconfig)
  if (packageReason !== undefined) return { packageReason, modules: new Map() }
  const modules = new Map<number, string>()
  for (const { index, exclusive } of conf.modules) {
    const reason = exclusionReason(exclusive, kernel, kconfig)
    if (reason !== undefined) modules.set(index, reason)
  }
  if (modules.size === 0 || modules.size < conf.modules.length) return { modules }
  const reasons = [...new Set(modules.values())].join('; ')
  return { packageReason: `every module is excluded: ${reasons}`, modules: new Map() }
}

/** OBSOLETE_BY stands in for a missing BUILD_EXCLUSIVE_KERNEL_MAX (DKMS 3.1.8). */
function withObsoleteBy(conf: DkmsConf): ExclusiveConditions {
  const { exclusive, obsoleteBy } = conf
  if (exclusive.kernelMax !== undefined || obsoleteBy === undefined) return exclusive
  return { ...exclusive, kernelMax: obsoleteBy }
}

function exclusionReason(
  conditions: ExclusiveConditions,
  kernel: Kernel,
  kconfig: KconfigLookup | undefined,
): string | undefined {
  const { kernel: expression, kernelMin, kernelMax, arch } = conditions
  if (expression !== undefined && !matchesEre(expression, kernel.release)) {
    return `BUILD_EXCLUSIVE_KERNEL ${expression} does not match kernel ${kernel.release}`
  }
  if (kernelMin !== undefined && compareDkms(kernel.release, kernelMin) < 0) {
    return `kernel ${kernel.release} is older than BUILD_EXCLUSIVE_KERNEL_MIN ${kernelMin}`
  }
  if (kernelMax !== undefined && compareDkms(kernel.release, kernelMax) > 0) {
    return `kernel ${kernel.release} is newer than BUILD_EXCLUSIVE_KERNEL_MAX ${kernelMax}`
  }
  if (arch !== undefined && !matchesEre(arch, kernel.arch)) {
    return `BUILD_EXCLUSIVE_ARCH ${arch} does not match architecture ${kernel.arch}`
  }
  return kconfig === undefined ? undefined : configReason(conditions.config ?? [], kconfig)
}

function configReason(wanted: readonly string[], kconfig: KconfigLookup): string | undefined {
  for (const entry of wanted) {
    const unwanted = entry.startsWith('!')
    const option = unwanted ? entry.slice(1) : entry
    const enabled = ['y', 'm'].includes(kconfig.get(option) ?? '')
    if (enabled === unwanted) {
      return `BUILD_EXCLUSIVE_CONFIG wants ${option} ${unwanted ? 'off' : 'on'}, and the kernel has it ${unwanted ? 'on' : 'off'}`
    }
  }
  return undefined
}
