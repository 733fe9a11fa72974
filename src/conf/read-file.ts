/** Conf files from disk, with limits: a device or a huge file named dkms.conf must not hang or exhaust the program. */
import { readFileSync } from 'node:fs'
import { FactoryError } from '../errors.ts'
import { fileError, statOrNone } from '../system/fs.ts'

const largestConf = 4 * 1024 * 1024

const packageHint =
  'check the path: it is the one given with -c, or else dkms.conf in the source directory of the package'

/**
 * The text of a conf; bytes that are not UTF-8 become replacement characters, which only ever happens in comments.
 *
 * @throws {FactoryError} CONF_UNREADABLE when it is missing, not a plain file, too large or unreadable
 */
export function readConfFile(path: string, missingHint: string = packageHint): string {
  const stats = statOrNone(path)
  if (stats === undefined) throw unreadable(path, 'no such file', missingHint)
  if (!stats.isFile()) {
    const what = stats.isDirectory() ? 'it is a directory' : 'it is not a regular file'
    throw unreadable(path, what, 'name the file itself, or put a plain file in its place')
  }
  if (stats.size > largestConf) {
    throw unreadable(path, `it is larger than ${largestConf} bytes`, 'check what it is: a conf only sets values')
  }
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const cause = fileError(error, 'read', path)
    throw new FactoryError('CONF_UNREADABLE', cause.message, { cause, ...(cause.hint ? { hint: cause.hint } : {}) })
  }
}

function unreadable(path: string, why: string, hint: string): FactoryError {
  return new FactoryError('CONF_UNREADABLE', `cannot read ${path}: ${why}`, { hint })
}
