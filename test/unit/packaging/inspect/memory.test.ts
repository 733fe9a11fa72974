import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rawTar } from '../../archive/raw-tar.ts'
import { sourceEntries } from '../../importer/archives.ts'
import { type SyntheticTree, syntheticTree } from '../../tree/synthetic-tree.ts'
import { debOf, gzipZeros, inspectRequest } from './parts.ts'

let tree: SyntheticTree
beforeAll(() => {
  tree = syntheticTree()
})
afterAll(() => tree[Symbol.dispose]())

const source = join(import.meta.dirname, '../../../../src')
const script = `
  const [{ inspectFile }, { silent }] = await Promise.all([import('${source}/packaging/inspect/inspect.ts'), import('${source}/report.ts')])
  const { kind } = await inspectFile({ ...JSON.parse(process.argv[1]), report: silent })
  console.log(JSON.stringify({ kind, peak: process.resourceUsage().maxRSS * 1024 }))
`

/** Looks into the file in a process of its own. */
function inspected(path: string): { readonly kind: string; readonly peak: number } {
  const request = JSON.stringify(inspectRequest(tree, path))
  const args = ['--input-type=module', '-e', script, request]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
}

const mebibyte = 2 ** 20

describe('a file of 768 MiB that is packed into one', () => {
  const parts = 48
  const octal = (parts * 16 * mebibyte).toString(8).padStart(11, '0')

  /** Members as compressed archive, and the large one after them. */
  function packed(entries: Parameters<typeof rawTar>[0], large: string): Buffer {
    const head = rawTar([...entries, { name: large, size: octal }], false)
    return Buffer.concat([gzipSync(head), gzipZeros(parts), gzipSync(Buffer.alloc(1024))])
  }

  it('does not fill the memory as part of a Debian package', () => {
    const { kind, peak } = inspected(debOf(tree, packed([], './usr/large')))
    expect(kind).toBe('deb')
    expect(peak).toBeLessThan(400 * mebibyte)
  })

  it('nor as what calls itself a module', () => {
    const { kind, peak } = inspected(debOf(tree, packed([], './lib/large.ko')))
    expect(kind).toBe('deb')
    expect(peak).toBeLessThan(400 * mebibyte)
  })

  it('nor in an archive of a source', () => {
    const archive = tree.write('large.tar.gz', packed(sourceEntries('foo'), 'foo/large'))
    const { kind, peak } = inspected(archive)
    expect(kind).toBe('source-archive')
    expect(peak).toBeLessThan(400 * mebibyte)
  })
})
