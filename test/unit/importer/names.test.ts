/** What an archive, or the host it is loaded on, calls its files and packages. */
import { readdirSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { absolutePath } from '../../../src/domain.ts'
import { loadArchive } from '../../../src/importer/load.ts'
import { sameTree } from '../../../src/importer/same-tree.ts'
import { silent } from '../../../src/report.ts'
import { lockTree } from '../../../src/tree/lock.ts'
import { confOf, first, type SyntheticTree, syntheticTree } from '../tree/synthetic-tree.ts'
import { archiveOf, foo, fullEntries, loadRequest, sourceEntries } from './archives.ts'

let tree: SyntheticTree

beforeEach(() => {
  tree = syntheticTree()
})
afterEach(() => tree[Symbol.dispose]())

async function loadWithLock(entries: Parameters<typeof archiveOf>[1]) {
  using _lock = await lockTree(tree.roots, { purpose: 'ldtarball', report: silent })
  return await loadArchive(loadRequest(tree, archiveOf(tree, entries)))
}

describe('an archive', () => {
  it.each([
    ['version', { name: 'foo', version: '1'.repeat(250) }],
    ['name', { name: 'f'.repeat(240), version: '1.0' }],
    ['name and version', { name: 'f'.repeat(140), version: '1'.repeat(140) }],
  ])('with a %s too long for a file name is refused, and the tree stays as usable as it was', async (_, id) => {
    await expect(loadWithLock(sourceEntries('p', confOf(id, ['foo'])))).rejects.toMatchObject({
      code: 'CONF_INVALID',
      details: expect.arrayContaining([expect.stringContaining('is longer than')]) as string[],
    })
    expect([readdirSync(tree.roots.dkmsTree), readdirSync(tree.roots.sourceTree)]).toEqual([['.lock'], []])
    await expect(loadWithLock(fullEntries(first))).resolves.toMatchObject({ package: foo, added: true })
  })
})

it('a source of the host with a name that is not UTF-8 is not that of an archive', () => {
  const [staged, present] = [absolutePath(tree.mkdir('staged')), absolutePath(tree.mkdir('present'))]
  writeFileSync(`${staged}/x\u{fffd}`, '')
  writeFileSync(Buffer.from([...Buffer.from(`${present}/x`), 0xff]), '')
  expect(sameTree(staged, present)).toBe(false)
})
