/** Places of their own for each program, so that neither sees what the other did. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

export interface BenchRoots {
  readonly dir: string
  readonly tree: string
  readonly source: string
  readonly install: string
  /** The options that lead either program there. */
  readonly options: readonly string[]
}

/** New and empty, below `dir`, whatever was there before. */
export function emptyRoots(dir: string): BenchRoots {
  rmSync(dir, { recursive: true, force: true })
  const roots = rootsAt(dir)
  for (const path of [roots.tree, roots.source, roots.install]) mkdirSync(path, { recursive: true })
  return roots
}

/** Those that are there. */
export function rootsAt(dir: string): BenchRoots {
  const [tree, source, install] = [join(dir, 'tree'), join(dir, 'src'), join(dir, 'modules')] as const
  return {
    dir,
    tree,
    source,
    install,
    options: ['--dkmstree', tree, '--sourcetree', source, '--installtree', install],
  }
}
