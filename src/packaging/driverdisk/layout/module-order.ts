/**
 * module.order: the modules linuxrc loads, in that order. One name to a line; linuxrc takes the first word of each and
 * knows no comments. Names that are not on the disk are modprobed, so what a module needs comes before it.
 */
import type { DiskModule } from '../model.ts'
import { plainName } from '../redhat-metadata.ts'

export function renderModuleOrder(modules: readonly DiskModule[]): string {
  return orderedModules(modules)
    .map((name) => `${name}\n`)
    .join('')
}

/** Depth first: everything a module needs, then the module; each once. */
export function orderedModules(modules: readonly DiskModule[]): string[] {
  const byName = new Map(modules.map((module) => [plainName(module.name), module]))
  const ordered = new Map<string, string>()
  const entered = new Set<string>()
  function visit(name: string): void {
    const key = plainName(name)
    if (entered.has(key)) return
    entered.add(key)
    const own = byName.get(key)
    for (const needed of own?.info.depends ?? []) visit(needed)
    ordered.set(key, own?.name ?? name)
  }
  for (const { name } of modules) visit(name)
  return [...ordered.values()]
}
