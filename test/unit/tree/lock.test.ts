import { chmodSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { absolutePath, type Roots } from '../../../src/domain.ts'
import { type ProgressEvent, silent } from '../../../src/report.ts'
import { loadTree } from '../../../src/tree/load.ts'
import { lockTree } from '../../../src/tree/lock.ts'
import { mustRun } from '../../support/program.ts'
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

/** As a program that is run by a program of the one that holds the lock. */
async function lockInGrandchild(roots: Roots, onlyReads: boolean): Promise<string> {
  const module = resolve(import.meta.dirname, '../../../src/tree/lock.ts')
  const script = `
    import { lockTree } from ${JSON.stringify(module)}
    const options = { purpose: 'mktarball foo/1.0', report: (event) => console.log(event.message), onlyReads: ${onlyReads} }
    try {
      using _lock = await lockTree(${JSON.stringify(roots)}, options)
      console.log('goes on')
    } catch (error) {
      console.log(error.code)
    }`
  const node = [process.execPath, '--input-type=module', '--eval', script]
  return (await mustRun('sh', ['-c', '"$@"; exit $?', 'sh', ...node])).trim()
}

it.each([
  [true, 'goes on'],
  [false, 'LOCKED'],
])('lockTree waits for nobody who waits for it (only reads: %s)', async (onlyReads, said) => {
  using tree = syntheticTree()
  using _lock = await lockTree(tree.roots, { purpose: 'mkrpm foo/1.0', report: silent })
  expect(await lockInGrandchild(tree.roots, onlyReads)).toBe(said)
  expect(readFileSync(join(tree.roots.dkmsTree, '.lock'), 'utf8')).toContain('mkrpm foo/1.0')
})
