import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { absolutePath } from '../../../src/domain.ts'
import { type ProgressEvent, silent } from '../../../src/report.ts'
import { loadTree } from '../../../src/tree/load.ts'
import { lockTree } from '../../../src/tree/lock.ts'
import { syntheticTree } from './synthetic-tree.ts'

it('lockTree makes the tree, keeps others out and says who holds it', async () => {
  using tree = syntheticTree()
  const roots = { ...tree.roots, dkmsTree: absolutePath(join(tree.roots.dkmsTree, 'deeper')) }
  const events: ProgressEvent[] = []
  {
    using _lock = await lockTree(roots, { purpose: 'build foo/1.0', report: silent })
    expect(readFileSync(join(roots.dkmsTree, '.lock'), 'utf8')).toContain('build foo/1.0')
    await expect(
      lockTree(roots, { purpose: 'add', report: (event) => events.push(event), waitMs: 0 }),
    ).rejects.toMatchObject({ code: 'LOCKED' })
    expect(events).toMatchObject([{ kind: 'note', message: expect.stringContaining('build foo/1.0') }])
  }
  using _again = await lockTree(roots, { purpose: 'add', report: silent, waitMs: 0 })
  expect(loadTree(roots).packages).toEqual([])
})

it('lockTree says that a tree of somebody else cannot be written', async () => {
  using tree = syntheticTree()
  const isRoot = process.geteuid?.() === 0
  if (isRoot) chmodSync(join(tree.roots.dkmsTree, '..'), 0o755)
  else chmodSync(tree.roots.dkmsTree, 0o555)
  if (isRoot) process.seteuid?.(65534)
  const attempt = lockTree(tree.roots, { purpose: 'add', report: silent })
  if (isRoot) process.seteuid?.(0)
  await expect(attempt).rejects.toMatchObject({
    code: 'TREE_NOT_WRITABLE',
    message: `no write access to the DKMS tree at ${tree.roots.dkmsTree}`,
  })
})
