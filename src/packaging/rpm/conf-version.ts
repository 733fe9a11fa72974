/** A dkms.conf that gives the package another version than its author wrote. */
import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import type { FileContent } from '../../archive/tar-entry.ts'
import { FactoryError } from '../../errors.ts'
import { fileError } from '../../system/fs.ts'

/** @throws {FactoryError} FILE_ACCESS, SOURCE_UNPACKABLE */
export function confWithVersion(content: FileContent, version: string): string {
  return replaceVersion(textOf(content), version)
}

/**
 * Each assignment of PACKAGE_VERSION becomes one of `version`, so that what the file makes of it follows. One is added
 * at the end when none stands at the beginning of a line, where it still decides what DKMS takes for the version.
 *
 * @param version characters of an RPM version only: nothing that means something between the quotes of a shell
 */
export function replaceVersion(text: string, version: string): string {
  const assignment = `PACKAGE_VERSION="${version}"`
  let isSet = false
  const lines = text.split('\n').map((line) => {
    if (!/^\s*(?:export\s+)?PACKAGE_VERSION=/.test(line)) return line
    isSet = true
    return line.endsWith('\r') ? `${assignment}\r` : assignment
  })
  const replaced = lines.join('\n')
  if (isSet) return replaced
  return `${replaced}${replaced === '' || replaced.endsWith('\n') ? '' : '\n'}${assignment}\n`
}

/** Bytes that are not UTF-8 would come out as others. */
function textOf(content: FileContent): string {
  if ('text' in content) return content.text
  const bytes = readBytes(content.from)
  if (isUtf8(bytes)) return bytes.toString('utf8')
  throw new FactoryError('SOURCE_UNPACKABLE', `${content.from} is not UTF-8, and its version has to be changed`, {
    hint: 'convert it: iconv -f LATIN1 -t UTF-8',
  })
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw fileError(error, 'read', path)
  }
}
