import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AbsolutePath, absolutePath, below } from '../../../src/domain.ts'
import { type ProgressEvent, silent } from '../../../src/report.ts'
import { fileError } from '../../../src/system/fs.ts'
import { linkSource } from '../../../src/tree/change.ts'
import { observeChanges } from '../../../src/tree/changing.ts'
import { treePaths } from '../../../src/tree/layout.ts'
import { lockTree } from '../../../src/tree/lock.ts'
import { clearStaged, placeBeside, stagingPlace } from '../../../src/tree/staging.ts'
import { confOf, type SyntheticTree, syntheticTree } from './synthetic-tree.ts'

let tree: SyntheticTree

beforeEach(() => {
  tree = syntheticTree()
})
afterEach(() => tree[Symbol.dispose]())

const list = () => treePaths(tree.roots).stagingList

describe('a staging place', () => {
  it.each([1, 100, 240, 255])('for a name of %i bytes can be made', (length) => {
    const place = placeBeside(below(tree.roots.dkmsTree, 'x'.repeat(length)))
    expect(Buffer.byteLength(basename(place))).toBeLessThanOrEqual(255)
    mkdirSync(place)
    expect(existsSync(place)).toBe(true)
  })

  it('is another for each of two targets whose names begin alike', () => {
    const [a, b] = ['a', 'b'].map((end) => placeBeside(below(tree.roots.dkmsTree, `${'x'.repeat(250)}${end}`)))
    expect(a).not.toBe(b)
  })
})

describe('clearStaged', () => {
  it.each<[string, () => string]>([
    ['is too long for a name', () => JSON.stringify(join(tree.roots.dkmsTree, `.tmp_${'x'.repeat(300)}`))],
    ['is too long for a path', () => JSON.stringify(`${'/x'.repeat(4000)}/.tmp_x`)],
    ['is below a file', () => JSON.stringify(join(tree.write('t/file'), '.tmp_x'))],
    ['holds a NUL', () => JSON.stringify(join(tree.roots.dkmsTree, '.tmp_\0'))],
    ['is relative', () => '".tmp_x"'],
    ['was cut short', () => '"/var/lib/dkms/.tm'],
    ['is no text', () => '[1]'],
  ])('passes over a line that %s, and deletes what the others name', (_, line) => {
    appendFileSync(list(), `${line()}\n`)
    mkdirSync(stagingPlace(tree.roots, below(tree.roots.dkmsTree, 'x')))
    expect(clearStaged(tree.roots)).toBe(true)
    expect(existsSync(list())).toBe(false)
    expect(clearStaged(tree.roots)).toBe(false)
  })

  it.each([
    'precious',
    '.tmp_x/../precious',
    '.tmp_x/..',
    '.tmp_x/../precious/.',
  ])('never deletes %s, which is not named as a staging place is', (path) => {
    const precious = tree.write('t/precious/file')
    tree.mkdir('t/.tmp_x')
    appendFileSync(list(), `${JSON.stringify(`${tree.roots.dkmsTree}/${path}`)}\n`)
    clearStaged(tree.roots)
    expect(existsSync(precious)).toBe(true)
  })

  it('keeps what cannot be deleted now on the list, deletes the rest and says so', async () => {
    const [stuck, free] = ['stuck', 'free'].map((name) => stagingPlace(tree.roots, below(tree.roots.sourceTree, name)))
    for (const place of [stuck, free]) mkdirSync(place as AbsolutePath)
    const events: ProgressEvent[] = []
    const readOnly = Object.assign(new Error('read-only'), { code: 'EROFS' })
    {
      using _denied = observeChanges((change) => {
        if (change.endsWith(String(stuck))) throw fileError(readOnly, 'delete', String(stuck))
      })
      using _lock = await lockTree(tree.roots, { purpose: 'add', report: (event) => events.push(event) })
    }
    expect([existsSync(String(stuck)), existsSync(String(free))]).toEqual([true, false])
    expect(events).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining(String(stuck)) as string }),
    )
    expect(readFileSync(list(), 'utf8')).toBe(`${JSON.stringify(stuck)}\n`)
    using _lock = await lockTree(tree.roots, { purpose: 'add', report: silent })
    expect(existsSync(String(stuck))).toBe(false)
  })
})

it('a tree that a command has left with a name that was too long can be used again', async () => {
  const long = absolutePath(join(tree.roots.sourceTree, `.tmp_${'x'.repeat(240)}-1_4711.abcdefgh.1`))
  writeFileSync(list(), `${JSON.stringify(long)}\n`)
  using _lock = await lockTree(tree.roots, { purpose: 'add', report: silent })
  const id = { name: 'foo', version: '1.0' }
  tree.write('s/foo-1.0/dkms.conf', confOf(id))
  expect(() => linkSource(tree.roots, id)).not.toThrow()
})
