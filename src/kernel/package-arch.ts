/**
 * The architecture of a kernel, by the package that brought it: a kernel for 32-bit Intel may be installed on a 64-bit
 * machine (DKMS man page, "-a").
 */
import { isFactoryError } from '../errors.ts'
import { isDirectory } from '../system/fs.ts'
import { run } from '../system/run.ts'
import { unameFrom } from './arch.ts'

/**
 * @param query of the distribution: `archQuery`
 * @param directory of the kernel's modules
 * @returns as `uname -m` names it; undefined where no package of a kernel owns the directory
 */
export async function packagedArch(
  query: readonly [string, ...string[]],
  directory: string,
): Promise<string | undefined> {
  if (!isDirectory(directory)) return undefined
  try {
    const { stdout } = await run([...query, directory], { expected: [1] })
    return archOfOwners(stdout)
  } catch (error) {
    if (isFactoryError(error, 'TOOL_MISSING', 'COMMAND_FAILED')) return undefined
    throw error
  }
}

/** The first that is called after the kernel decides, as with DKMS: others may own the directory, too. */
export function archOfOwners(answer: string): string | undefined {
  for (const line of answer.split('\n')) {
    const [, name, arch] = /^(\S+) (\S+)$/.exec(line) ?? []
    if (name?.includes('kernel') && arch !== undefined) return unameFrom('rpm', arch)
  }
  return undefined
}
