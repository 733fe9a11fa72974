/** Every module of given names below one kernel's directory of the install tree. */
import type { AbsolutePath } from '../../domain.ts'
import { moduleFileNames } from '../../tree/layout.ts'
import { entriesOf, entryPath } from '../../tree/listing.ts'

/**
 * Regular files only: links are what weak-modules and other packages leave, and `build` and `source` lead out of the
 * tree.
 *
 * @param kernelTree INST/K
 * @param modules names without suffix
 * @returns for each module its files in the order of their paths
 */
export function findModules(
  kernelTree: AbsolutePath,
  modules: readonly string[],
): ReadonlyMap<string, readonly AbsolutePath[]> {
  const wanted = new Map(modules.flatMap((module) => moduleFileNames(module).map((file) => [file, module] as const)))
  const found = new Map<string, AbsolutePath[]>(modules.map((module) => [module, []]))
  walk(kernelTree, (directory, name) => {
    const module = wanted.get(name)
    if (module !== undefined) found.get(module)?.push(entryPath(directory, name))
  })
  for (const paths of found.values()) paths.sort()
  return found
}

function walk(directory: AbsolutePath, visit: (directory: AbsolutePath, file: string) => void): void {
  const entries = entriesOf(directory, (error) => {
    throw error
  })
  for (const entry of entries) {
    if (entry.isFile()) visit(directory, entry.name)
    else if (entry.isDirectory()) walk(entryPath(directory, entry.name), visit)
  }
}
