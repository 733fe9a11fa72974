/** /usr/share/dkms/modules_to_force_install: packages of the distribution that are installed whatever the kernel has. */
import { readdirSync, readFileSync } from 'node:fs'
import type { AbsolutePath } from '../../domain.ts'
import { fileError, isDirectory, isFile } from '../../system/fs.ts'

export interface Forced {
  /** As --force. */
  readonly force: boolean
  /** As --force-version-override. */
  readonly versionOverride: boolean
}

/**
 * The words of all files in the directory: `M`, or `M_version-override`.
 *
 * @throws {FactoryError} FILE_ACCESS
 */
export function readForceLists(directory: AbsolutePath, name: string): Forced {
  const words = isDirectory(directory) ? new Set(wordsIn(directory)) : new Set<string>()
  return { force: words.has(name), versionOverride: words.has(`${name}_version-override`) }
}

function wordsIn(directory: AbsolutePath): readonly string[] {
  try {
    return readdirSync(directory)
      .map((file) => `${directory}/${file}`)
      .filter(isFile)
      .flatMap((file) => readFileSync(file, 'utf8').split(/\s+/))
  } catch (error) {
    throw fileError(error, 'read the list of packages to install', directory)
  }
}
