import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AbsolutePath, below } from '../../../src/domain.ts'
import { type ProgressEvent, silent } from '../../../src/report.ts'
import { observeChanges } from '../../../src/tree/changing.ts'
import { commit, deleting, placing, pruning, recover, type Step } from '../../../src/tree/journal.ts'
import { treePaths } from '../../../src/tree/layout.ts'
import { lockTree } from '../../../src/tree/lock.ts'
import { stagingPlace } from '../../../src/tree/staging.ts'
import { listTree } from '../../support/tree-listing.ts'
import { type SyntheticTree, syntheticTree } from './synthetic-tree.ts'

let tree: SyntheticTree

beforeEach(() => {
  tree = syntheticTree()
})
afterEach(() => tree[Symbol.dispose]())

const inTree = (path: string) => below(tree.roots.dkmsTree, path)
const shape = () => [...listTree(tree.roots.dkmsTree), ...listTree(tree.roots.installTree)]

function stageFile(target: AbsolutePath, content: string): Step {
  const staged = stagingPlace(tree.roots, target)
  writeFileSync(staged, content)
  return placing(staged, target)
}

function stageDirectory(target: AbsolutePath, content: string): Step {
  const staged = stagingPlace(tree.roots, target)
  mkdirSync(staged)
  writeFileSync(join(staged, 'file'), content)
  return placing(staged, target)
}

/** A change of every kind of step, over two roots. */
function furnish(): void {
  tree.write('t/m/file', 'old')
  tree.write('t/m/directory/file', 'old')
  tree.write('t/m/gone/file', 'old')
  tree.write('i/k/extra/a.ko', 'old')
  tree.link('directory', 't/m/link')
}

function everything(): readonly Step[] {
  const link = stagingPlace(tree.roots, inTree('m/link'))
  symlinkSync('gone', link)
  const original = below(tree.roots.installTree, 'k/extra/a.ko')
  const archived = inTree('m/original_module/k/a.ko')
  const second = stagingPlace(tree.roots, archived)
  linkSync(original, second)
  return [
    stageFile(inTree('m/file'), 'new'),
    stageDirectory(inTree('m/directory'), 'new'),
    stageFile(inTree('deep/er/file'), 'new'),
    placing(link, inTree('m/link')),
    placing(second, archived),
    ...deleting(original),
    ...deleting(inTree('m/gone')),
    ...deleting(inTree('never/there')),
    pruning(below(tree.roots.installTree, 'k/extra'), below(tree.roots.installTree, 'k')),
  ]
}

class Killed extends Error {}

/** Ends `work` before its change number `at`, and everything it tries afterwards; tells how many changes there were. */
function killAt(at: number, work: () => void): number {
  let count = 0
  using _observed = observeChanges(() => {
    count += 1
    if (count > at) throw new Killed()
  })
  try {
    work()
  } catch (error) {
    if (!(error instanceof Killed)) throw error
  }
  return count
}

describe('commit', () => {
  it('carries out every step and leaves nothing else', () => {
    furnish()
    commit(tree.roots, 'change', everything())
    expect(shape().map((line) => line.replace(/ 0?\d{3,4}( \w+)?$/, ''))).toEqual([
      'deep/',
      'deep/er/',
      'deep/er/file',
      'm/',
      'm/directory/',
      'm/directory/file',
      'm/file',
      'm/link -> gone',
      'm/original_module/',
      'm/original_module/k/',
      'm/original_module/k/a.ko',
      'k/',
    ])
    expect(readFileSync(inTree('m/directory/file'), 'utf8')).toBe('new')
  })

  it('killed before any of its changes, and while recovering, ends as before or as after', () => {
    furnish()
    const before = shape()
    commit(tree.roots, 'change', everything())
    const after = shape()
    let kills = 0
    let decided = false
    for (let at = 0; ; at += 1) {
      using again = syntheticTree()
      tree[Symbol.dispose]()
      tree = again
      furnish()
      const changes = killAt(at, () => commit(tree.roots, 'change', everything()))
      if (changes <= at) break
      kills += 1
      const seen: ProgressEvent[] = []
      // The recovery is killed at each of its changes, too.
      for (let step = 0; killAt(step, () => recover(tree.roots, silent)) > step; step += 1) continue
      recover(tree.roots, (event) => seen.push(event))
      expect(seen).toEqual([])
      const now = shape()
      if (now.join() === after.join()) decided = true
      expect(now).toEqual(decided ? after : before)
    }
    expect(kills).toBeGreaterThan(25)
    expect(decided).toBe(true)
    tree = syntheticTree()
  })

  it('does not take a file that came into being meanwhile for the one that was to go', () => {
    furnish()
    const original = below(tree.roots.installTree, 'k/extra/a.ko')
    const steps = everything()
    let count = 0
    try {
      using _observed = observeChanges((change) => {
        if (change.startsWith('delete') && change.endsWith('.journal') && ++count === 1) throw new Killed()
      })
      commit(tree.roots, 'change', steps)
    } catch (error) {
      expect(error).toBeInstanceOf(Killed)
    }
    tree.write('i/k/extra/a.ko', 'a package manager was here')
    recover(tree.roots, silent)
    expect(readFileSync(original, 'utf8')).toBe('a package manager was here')
    expect(readFileSync(inTree('m/original_module/k/a.ko'), 'utf8')).toBe('old')
  })

  it('completes a change that an earlier commit of the same command could not, first', () => {
    tree.write('t/m/file', 'old')
    const one = stageFile(inTree('m/file'), 'one')
    const changes = killAt(1000, () => commit(tree.roots, 'count', [stageFile(inTree('x'), '')]))
    killAt(changes - 4, () => commit(tree.roots, 'one', [one]))
    expect(readdirSync(tree.roots.dkmsTree)).toContain('.journal')
    commit(tree.roots, 'two', [stageFile(inTree('m/other'), 'two')])
    expect(readFileSync(inTree('m/file'), 'utf8')).toBe('one')
    expect(readdirSync(inTree('m')).sort()).toEqual(['file', 'other'])
  })
})

it('refuses a change that cannot be carried out before anything is decided', () => {
  tree.write('t/m', 'a file')
  const step = stageFile(inTree('m/deep/file'), 'new')
  expect(() => commit(tree.roots, 'change', [stageFile(inTree('x'), ''), step])).toThrow('not a directory')
  recover(tree.roots, silent)
  expect(readdirSync(tree.roots.dkmsTree)).toEqual(['m'])
})

describe('the next command', () => {
  it.each([
    ['before it was decided', 0, /before it had changed anything.*install foo/],
    ['after it was decided', 5, /is now completed: change/],
  ])('says that one was interrupted %s', async (_, into, expected) => {
    furnish()
    const steps = everything()
    const flushed = killAt(1000, () => {
      throw new Killed()
    })
    let decided = -1
    using _observed = observeChanges((change) => {
      if (decided >= 0) decided += 1
      if (change.startsWith('write')) decided = 0
      if (decided > into) throw new Killed()
    })
    expect(() => commit(tree.roots, 'change', steps)).toThrow(Killed)
    _observed[Symbol.dispose]()
    expect(flushed).toBe(0)
    writeFileSync(treePaths(tree.roots).lockFile, 'pid 1: install foo/1.0\n')
    const events: ProgressEvent[] = []
    using _lock = await lockTree(tree.roots, { purpose: 'status', report: (event) => events.push(event) })
    expect(events).toMatchObject([{ kind: 'warning', code: 'INTERRUPTED', message: expect.stringMatching(expected) }])
  })

  it('refuses a journal it does not understand, and frees the lock', async () => {
    const journal = tree.write('t/.journal', '{"format": 2}\n')
    const attempt = lockTree(tree.roots, { purpose: 'add', report: silent, waitMs: 0 })
    await expect(attempt).rejects.toMatchObject({ code: 'JOURNAL_UNREADABLE' })
    renameSync(journal, `${journal}.old`)
    using _lock = await lockTree(tree.roots, { purpose: 'add', report: silent, waitMs: 0 })
  })

  it('finds nothing when a command failed and cleaned up after itself', async () => {
    {
      using _lock = await lockTree(tree.roots, { purpose: 'add', report: silent })
      stageFile(inTree('m/file'), 'unused')
    }
    expect(readdirSync(tree.roots.dkmsTree)).toEqual(['.lock'])
  })

  it('deletes listed staging places and nothing else, whatever the list says', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom('/', tree.roots.dkmsTree, '..'))), (lines) => {
        tree.write('t/m/file', 'kept')
        const listed = lines.flatMap((line) => [line, JSON.stringify(line)]).join('\n')
        tree.write('t/.staging', `${listed}\n${JSON.stringify(inTree('m/file'))}\n"${inTree('m/.tmp_cut')}`)
        tree.write('t/m/.tmp_cut')
        recover(tree.roots, silent)
        expect(readdirSync(inTree('m')).sort()).toEqual(['.tmp_cut', 'file'])
      }),
      { numRuns: 50 },
    )
  })
})
