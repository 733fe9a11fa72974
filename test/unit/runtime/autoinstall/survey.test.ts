import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ManyRequest } from '../../../../src/runtime/autoinstall/model.ts'
import { survey } from '../../../../src/runtime/autoinstall/survey.ts'
import { first, type SyntheticTree, second, syntheticTree } from '../../tree/synthetic-tree.ts'
import { installRequest } from '../install/modules.ts'

const old = { name: 'foo', version: '1.0' }
const newer = { name: 'foo', version: '2.0' }
let tree: SyntheticTree

beforeEach(() => {
  tree = syntheticTree()
  tree.add(old)
  tree.build(old, first)
  tree.install(old, first)
  tree.link(
    join(tree.roots.installTree, first.release, 'updates/dkms/foo.ko'),
    `i/${second.release}/weak-updates/foo.ko`,
  )
})
afterEach(() => tree[Symbol.dispose]())

/** What is settled and what is to be installed on the kernel that has the link. */
async function decided(): Promise<readonly string[]> {
  const request: ManyRequest = { ...installRequest(tree, old), depmod: 'run' }
  const { settled, candidates, installed } = await survey(request, second)
  const described = settled.map((one) => `${one.package.version} ${one.state}${'weakFrom' in one ? ' by a link' : ''}`)
  return [...described, ...candidates.map(({ id }) => `${id.version} to be installed`), ...installed]
}

describe('a kernel that weak-modules has linked a module for', () => {
  it('is left as it is', async () => {
    expect(await decided()).toEqual(['1.0 already-installed by a link', 'foo'])
  })

  it('gets a newer version that is added', async () => {
    tree.add(newer)
    expect(await decided()).toEqual(['2.0 to be installed'])
  })

  it('gets a newer version where it has an older one itself, which hides the link', async () => {
    tree.add(newer)
    tree.build(newer, first)
    rmSync(join(tree.roots.dkmsTree, 'foo', `kernel-${first.release}-${first.arch}`))
    tree.install(newer, first)
    expect(await decided()).toEqual(['2.0 already-installed by a link', 'foo'])
    tree.build(old, second)
    tree.install(old, second)
    expect(await decided()).toEqual(['2.0 to be installed'])
  })
})
