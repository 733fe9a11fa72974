/** The architectures of a source package from those of its packages, without what a wildcard says already. */

/** @param fields the Architecture fields of the packages */
export function sourceArchitectures(fields: readonly string[]): string[] {
  const all = [...new Set(fields.flatMap((field) => field.trim().split(/\s+/)))]
  if (all.includes('any')) return all.includes('all') ? ['any', 'all'] : ['any']
  const wildcards = all.filter(isWildcard)
  return [...wildcards, ...all.filter((arch) => !isWildcard(arch) && !wildcards.some((one) => covers(one, arch)))]
}

function isWildcard(arch: string): boolean {
  return arch.split('-').includes('any')
}

/** `linux-any` covers `amd64`, whose operating system goes without saying; `any-amd64` covers `kfreebsd-amd64`. */
function covers(wildcard: string, arch: string): boolean {
  if (arch === 'all') return false
  const [os, cpu] = pairOf(wildcard)
  const [archOs, archCpu] = pairOf(arch)
  return (os === 'any' || os === archOs) && (cpu === 'any' || cpu === archCpu)
}

function pairOf(arch: string): [string, string] {
  const dash = arch.lastIndexOf('-')
  return dash < 0 ? ['linux', arch] : [arch.slice(0, dash), arch.slice(dash + 1)]
}
