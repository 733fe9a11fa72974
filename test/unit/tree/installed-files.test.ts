import { linkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AbsolutePath, below } from '../../../src/domain.ts'
import { builtFileOf, type ModuleStanding, readInstallTree, standingOf } from '../../../src/tree/installed-files.ts'
import { loadPackage } from '../../../src/tree/load.ts'
import type { Build } from '../../../src/tree/model.ts'
import { haveSameBytes } from '../../../src/tree/same-bytes.ts'
import { bytesOf, first, type SyntheticTree, syntheticTree } from './synthetic-tree.ts'

const foo = { name: 'foo', version: '1.0' }
const ours = bytesOf(foo, first, 'foo')
let tree: SyntheticTree

beforeEach(() => {
  tree = syntheticTree()
  tree.add(foo)
})
afterEach(() => tree[Symbol.dispose]())

function build(): Build {
  return loadPackage(tree.roots, foo)!.builds[0]!
}

function standing(destination: (location: string) => string = () => '/updates/dkms'): ModuleStanding {
  const kernelTree: AbsolutePath = below(tree.roots.installTree, first.release)
  const wanted = { destName: 'foo', destLocation: '/kernel/misc' }
  return standingOf(build(), wanted, kernelTree, destination, readInstallTree())
}

describe('standingOf', () => {
  it.each([
    ['in the place of the distribution', 'updates/dkms/foo.ko'],
    ['in the place of the conf', 'kernel/misc/foo.ko'],
    ['compressed', 'updates/dkms/foo.ko.xz'],
  ])('finds the module %s', (_, path) => {
    tree.build(foo, first)
    const installed = tree.write(`i/${first.release}/${path}`, ours)
    expect(standing()).toMatchObject({ state: 'same', installed })
  })

  it('looks into no other place', () => {
    tree.build(foo, first)
    tree.write(`i/${first.release}/extra/foo.ko`, ours)
    expect(standing()).toMatchObject({ state: 'not-installed' })
    expect(standing(() => '/extra')).toMatchObject({ state: 'same' })
  })

  it('takes .ko before compressed forms, in the tree and where it is installed', () => {
    tree.build(foo, first, ['foo'], '.ko.zst')
    tree.build(foo, first, ['foo'], '.ko')
    expect(builtFileOf(build(), 'foo')?.name).toBe('foo.ko')
    tree.write(`i/${first.release}/updates/dkms/foo.ko.zst`, ours)
    const plain = tree.write(`i/${first.release}/updates/dkms/foo.ko`, 'other')
    expect(standing()).toMatchObject({ state: 'differs', installed: plain })
  })

  it('prefers the place that holds our bytes', () => {
    tree.build(foo, first)
    tree.write(`i/${first.release}/updates/dkms/foo.ko`, 'the one of another package')
    const installed = tree.write(`i/${first.release}/kernel/misc/foo.ko`, ours)
    expect(standing()).toMatchObject({ state: 'same', installed })
  })

  it('tells an empty file and a module that the tree lacks', () => {
    tree.build(foo, first)
    tree.write(`i/${first.release}/updates/dkms/foo.ko`)
    expect(standing()).toMatchObject({ state: 'empty' })
    expect(builtFileOf(build(), 'bar')).toBeUndefined()
  })
})

describe('haveSameBytes', () => {
  it('agrees with a comparison of the contents, also across its chunks', () => {
    const size = 64 * 1024
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1, size - 1, size, size + 1, 2 * size),
        fc.nat(),
        fc.boolean(),
        (length, at, change) => {
          const content = Buffer.alloc(length, 'x')
          const other = Buffer.from(content)
          if (change && length > 0) other[at % length] = 0
          const [a, b] = [join(tree.roots.tmp, 'a'), join(tree.roots.tmp, 'b')]
          writeFileSync(a, content)
          writeFileSync(b, other)
          expect(haveSameBytes(a, length, b)).toBe(content.equals(other))
        },
      ),
      { numRuns: 60 },
    )
  })

  it('knows a big file and its hard link as one, and what is missing as different', () => {
    const [a, b] = [join(tree.roots.tmp, 'a'), join(tree.roots.tmp, 'b')]
    writeFileSync(a, Buffer.alloc(100_000))
    linkSync(a, b)
    expect(haveSameBytes(a, 100_000, b)).toBe(true)
    expect(haveSameBytes(a, 100_000, join(tree.roots.tmp, 'c'))).toBe(false)
  })
})
