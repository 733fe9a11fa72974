/** Which kernels modules can be built for. */
import { readdirSync } from 'node:fs'
import type { Kernel, Roots } from '../domain.ts'
import { fileError, systemErrorCode } from '../system/fs.ts'
import { compareSortV } from '../version/sort-v.ts'
import { findKernelSource } from './headers.ts'

/**
 * Every kernel below the install tree whose headers are there, in the order of `sort -V`. A directory of the install tree
 * does not tell an architecture; all kernels of a host have the host's, so it is handed in.
 *
 * @throws {FactoryError} FILE_ACCESS when the install tree cannot be read; one that does not exist holds no kernels
 */
export function kernelsWithHeaders(roots: Pick<Roots, 'installTree'>, arch: string): Kernel[] {
  return directoryNames(roots.installTree)
    .filter((release) => findKernelSource(roots, { release }).present)
    .sort(compareSortV)
    .map((release) => ({ release, arch }))
}

function directoryNames(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map((entry) => entry.name)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return []
    throw fileError(error, 'list the kernels below', path)
  }
}
