/**
 * One writer per tree. The lock is flock(2) on a descriptor this process holds open (taken for it by util-linux's flock
 * on the inherited descriptor, since Node has no call for it): the kernel frees it when the process ends, however it ends.
 */
import { closeSync, existsSync, ftruncateSync, openSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { FactoryError } from '../errors.ts'
import { fileError, makeDirectories, systemErrorCode } from './fs.ts'
import { toolMissing } from './tools.ts'

export interface LockOptions {
  /** Who we are, for the message others see while they wait: `build foo/1.0`. */
  readonly purpose: string
  /** Called once when the lock is busy, with what the holder said of itself. */
  readonly onWait: (holder: string) => void
  /** How long to wait, in milliseconds; 0 does not wait; absent waits for ever. */
  readonly waitMs?: number
}

export interface HeldLock extends Disposable {
  /** What the last holder was doing when it ended without giving the lock back: it was killed. */
  readonly interrupted: string | undefined
}

const busy = 75

/**
 * @returns a handle whose disposal frees the lock
 * @throws {FactoryError} LOCKED when `waitMs` passed and the lock is still held; FILE_ACCESS when it cannot be created
 */
export function takeLock(path: string, options: LockOptions): HeldLock {
  const descriptor = openLockFile(path)
  let interrupted: string | undefined
  try {
    if (!tryFlock(descriptor, ['--nonblock'])) {
      options.onWait(readHolder(path))
      const seconds = options.waitMs === undefined ? [] : ['--timeout', String(options.waitMs / 1000)]
      if (options.waitMs === 0 || !tryFlock(descriptor, seconds)) throw stillLocked(path)
    }
    interrupted = /^pid \d+: (.*)/.exec(readFileSync(path, 'utf8'))?.[1]
    ftruncateSync(descriptor, 0)
    sayWhoHolds(descriptor, options.purpose)
  } catch (error) {
    closeSync(descriptor)
    throw fileError(error, 'use the lock file', path)
  }
  held.add(descriptor)
  return { interrupted, [Symbol.dispose]: () => release(descriptor) }
}

/** A courtesy: what would make room on a full disk, such as `remove`, must not fail for want of it. */
function sayWhoHolds(descriptor: number, purpose: string): void {
  try {
    writeSync(descriptor, `pid ${process.pid}: ${purpose}\n`, 0)
  } catch (error) {
    if (!['ENOSPC', 'EDQUOT'].includes(systemErrorCode(error) ?? '')) throw error
  }
}

const held = new Set<number>()

/**
 * Descriptors of the locks we hold. A program that gets them keeps the locks as long as it lives: should we be killed
 * while it writes to a build directory, the next command waits for it.
 */
export function heldLocks(): readonly number[] {
  return [...held]
}

function release(descriptor: number): void {
  held.delete(descriptor)
  ftruncateSync(descriptor, 0)
  closeSync(descriptor)
}

function openLockFile(path: string): number {
  try {
    makeDirectories(dirname(path))
    // Who can open it can hold it, also when he may only read it: nobody else's business.
    return openSync(path, 'a+', 0o600)
  } catch (error) {
    throw fileError(error, 'create the lock file', path)
  }
}

/** Not through run(): every command that changes the tree takes the lock, and loading execa for it costs as much again. */
function tryFlock(descriptor: number, how: readonly string[]): boolean {
  // Loaded here, because commands that take no lock need none of it.
  const { spawnSync } = process.getBuiltinModule('node:child_process')
  const argv = ['--exclusive', '--conflict-exit-code', String(busy), ...how, '3']
  const { status, error } = spawnSync('flock', argv, { stdio: ['ignore', 'ignore', 'inherit', descriptor] })
  if (error !== undefined) throw toolMissing('flock', 'lock the DKMS tree')
  if (status === 0 || status === busy) return status === 0
  throw new FactoryError(
    'COMMAND_FAILED',
    `flock ended with status ${status ?? 'unknown'} while it locked the DKMS tree`,
  )
}

function readHolder(path: string): string {
  const text = readFileSync(path, 'utf8').trim()
  if (text === '') return 'another process'
  const [, pid] = /^pid (\d+): /.exec(text) ?? []
  // What it started holds the lock too: `heldLocks`. A process of another namespace cannot be seen from here.
  return pid === undefined || existsSync(`/proc/${pid}`) ? text : `${text} (killed? what it had started still runs)`
}

/**
 * Whether this process was started, by whatever ways, by the one that holds the lock: to wait for it were to wait for ever.
 * Numbers of processes mean something in their own namespace only, so the process must have the file open, too.
 */
export function isHeldByAncestor(path: string): boolean {
  const holder = Number(/^pid (\d+): /.exec(textOf(path))?.[1] ?? 0)
  return holder > 0 && ancestors().includes(holder) && hasOpen(holder, path)
}

function hasOpen(pid: number, path: string): boolean {
  try {
    const { dev, ino } = statSync(path)
    return readdirSync(`/proc/${pid}/fd`).some((name) => {
      const open = statSync(`/proc/${pid}/fd/${name}`, { throwIfNoEntry: false })
      return open?.dev === dev && open.ino === ino
    })
  } catch {
    return false
  }
}

/** Up to the first process, or the first that this one may not see. */
function ancestors(): readonly number[] {
  const found: number[] = []
  // The name, in parentheses, may hold anything.
  for (let pid = process.ppid; pid > 0; pid = Number(/^.*\) \S+ (\d+) /s.exec(textOf(`/proc/${pid}/stat`))?.[1] ?? 0)) {
    found.push(pid)
  }
  return found
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function stillLocked(path: string): FactoryError {
  return new FactoryError('LOCKED', `${path} is held by ${readHolder(path)}`, {
    hint: `wait until that process has ended and try again; \`fuser ${path}\` tells which it is`,
  })
}
