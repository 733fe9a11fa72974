/** Names that are not UTF-8, which Node gives as text that leads nowhere. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { absolutePath } from '../../../src/domain.ts'
import { commitPackage } from '../../../src/tree/change.ts'
import { stageSource } from '../../../src/tree/copy-source.ts'
import { loadTree } from '../../../src/tree/load.ts'
import { confOf, first, type SyntheticTree, syntheticTree } from './synthetic-tree.ts'

const foo = { name: 'foo', version: '1.0' }
let tree: SyntheticTree

beforeEach(() => {
  tree = syntheticTree()
})
afterEach(() => tree[Symbol.dispose]())

/** `path` with a byte at its end that begins no character. */
function odd(path: string): Buffer {
  return Buffer.concat([Buffer.from(path), Buffer.from([0xff])])
}

describe('loadTree', () => {
  it.each(['', 'foo/', 'foo/1.0/', `foo/1.0/${first.release}/`])('tells of an odd name in TREE/%s', (place) => {
    tree.add(foo)
    tree.build(foo, first)
    mkdirSync(odd(`${tree.roots.dkmsTree}/${place}x`))
    const { packages, anomalies } = loadTree(tree.roots)
    expect(packages).toMatchObject([{ id: foo, source: { kind: 'linked' }, builds: [{ kernel: first }] }])
    expect([...anomalies, ...packages.flatMap((entry) => entry.anomalies)]).toEqual([
      {
        kind: 'unreadable',
        path: `${tree.roots.dkmsTree}/${place}x\u{fffd}`,
        message: 'its name is not UTF-8, and it is passed over',
      },
    ])
  })

  it('knows a name that really holds the replacement character', () => {
    const id = { name: 'x\u{fffd}', version: '1.0' }
    tree.add(id)
    expect(loadTree(tree.roots)).toMatchObject({ packages: [{ id }], anomalies: [] })
  })
})

it('a source with such names is added byte for byte', () => {
  const from = absolutePath(tree.mkdir('elsewhere'))
  const names = [odd('/d'), odd('/f')]
  writeFileSync(join(from, 'dkms.conf'), confOf(foo))
  mkdirSync(Buffer.concat([Buffer.from(from), ...names.slice(0, 1)]))
  writeFileSync(Buffer.concat([Buffer.from(from), ...names]), 'content')
  commitPackage(tree.roots, foo, { source: stageSource(tree.roots, foo, from), tie: 'link' })
  const copy = Buffer.concat([Buffer.from(`${tree.roots.sourceTree}/foo-1.0`), ...names])
  expect(readFileSync(copy, 'utf8')).toBe('content')
})
