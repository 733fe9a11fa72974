/** A tree on a file system that is mounted read-only. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { treePaths } from '../../../src/tree/layout.ts'
import { type SyntheticTree, syntheticTree } from './synthetic-tree.ts'

const lockModule = resolve(import.meta.dirname, '../../../src/tree/lock.ts')
const mountsAreAllowed = spawnSync('unshare', ['--mount', 'true']).status === 0

let tree: SyntheticTree

beforeEach(() => {
  tree = syntheticTree()
})
afterEach(() => tree[Symbol.dispose]())

/** Takes the lock in a process that sees the tree read-only; what was reported or thrown. */
function takeLock(onlyReads: boolean): { code?: string; hint?: string; message: string } {
  const options = `{ purpose: 'look', onlyReads: ${onlyReads}, report: (event) => console.log(JSON.stringify(event)) }`
  const program = `
    import { lockTree } from ${JSON.stringify(lockModule)}
    try {
      using _lock = await lockTree(${JSON.stringify(tree.roots)}, ${options})
    } catch ({ code, message, hint }) {
      console.log(JSON.stringify({ code, message, hint }))
    }`
  const mount = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
  const argv = [
    '--mount',
    'sh',
    '-c',
    mount,
    tree.roots.dkmsTree,
    process.execPath,
    '--input-type=module',
    '-e',
    program,
  ]
  const { stdout, stderr } = spawnSync('unshare', argv, { encoding: 'utf8' })
  expect(stderr).toBe('')
  return JSON.parse(stdout) as { code?: string; hint?: string; message: string }
}

describe.skipIf(!mountsAreAllowed)('a read-only tree (needs to be allowed to mount)', () => {
  it('is not locked by a command that only reads, which is told', () => {
    expect(takeLock(true)).toMatchObject({ kind: 'note', message: expect.stringContaining('not locked') as string })
  })

  it('is refused to other commands with a hint that fits', () => {
    const { code, hint } = takeLock(false)
    expect(code).toBe('TREE_NOT_WRITABLE')
    expect(hint).toMatch(/mount its file system for writing/)
  })

  it('is refused to every command while it holds half of a change', () => {
    writeFileSync(treePaths(tree.roots).journal, '{}')
    const { code, message } = takeLock(true)
    expect(code).toBe('TREE_NOT_WRITABLE')
    expect(message).toContain('interrupted')
  })
})
