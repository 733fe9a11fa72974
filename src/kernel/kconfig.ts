/** The configuration a kernel was built with. */
import { readFileSync } from 'node:fs'
import { type AbsolutePath, below } from '../domain.ts'
import { fileError, isFile } from '../system/fs.ts'

export interface Kconfig {
  /**
   * The value of `CONFIG_NAME`: `y`, `m`, a number as written, or a string without its quotes. Undefined when it is not
   * set, which both kinds of file can say in two ways.
   */
  get(name: string): string | undefined
}

/**
 * `override` (--config) if given, else what the build system itself reads, include/config/auto.conf, else .config.
 * Undefined when that file does not exist.
 */
export function findKernelConfig(sourceDir: AbsolutePath, override?: AbsolutePath): AbsolutePath | undefined {
  const candidates =
    override === undefined ? [below(sourceDir, 'include/config/auto.conf'), below(sourceDir, '.config')] : [override]
  return candidates.find((path) => isFile(path))
}

/** @throws {FactoryError} FILE_ACCESS */
export function readKconfig(path: AbsolutePath): Kconfig {
  try {
    return parseKconfig(readFileSync(path, 'utf8'))
  } catch (error) {
    throw fileError(error, 'read the kernel configuration', path)
  }
}

/** Searches on demand: a configuration has ten thousand lines and a build asks for five of them. */
export function parseKconfig(text: string): Kconfig {
  const lines = `\n${text}`
  return {
    get(name) {
      // The last assignment wins, as it does when make reads the file.
      const start = lines.lastIndexOf(`\n${name}=`)
      if (start < 0) return undefined
      const value = start + name.length + 2
      const end = lines.indexOf('\n', value)
      const written = lines.slice(value, end < 0 ? undefined : end).trimEnd()
      return written === 'n' ? undefined : unquote(written)
    },
  }
}

function unquote(value: string): string {
  const quoted = /^"(.*)"$/.exec(value)?.[1]
  return quoted === undefined ? value : quoted.replace(/\\(.)/g, '$1')
}
