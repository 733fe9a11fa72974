/**
 * BUILD_EXCLUSIVE_* as shell lines, for source packages that are built for kernels nobody knows yet. They set `reason` when
 * the kernel `$kernelver`, whose headers are in `$kernel_source_dir`, is left out (src/conf/exclusive.ts says when). Pure.
 */
import type { DkmsConf, ExclusiveConditions } from '../../conf/model.ts'
import { escapes } from '../../templates/escape.ts'
import { dkmsSortKey } from '../../version/dkms.ts'

export interface ExclusionSteps {
  /** For the package as a whole; empty when it is for every kernel. */
  readonly package: readonly string[]
  /** For each module record, in order; of a record without conditions none. */
  readonly modules: readonly (readonly string[])[]
}

export function exclusionSteps(conf: DkmsConf): ExclusionSteps {
  const { exclusive, obsoleteBy, modules } = conf
  const kernelMax = exclusive.kernelMax ?? obsoleteBy
  const own = modules.map((module) => conditionLines(module.exclusive))
  return {
    package: [...conditionLines({ ...exclusive, ...(kernelMax === undefined ? {} : { kernelMax }) }), ...noneLeft(own)],
    modules: own,
  }
}

/** When no module remains, the package is left out. */
function noneLeft(modules: readonly (readonly string[])[]): readonly string[] {
  if (modules.length === 0 || modules.some((lines) => lines.length === 0)) return []
  return [
    'package_reason="$reason" remaining=',
    ...modules.flatMap((lines) => ['reason=', ...lines, '[ -n "$reason" ] || remaining=yes']),
    'reason="$package_reason"',
    '[ -n "$reason$remaining" ] || reason="every module is excluded"',
  ]
}

function conditionLines({ kernel, kernelMin, kernelMax, arch, config = [] }: ExclusiveConditions): readonly string[] {
  return [
    ...(kernel === undefined
      ? []
      : [unless(`printf '%s\\n' "$kernelver" | ${matches(kernel)}`, `BUILD_EXCLUSIVE_KERNEL is ${kernel}`)]),
    ...(kernelMin === undefined
      ? []
      : [unless(inOrder(escapes.sh(dkmsSortKey(kernelMin)), sortKey), `BUILD_EXCLUSIVE_KERNEL_MIN is ${kernelMin}`)]),
    ...(kernelMax === undefined
      ? []
      : [unless(inOrder(sortKey, escapes.sh(dkmsSortKey(kernelMax))), `BUILD_EXCLUSIVE_KERNEL_MAX is ${kernelMax}`)]),
    ...(arch === undefined ? [] : [unless(`uname -m | ${matches(arch)}`, `BUILD_EXCLUSIVE_ARCH is ${arch}`)]),
    ...config.map(configLine),
  ]
}

function unless(holds: string, reason: string): string {
  return `${holds} || reason=${escapes.sh(reason)}`
}

function matches(expression: string): string {
  return `grep -Eq -e ${escapes.sh(expression)}`
}

/** Numbers of one and two digits get three, and then the order is that of bytes. */
const sortKey = `"$(printf '%s\\n' "$kernelver" | sed -E ':pad;s/(^|[^0-9])([0-9]{1,2})([^0-9]|$)/\\10\\2\\3/;tpad')"`

function inOrder(first: string, second: string): string {
  return `printf '%s\\n' ${first} ${second} | LC_ALL=C sort -C`
}

/** Of a kernel without a configuration nothing is asked. */
function configLine(entry: string): string {
  const unwanted = entry.startsWith('!')
  const option = unwanted ? entry.slice(1) : entry
  const file = '"$kernel_source_dir/.config"'
  const enabled = `grep -Fxq -e ${escapes.sh(`${option}=y`)} -e ${escapes.sh(`${option}=m`)} ${file}`
  const holds = `[ ! -f ${file} ] || ${unwanted ? `! ${enabled}` : enabled}`
  return unless(holds, `BUILD_EXCLUSIVE_CONFIG wants ${option} ${unwanted ? 'off' : 'on'}`)
}
