import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/** Every path below a directory with mode, and of files time and bytes as they are. */
export function exactListing(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((path) => {
      const file = join(root, path)
      const stats = lstatSync(file)
      if (stats.isSymbolicLink()) return `${path} -> ${readlinkSync(file)}`
      const mode = stats.mode.toString(8)
      if (stats.isDirectory()) return `${path}/ ${mode}`
      return `${path} ${mode} ${stats.mtimeMs} ${createHash('sha256').update(readFileSync(file)).digest('hex')}`
    })
    .sort()
}
