import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { absolutePath, type Roots } from '../../../src/domain.ts'
import { type ProgressEvent, silent } from '../../../src/report.ts'
import { takeLock } from '../../../src/system/lock.ts'
import { loadTree } from '../../../src/tree/load.ts'
import { lockTree } from '../../../src/tree/lock.ts'
import { stagingPlace } from '../../../src/tree/staging.ts'
import { asNobody } from '../../support/as-nobody.ts'
import { mustRun } from '../../support/program.ts'
import { type SyntheticTree, syntheticTree } from './synthetic-tree.ts'

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
    const options = { purpose: 'mktarball foo/1.0', report: (event) => console.log(event.message), onlyReads: ${onlyReads}, waitMs: 0 }
    try {
      using _lock = await lockTree(${JSON.stringify(roots)}, options)
      console.log('goes on')
    } catch (error) {
      console.log(error.code)
    }`
  const node = [process.execPath, '--input-type=module', '--eval', script]
  return (await mustRun('sh', ['-c', '"$@"; exit $?', 'sh', ...node])).trim()
}

it.each([true, false])('lockTree waits for nobody who waits for it (only reads: %s)', async (onlyReads) => {
  using tree = syntheticTree()
  using _lock = await lockTree(tree.roots, { purpose: 'mkrpm foo/1.0', report: silent })
  const place = stagingPlace(tree.roots, absolutePath(join(tree.roots.dkmsTree, 'foo')))
  mkdirSync(place)
  expect(await lockInGrandchild(tree.roots, onlyReads)).toBe('goes on')
  expect(readFileSync(join(tree.roots.dkmsTree, '.lock'), 'utf8')).toContain('mkrpm foo/1.0')
  expect(existsSync(place)).toBe(true)
})

it('lockTree goes one lock further in with every command in between', async () => {
  using tree = syntheticTree()
  using _lock = await lockTree(tree.roots, { purpose: 'install foo/1.0', report: silent })
  using _inner = takeLock(join(tree.roots.dkmsTree, '.lock.inner'), { purpose: 'add bar', onWait: () => {} })
  expect(await lockInGrandchild(tree.roots, false)).toBe('goes on')
  expect(existsSync(join(tree.roots.dkmsTree, '.lock.inner.inner'))).toBe(true)
})

it('lockTree keeps commands that the holder of the lock has started out of each other', async () => {
  using tree = syntheticTree()
  using _lock = await lockTree(tree.roots, { purpose: 'install foo/1.0', report: silent })
  using _sibling = await heldByAnother(join(tree.roots.dkmsTree, '.lock.inner'), '')
  const said = await lockInGrandchild(tree.roots, false)
  expect(said.split('\n')).toEqual([expect.stringContaining('held by another process'), 'LOCKED'])
})

it('lockTree takes no process for the holder that only has its number', async () => {
  using tree = syntheticTree()
  using _foreign = await heldByAnother(join(tree.roots.dkmsTree, '.lock'), `pid ${process.pid}: build foo/1.0`)
  expect((await lockInGrandchild(tree.roots, false)).split('\n').at(-1)).toBe('LOCKED')
})

it('lockTree says that a holder which was killed has left something running', async () => {
  using tree = syntheticTree()
  // No process has this number: it is beyond the kernel's greatest.
  using _left = await heldByAnother(join(tree.roots.dkmsTree, '.lock'), 'pid 99999999: build foo/1.0')
  await expect(lockTree(tree.roots, { purpose: 'repair', report: silent, waitMs: 0 })).rejects.toMatchObject({
    code: 'LOCKED',
    message: expect.stringContaining('pid 99999999: build foo/1.0 (killed? what it had started still runs)'),
    hint: expect.stringContaining('fuser'),
  })
})

/** A lock that a process which is no ancestor of anyone here holds, whatever it says of itself. */
async function heldByAnother(file: string, text: string): Promise<Disposable> {
  writeFileSync(file, text)
  const command = ['--no-fork', file, 'sh', '-c', 'echo; exec sleep 60']
  const holder = spawn('flock', command, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(holder.stdout, 'data')
  return { [Symbol.dispose]: () => void holder.kill() }
}

describe('a user who may not write the tree', () => {
  function withoutRights(tree: SyntheticTree): void {
    chmodSync(tree.roots.dkmsTree, 0o755)
    for (let dir = dirname(tree.roots.dkmsTree); dir.startsWith(tmpdir()) && dir !== tmpdir(); dir = dirname(dir)) {
      chmodSync(dir, 0o755)
    }
  }

  it('cannot hold the lock of root', async () => {
    using tree = syntheticTree()
    withoutRights(tree)
    ;(await lockTree(tree.roots, { purpose: 'build foo/1.0', report: silent }))[Symbol.dispose]()
    const file = join(tree.roots.dkmsTree, '.lock')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(() => asNobody(() => readFileSync(file))).toThrow(/EACCES/)
  })

  it('reads without it, unless a change is half done', async () => {
    using tree = syntheticTree()
    withoutRights(tree)
    const told: ProgressEvent[] = []
    const reading = { purpose: 'mktarball foo/1.0', report: (event: ProgressEvent) => void told.push(event) }
    await asNobody(async () => {
      ;(await lockTree(tree.roots, { ...reading, onlyReads: true }))[Symbol.dispose]()
    })
    expect(told).toMatchObject([{ kind: 'note', message: expect.stringContaining('may not be written by this user') }])
    const writing = asNobody(() => lockTree(tree.roots, { purpose: 'build foo/1.0', report: silent }))
    await expect(writing).rejects.toMatchObject({ code: 'TREE_NOT_WRITABLE' })
    writeFileSync(join(tree.roots.dkmsTree, '.journal'), '{}')
    const half = asNobody(() => lockTree(tree.roots, { ...reading, onlyReads: true }))
    await expect(half).rejects.toMatchObject({ code: 'TREE_NOT_WRITABLE', hint: expect.stringContaining('root') })
  })
})
