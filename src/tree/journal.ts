/**
 * The journal of a tree: how a change of several steps happens whole or not at all.
 *
 * Everything new is staged and flushed first. Then TREE/.journal, written beside and renamed, lists the steps; from that
 * instant the change is decided. The steps are carried out, and the journal is deleted. A process killed before the
 * journal was there leaves staging places, which {@link recover} deletes; one killed later leaves the journal, and
 * recover carries out the steps again: each does nothing where it has been done.
 *
 * The caller holds the lock of the tree; taking it recovers.
 */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { AbsolutePath, Roots } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import type { ProgressEvent, Report } from '../report.ts'
import {
  fileError,
  isDirectory,
  lstatOrNone,
  makeDirectories,
  removeEmptyParents,
  syncDirectory,
  syncTree,
  systemErrorCode,
} from '../system/fs.ts'
import { changing } from './changing.ts'
import { treePaths } from './layout.ts'
import { clearStaged, forgetStaged, placeBeside, stagingPlace } from './staging.ts'

export type Step =
  /** `staged` becomes `target`; what is there moves to `aside` first when it cannot be replaced with one rename. */
  | {
      readonly kind: 'place'
      readonly staged: AbsolutePath
      readonly target: AbsolutePath
      readonly aside: AbsolutePath
    }
  /** `path` goes, if it is still what it was when the step was planned; a directory goes at once, by way of `aside`. */
  | { readonly kind: 'delete'; readonly path: AbsolutePath; readonly aside: AbsolutePath; readonly seen: string }
  /** Empty directories from `path` upwards go, up to but not including `stop`. */
  | { readonly kind: 'prune'; readonly path: AbsolutePath; readonly stop: AbsolutePath }

export function placing(staged: AbsolutePath, target: AbsolutePath): Step {
  return { kind: 'place', staged, target, aside: placeBeside(target) }
}

/** No step when nothing is there. */
export function deleting(path: AbsolutePath): readonly Step[] {
  const stats = lstatOrNone(path)
  return stats === undefined ? [] : [{ kind: 'delete', path, aside: placeBeside(path), seen: identityOf(stats) }]
}

export function pruning(path: AbsolutePath, stop: AbsolutePath): Step {
  return { kind: 'prune', path, stop }
}

/**
 * A file that came into being at the path meanwhile, from a package manager that does not know our lock, must not be
 * taken for the one that was to go.
 */
function identityOf(stats: Stats): string {
  return stats.isDirectory() ? 'directory' : `${stats.size} ${stats.mtimeMs}`
}

interface Journal {
  readonly format: 1
  /** What is being done, for the person who interrupted it: `install foo/1.0 for kernel 6.1.0 (x86_64)`. */
  readonly change: string
  readonly steps: readonly Step[]
}

/**
 * Carries out the steps, in their order, all or none.
 *
 * @param change what they do, as a person would call it
 * @throws {FactoryError} FILE_ACCESS, DISK_FULL. When that happens after the change was decided, the next command that
 *   takes the lock, or the next commit of this one, completes it first.
 */
export function commit(roots: Roots, change: string, steps: readonly Step[]): void {
  if (steps.length === 0) return
  completePending(roots)
  for (const step of steps) assertPossible(step)
  flush(steps)
  writeJournal(roots, { format: 1, change, steps })
  complete(roots, steps)
}

/**
 * Finishes or undoes what a process left that was killed.
 *
 * @param takeBack undoes the changes that stand on trial (provisional.ts) and names them
 * @param interrupted the command it was carrying out, as far as the lock file tells
 * @throws {FactoryError} JOURNAL_UNREADABLE; FILE_ACCESS, DISK_FULL when the change still cannot be carried out
 */
export function recover(
  roots: Roots,
  report: Report,
  {
    takeBack,
    interrupted,
  }: { readonly takeBack?: () => readonly string[]; readonly interrupted?: string | undefined } = {},
): void {
  const change = completePending(roots)
  for (const taken of takeBack?.() ?? []) {
    report({ kind: 'warning', code: 'INTERRUPTED', message: `a command was interrupted and is taken back: ${taken}` })
  }
  const undone = clearStaged(roots, (place) => report(cannotDelete(place)))
  if (change !== undefined) {
    report({
      kind: 'warning',
      code: 'INTERRUPTED',
      message: `a command was interrupted and is now completed: ${change}`,
    })
  } else if (undone) {
    const which = interrupted === undefined ? '' : `: ${interrupted}`
    const message = `a command was interrupted before it had changed anything; what it left is deleted${which}`
    report({ kind: 'warning', code: 'INTERRUPTED', message })
  }
}

function cannotDelete(place: AbsolutePath): ProgressEvent {
  const message = `what an interrupted command left cannot be deleted: ${place}`
  return { kind: 'warning', code: 'INTERRUPTED', message, hint: 'it does no harm; delete it when it can be' }
}

export function hasPendingChange(roots: Roots): boolean {
  return existsSync(treePaths(roots).journal)
}

/** @returns the change that was completed, if one was pending */
function completePending(roots: Roots): string | undefined {
  if (!hasPendingChange(roots)) return undefined
  const { change, steps } = readJournal(treePaths(roots).journal)
  complete(roots, steps)
  return change
}

/** What can be known to fail must fail while nothing is decided yet. */
function assertPossible(step: Step): void {
  if (step.kind === 'prune') return
  const path = step.kind === 'place' ? step.target : step.path
  changing('check that it can be changed', path, () => {
    let directory = dirname(path)
    while (!isThere(directory)) directory = dirname(directory)
    // With a slash at its end, a path that is no directory is refused.
    accessSync(`${directory}/`, constants.W_OK | constants.X_OK)
  })
}

function isThere(path: string): boolean {
  try {
    return lstatOrNone(path) !== undefined
  } catch (error) {
    if (systemErrorCode(error) === 'ENOTDIR') return false
    throw error
  }
}

/** A rename must never precede the content it makes visible. */
function flush(steps: readonly Step[]): void {
  const parents = new Set<string>()
  for (const step of steps) {
    if (step.kind !== 'place') continue
    changing('flush', step.staged, () => {
      const stats = lstatOrNone(step.staged)
      if (stats?.isDirectory()) syncTree(step.staged)
      else if (stats?.isFile()) syncDirectory(step.staged)
    })
    parents.add(dirname(step.staged))
  }
  for (const parent of parents) changing('flush', parent, () => syncDirectory(parent))
}

function writeJournal(roots: Roots, journal: Journal): void {
  const path = treePaths(roots).journal
  const staged = stagingPlace(roots, path)
  changing('write', staged, () => {
    const descriptor = openSync(staged, 'w', 0o600)
    try {
      writeFileSync(descriptor, `${JSON.stringify(journal)}\n`)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  })
  changing('decide the change', path, () => {
    renameSync(staged, path)
    syncDirectory(roots.dkmsTree)
  })
}

function complete(roots: Roots, steps: readonly Step[]): void {
  for (const step of steps) carryOut(step)
  for (const directory of new Set(steps.flatMap(directoriesOf))) {
    if (isDirectory(directory)) changing('flush', directory, () => syncDirectory(directory))
  }
  changing('delete', treePaths(roots).journal, () => {
    rmSync(treePaths(roots).journal)
    syncDirectory(roots.dkmsTree)
  })
  forgetStaged(roots)
}

function directoriesOf(step: Step): readonly string[] {
  if (step.kind === 'prune') return [step.stop]
  const changed = step.kind === 'place' ? [step.staged, step.target] : [step.path]
  return changed.map((path) => dirname(path))
}

function carryOut(step: Step): void {
  switch (step.kind) {
    case 'place':
      return place(step)
    case 'delete':
      return discard(step)
    case 'prune':
      return changing('delete if empty', step.path, () => removeEmptyParents(step.path, step.stop))
  }
}

function place({ staged, target, aside }: Extract<Step, { kind: 'place' }>): void {
  const incoming = lstatOrNone(staged)
  if (incoming !== undefined) {
    changing('create', dirname(target), () => makeDirectories(dirname(target)))
    const present = lstatOrNone(target)
    if (present !== undefined && (present.isDirectory() || incoming.isDirectory())) moveAside(target, aside)
    changing('put into place', target, () => {
      renameSync(staged, target)
      // rename(2) does nothing when both are links to one file.
      rmSync(staged, { recursive: true, force: true })
    })
  }
  if (lstatOrNone(aside) !== undefined) changing('delete', aside, () => rmSync(aside, { recursive: true }))
}

function discard({ path, aside, seen }: Extract<Step, { kind: 'delete' }>): void {
  const stats = lstatOrNone(path)
  if (stats !== undefined && identityOf(stats) === seen) {
    if (stats.isDirectory()) moveAside(path, aside)
    else changing('delete', path, () => rmSync(path))
  }
  if (lstatOrNone(aside) !== undefined) changing('delete', aside, () => rmSync(aside, { recursive: true }))
}

function moveAside(path: AbsolutePath, aside: AbsolutePath): void {
  changing('move aside', path, () => {
    // From an earlier attempt: its content had been replaced already.
    rmSync(aside, { recursive: true, force: true })
    renameSync(path, aside)
  })
}

/** Written by us and by root alone, so only a foreign hand or a newer program makes it unreadable. */
function readJournal(path: AbsolutePath): Journal {
  try {
    const journal: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (isJournal(journal)) return journal
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw fileError(error, 'read the journal', path)
  }
  throw new FactoryError('JOURNAL_UNREADABLE', `the journal of an interrupted command cannot be understood: ${path}`, {
    hint: 'a newer version of this program may have written it: run that one, or look at the file and delete it',
  })
}

function isJournal(value: unknown): value is Journal {
  if (typeof value !== 'object' || value === null) return false
  if (!('format' in value && value.format === 1)) return false
  return 'change' in value && typeof value.change === 'string' && 'steps' in value && Array.isArray(value.steps)
}
