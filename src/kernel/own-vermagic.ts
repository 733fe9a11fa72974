/** What a kernel wants of the vermagic of its modules, as its own modules have it. */
import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { Kernel, Roots } from '../domain.ts'
import { isFactoryError } from '../errors.ts'
import { isFile } from '../system/fs.ts'
import type { ModuleSuffix } from './compression.ts'
import { readModuleInfo, vermagicRelease } from './modinfo.ts'

/** Beyond the release: `SMP preempt mod_unload modversions` and the like, which the kernel compares as a text. */
export function vermagicFlags(vermagic: string): string {
  return vermagic.slice(vermagicRelease(vermagic).length).trim()
}

/**
 * The flags of a module that came with the kernel: the first one its modules.order names (kbuild writes it, and depmod
 * reads it). Undefined where there is none to read, as on a host that only has the kernel's headers.
 */
export async function kernelFlags(
  { installTree }: Pick<Roots, 'installTree'>,
  { release }: Pick<Kernel, 'release'>,
): Promise<string | undefined> {
  const directory = join(installTree, release)
  const name = firstLine(join(directory, 'modules.order'))
  const path = name === undefined ? undefined : suffixes.map((suffix) => join(directory, name + suffix)).find(isFile)
  if (path === undefined) return undefined
  const vermagic = await vermagicOf(path)
  return vermagic !== undefined && vermagicRelease(vermagic) === release ? vermagicFlags(vermagic) : undefined
}

/** A module of the kernel that cannot be read says nothing about ours. */
async function vermagicOf(path: string): Promise<string | undefined> {
  try {
    return (await readModuleInfo(path)).vermagic
  } catch (error) {
    if (isFactoryError(error)) return undefined
    throw error
  }
}

const longestName = 4096

/** modules.order names the files without these. */
const suffixes: readonly ModuleSuffix[] = ['', '.xz', '.zst', '.gz']

function firstLine(path: string): string | undefined {
  let descriptor: number | undefined
  try {
    descriptor = openSync(path, 'r')
    const bytes = Buffer.alloc(longestName)
    const line = bytes.toString('utf8', 0, readSync(descriptor, bytes)).split('\n', 1)[0]
    return line === undefined || line === '' || line.split('/').includes('..') ? undefined : line
  } catch {
    return undefined
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}
