/** Conf files from disk, with limits: a device or a huge file named dkms.conf must not hang or exhaust the program. */
import { readFileSync } from 'node:fs'
import { FactoryError } from '../errors.ts'
import { fileError, statOrNone } from '../system/fs.ts'

const largestConf = 4 * 1024 * 1024

/**
 * The text of a conf; bytes that are not UTF-8 become replacement characters, which only ever happens in comments.
 *
 * @throws {FactoryError} CONF_UNREADABLE when it is missing, not a plain file, too large or unreadable
 */
export function readConfFile(path: string): string {
  const stats = statOrNone(path)
  if (stats === undefined) throw unreadable(path, 'no such file')
  if (!stats.isFile()) throw unreadable(path, 'not a regular file')
  if (stats.size > largestConf) throw unreadable(path, `larger than ${largestConf} bytes`)
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const cause = fileError(error, 'read', path)
    throw new FactoryError('CONF_UNREADABLE', cause.message, { cause, ...(cause.hint ? { hint: cause.hint } : {}) })
  }
}

function unreadable(path: string, why: string): FactoryError {
  return new FactoryError('CONF_UNREADABLE', `cannot read ${path}: ${why}`, {
    hint: 'a package needs a dkms.conf in its source directory',
  })
}
