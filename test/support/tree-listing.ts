/** What is below a directory, as sorted lines, so that "the same shape" is one assertion. */
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

export interface ListingOptions {
  /** Entries that are left out, with all below them. */
  readonly without?: (path: string) => boolean
  /** Files whose content is not compared: logs hold times, archives are compared by their members. */
  readonly contentless?: (path: string) => boolean
}

/** `PATH/ MODE`, `PATH -> TARGET` or `PATH MODE CONTENT`, where CONTENT is the start of a hash; times and owners are left out. */
export function listTree(root: string, options: ListingOptions = {}): string[] {
  const lines: string[] = []
  walk(root, '', options, lines)
  return lines.sort()
}

function walk(root: string, below: string, options: ListingOptions, lines: string[]): void {
  for (const name of readdirSync(join(root, below))) {
    const path = below === '' ? name : `${below}/${name}`
    if (options.without?.(path) === true) continue
    lines.push(describe(root, path, options))
    if (lstatSync(join(root, path)).isDirectory()) walk(root, path, options, lines)
  }
}

function describe(root: string, path: string, { contentless }: ListingOptions): string {
  const file = join(root, path)
  const stat = lstatSync(file)
  if (stat.isSymbolicLink()) return `${path} -> ${readlinkSync(file)}`
  const mode = (stat.mode & 0o7777).toString(8).padStart(4, '0')
  if (stat.isDirectory()) return `${path}/ ${mode}`
  if (!stat.isFile()) return `${path} special`
  return contentless?.(path) === true ? `${path} ${mode}` : `${path} ${mode} ${contentHash(file)}`
}

/** Of a compressed module the content counts: gzip notes the time, and each program has a compressor of its own. */
export function contentHash(file: string): string {
  const bytes = readFileSync(file)
  const content = file.endsWith('.ko.gz') ? gunzipSync(bytes) : bytes
  return createHash('sha256').update(content).digest('hex').slice(0, 12)
}
