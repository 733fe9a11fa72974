import { readdirSync } from 'node:fs'
import type { Kernel, Roots } from '../domain.ts'
import { isDirectory, reading } from '../system/fs.ts'
import { compareSortV } from '../version/sort-v.ts'
import { treePaths } from './layout.ts'

/** The versions of a package that are built for the kernel, oldest first in the order of `sort -V`. */
export function builtVersions(roots: Roots, name: string, kernel: Kernel): string[] {
  const paths = treePaths(roots)
  const directory = paths.packageDir(name)
  if (!isDirectory(directory)) return []
  return reading(directory, () => readdirSync(directory, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .filter((version) => isDirectory(paths.moduleDir({ name, version }, kernel)))
    .sort(compareSortV)
}
