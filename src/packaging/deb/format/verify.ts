/** Whether the files of a package are those its md5sums tell: damage is seen by them; who made it, only by a signature. */
import { createHash } from 'node:crypto'
import type { MemberSink } from '../../../archive/tar-read.ts'
import { type DebFile, notDeb, readControlFiles, readData } from './read.ts'

export interface FileCheck {
  /** Absolute. */
  readonly path: string
  /** `unlisted`: without a sum, as configuration files are. */
  readonly state: 'ok' | 'changed' | 'missing' | 'unlisted'
}

/** @throws {FactoryError} PACKAGE_INVALID when md5sums is malformed; as readData of read.ts */
export async function verifyDebFiles(deb: DebFile): Promise<FileCheck[]> {
  const expected = parseMd5sums((await readControlFiles(deb)).get('md5sums')?.toString('utf8') ?? '', deb.path)
  const checks: FileCheck[] = []
  const seen = new Set<string>()
  function sink(path: string): MemberSink {
    const hash = createHash('md5')
    seen.add(path)
    return {
      write: (chunk) => hash.update(chunk),
      end: () => checks.push({ path: `/${path}`, state: compare(expected.get(path), hash.digest('hex')) }),
    }
  }
  await readData(deb, ({ kind, path }) => (kind === 'file' ? sink(path) : void seen.add(path)), { links: 'anywhere' })
  const missing = [...expected.keys()].filter((path) => !seen.has(path))
  return [...checks, ...missing.map((path) => ({ path: `/${path}`, state: 'missing' as const }))]
}

function compare(expected: string | undefined, actual: string): FileCheck['state'] {
  if (expected === undefined) return 'unlisted'
  return expected === actual ? 'ok' : 'changed'
}

/** @returns sums in hexadecimal by path without a slash in front */
function parseMd5sums(text: string, path: string): Map<string, string> {
  const sums = new Map<string, string>()
  for (const [line] of text.matchAll(/[^\n]+/g)) {
    const found = /^([0-9a-f]{32}) [ *](?:\.?\/)?(.+)$/.exec(line)
    if (found === null) throw notDeb(path, `its md5sums have the line ${JSON.stringify(line.slice(0, 80))}`)
    const [, sum = '', name = ''] = found
    sums.set(name, sum)
  }
  return sums
}
