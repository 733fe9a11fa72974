/**
 * module.order: the modules linuxrc loads, in that order. One name to a line; linuxrc takes the first word of each and
 * knows no comments. Names that are not on the disk are modprobed, so what a module needs comes before it.
 *
 * Until April 2021 (SLE 15 SP2) linuxrc put the file of exactly this name in the place of the one in its initrd, and
 * loaded what is before the last dot: a bare name means the module of the initrd, also when the disk has one. Since then
 * (linuxrc pull request 259) it takes names of files and of modules. Agama hands the list to modules-load.d(5), which
 * takes names of modules only.
 */
import type { DiskModule } from '../model.ts'
import { plainName } from '../redhat-metadata.ts'

/** What stands for a module that is on the disk: its file for linuxrc, its name for Agama. */
export type OrderSpelling = 'files' | 'names'

export function renderModuleOrder(modules: readonly DiskModule[], spelling: OrderSpelling): string {
  const files = new Map(modules.map(({ name, fileName }) => [name, fileName]))
  return orderedModules(modules)
    .map((name) => `${spelling === 'files' ? (files.get(name) ?? name) : name}\n`)
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
