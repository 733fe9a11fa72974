/** os-release(5): which distribution a root file system holds. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FactoryError } from '../errors.ts'
import { fileError, systemErrorCode } from '../system/fs.ts'

/**
 * The text of etc/os-release below `root`, else of usr/lib/os-release.
 *
 * @throws {FactoryError} OS_RELEASE_MISSING when there is neither; FILE_ACCESS
 */
export function readOsRelease(root = '/'): string {
  for (const path of [join(root, 'etc/os-release'), join(root, 'usr/lib/os-release')]) {
    const text = readIfThere(path)
    if (text !== undefined) return text
  }
  throw new FactoryError('OS_RELEASE_MISSING', `neither etc/os-release nor usr/lib/os-release exists below ${root}`, {
    hint: 'create /etc/os-release with a line such as ID=debian, so that modules go where the distribution expects them',
  })
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return undefined
    throw fileError(error, 'tell the distribution', path)
  }
}

/** Assignments without any shell feature but quotes and backslashes; the last one of a name wins. */
export function parseOsRelease(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, name, value] = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*?)\s*$/.exec(line) ?? []
    if (name !== undefined && value !== undefined) values.set(name, unquote(value))
  }
  return values
}

function unquote(value: string): string {
  const single = /^'(.*)'$/.exec(value)?.[1]
  if (single !== undefined) return single
  const double = /^"(.*)"$/.exec(value)?.[1]
  return (double ?? value).replace(/\\(["$`\\])/g, '$1')
}
