/**
 * Which devices the modules are for, as Ubuntu's drivers tool looks it up among packages it could install: the field
 * Modaliases, `module(alias, alias), module(alias)` (dh_modaliases(1) manual page).
 */
import type { PlannedBuild } from '../plan/model.ts'
import type { Field } from './format/deb822.ts'

/** Aliases of devices have a bus in front; others, such as net-pf-10, name what is loaded on demand. */
const deviceAlias = /^[a-z0-9_-]+:/i

export function modaliasFields(builds: readonly PlannedBuild[]): readonly Field[] {
  const byModule = new Map<string, Set<string>>()
  for (const { name, info } of builds.flatMap(({ modules }) => modules)) {
    const module = name.replaceAll('-', '_')
    const known = byModule.get(module) ?? new Set()
    byModule.set(module, known)
    for (const alias of info.alias.filter((one) => deviceAlias.test(one))) known.add(withoutSeparators(alias))
  }
  const parts = [...byModule]
    .filter(([, aliases]) => aliases.size > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([module, aliases]) => `${module}(${[...aliases].sort().join(', ')})`)
  return parts.length === 0 ? [] : [{ name: 'Modaliases', value: parts.join(', ') }]
}

/** An alias is a shell pattern, in which `?` matches whatever character the field has no form for. */
function withoutSeparators(alias: string): string {
  return alias.replace(/[\s,()\p{Cc}]/gu, '?')
}
