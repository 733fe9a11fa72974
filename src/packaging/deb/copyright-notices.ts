/** Who holds the rights in a source, as its files say it: `Copyright (C) 2015-2020 Ann Author <ann@example.org>`. */
import { readFileSync } from 'node:fs'
import type { AbsolutePath } from '../../domain.ts'
import { fileError } from '../../system/fs.ts'
import { asOneLine, shorten } from '../metadata/text.ts'
import type { PlannedSource } from '../plan/model.ts'

/** No file written by people comes near, and notices stand at the beginning. */
const readBytes = 256 * 1024
const longestNotice = 200
const mostNotices = 200

/**
 * `YEARS HOLDER` of each notice in C sources and headers, each once, in the order of the files.
 *
 * @throws {FactoryError} FILE_ACCESS
 */
export function copyrightNotices({ entries }: PlannedSource): readonly string[] {
  const texts = entries.flatMap((entry) => {
    if (entry.kind !== 'file' || !/\.[chS]$/.test(entry.path)) return []
    return 'text' in entry.content ? [entry.content.text] : [readStart(entry.content.from)]
  })
  return [...new Set(texts.flatMap(noticesIn))].slice(0, mostNotices)
}

const notice = /\bcopyright\b[\s:]*(?:\(c\)|©|&copy;)?[\s:,]*((?:19|20)\d\d\b[\d\s,–-]*)(?:by\s+)?(.*)/i

/** Only lines with a year and a holder count: others are about copyright, and are no notices. */
export function noticesIn(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [, years = '', holder = ''] = notice.exec(line) ?? []
    const name = asOneLine(holder.replace(/\*+\/.*$|[\s*#/"\\]+$|\\n.*$/g, '')).replace(
      /[.,;]?\s*All rights reserved\b.*/i,
      '',
    )
    if (!/\p{L}/u.test(name)) return []
    return [shorten(`${years.trim().replace(/[,\s–-]+$/, '')} ${name}`, longestNotice)]
  })
}

function readStart(path: AbsolutePath): string {
  try {
    const bytes = readFileSync(path).subarray(0, readBytes)
    const text = bytes.toString('utf8')
    return text.includes('\ufffd') ? bytes.toString('latin1') : text
  } catch (error) {
    throw fileError(error, 'read', path)
  }
}
