/** The part of a /lib/modules tree that a guest gets: all of what depmod wrote, and a few of the modules. */
import { cpSync, mkdirSync, readdirSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'

export interface ModuleTree {
  /** A directory like /lib/modules. */
  readonly dir: string
  readonly release: string
  /** The modules that are taken along, wherever they lie and however they are compressed. */
  readonly modules: readonly string[]
}

/**
 * Copies the part into `to`, which is then like /lib/modules. Files that depmod wrote name modules which are left out;
 * modprobe opens only those it is asked for.
 */
export function copyModuleTree({ dir, release, modules }: ModuleTree, to: string): void {
  const wanted = new Set(modules.map(moduleName))
  const root = join(dir, release)
  for (const path of filesBelow(root)) {
    const ofDepmod = dirname(path) === root && basename(path).startsWith('modules.')
    if (!ofDepmod && !wanted.has(moduleName(basename(path)))) continue
    const copy = join(to, release, relative(root, path))
    mkdirSync(dirname(copy), { recursive: true })
    cpSync(path, copy, { dereference: true })
  }
}

/** Links to directories, `build` and `source` above all, are not followed. */
function filesBelow(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) return filesBelow(path)
    return entry.isFile() || entry.name.includes('.ko') ? [path] : []
  })
}

/** As the kernel says it: without suffixes, and a hyphen is an underscore. */
function moduleName(file: string): string {
  return file.replace(/\.ko(\.\w+)?$/, '').replaceAll('-', '_')
}
