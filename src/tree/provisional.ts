/**
 * A change that stands only if what follows it succeeds, such as a build whose POST_BUILD looks for it in the tree.
 *
 * How to take it back is recorded in TREE/.undo.* before it is made. A process that is killed in between leaves the
 * record, and taking the lock takes the change back.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { type AbsolutePath, absolutePath, below, type Roots } from '../domain.ts'
import { copyTree } from '../system/copy.ts'
import { isDirectory, lstatOrNone, reading, writeFileAtomic } from '../system/fs.ts'
import { changing } from './changing.ts'
import { commit, deleting, placing, pruning, type Step } from './journal.ts'
import { stagingPlace } from './staging.ts'

export interface Provisional {
  /** What followed succeeded. */
  keep(): void
  /** It did not: the directory is again what it was before, or gone. */
  takeBack(): void
}

interface UndoRecord {
  readonly format: 1
  readonly change: string
  readonly target: AbsolutePath
  /** A copy of what was there; absent: nothing was. */
  readonly kept?: AbsolutePath
}

const prefix = '.undo.'
let count = 0

/**
 * @param staged the directory that becomes `target`
 * @throws {FactoryError} FILE_ACCESS, DISK_FULL; nothing has changed then
 */
export function commitProvisionally(
  roots: Roots,
  change: string,
  staged: AbsolutePath,
  target: AbsolutePath,
): Provisional {
  count += 1
  const path = below(roots.dkmsTree, `${prefix}${process.pid}.${count}`)
  const kept = isDirectory(target) ? stagingPlace(roots, target) : undefined
  if (kept !== undefined) changing('keep a copy', kept, () => copyTree(target, kept))
  const record: UndoRecord = { format: 1, change, target, ...(kept === undefined ? {} : { kept }) }
  changing('record how to take it back', path, () => writeFileAtomic(path, `${JSON.stringify(record)}\n`, 0o600))
  commit(roots, change, [placing(staged, target)])
  return {
    keep() {
      forget(path)
      if (kept !== undefined) changing('delete the copy', kept, () => rmSync(kept, { recursive: true, force: true }))
    },
    takeBack: () => undo(roots, path, record),
  }
}

export function hasProvisional(roots: Roots): boolean {
  return recordsIn(roots).length > 0
}

/** @returns the changes that were taken back */
export function undoProvisional(roots: Roots): readonly string[] {
  return recordsIn(roots).flatMap((path) => {
    const record = readRecord(path)
    if (record === undefined) return []
    undo(roots, path, record)
    return [record.change]
  })
}

function undo(roots: Roots, path: AbsolutePath, { change, target, kept }: UndoRecord): void {
  commit(roots, `take back: ${change}`, stepsBack(roots, target, kept))
  forget(path)
}

function stepsBack(roots: Roots, target: AbsolutePath, kept: AbsolutePath | undefined): readonly Step[] {
  if (kept === undefined) return [...deleting(target), pruning(absolutePath(dirname(target)), roots.dkmsTree)]
  return lstatOrNone(kept) === undefined ? [] : [placing(kept, target)]
}

function forget(path: AbsolutePath): void {
  changing('forget how to take it back', path, () => rmSync(path, { force: true }))
}

function recordsIn(roots: Roots): readonly AbsolutePath[] {
  if (!isDirectory(roots.dkmsTree)) return []
  return reading(roots.dkmsTree, () => readdirSync(roots.dkmsTree))
    .filter((name) => name.startsWith(prefix))
    .map((name) => below(roots.dkmsTree, name))
}

/** Written whole or not at all; what cannot be read is not ours, and is left alone. */
function readRecord(path: AbsolutePath): UndoRecord | undefined {
  try {
    const record: unknown = JSON.parse(reading(path, () => readFileSync(path, 'utf8')))
    return isRecord(record) ? record : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function isRecord(value: unknown): value is UndoRecord {
  if (typeof value !== 'object' || value === null || !('format' in value) || value.format !== 1) return false
  return 'change' in value && typeof value.change === 'string' && 'target' in value && typeof value.target === 'string'
}
