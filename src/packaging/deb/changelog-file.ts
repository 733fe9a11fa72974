/** The changelog as packages bring it. */
import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { type AbsolutePath, below } from '../../domain.ts'
import { fileError } from '../../system/fs.ts'
import type { ReadyFile } from './entries.ts'

/** RFC 1952: what made it. zlib writes that of the host it was built for, which should not show. */
const osByte = 9
const unix = 3

/** As `gzip -9n`, which Debian Policy section 12.7 asks for. */
export function writeChangelog(text: string, directory: AbsolutePath): ReadyFile {
  const bytes = gzipSync(text, { level: 9 })
  bytes[osByte] = unix
  const from = below(directory, 'changelog.gz')
  try {
    writeFileSync(from, bytes)
  } catch (error) {
    throw fileError(error, 'write', from)
  }
  return { from, bytes: bytes.length }
}
