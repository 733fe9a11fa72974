/**
 * The programs that run for us at the moment. Each leads a process group of its own, so that what it started ends with
 * it: a make that survived us would go on writing where the next command works.
 */
import { systemErrorCode } from './fs.ts'

const running = new Set<number>()
let interruption: NodeJS.Signals | undefined

/** @returns forgets the program; to be called when it has ended */
export function watchChild(group: number | undefined): () => void {
  if (group === undefined) return () => {}
  if (running.size === 0) process.once('exit', endAll)
  running.add(group)
  return () => {
    running.delete(group)
    if (running.size === 0) process.off('exit', endAll)
  }
}

/** Ends a program and everything it started. */
export function endGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal)
  } catch (error) {
    if (systemErrorCode(error) !== 'ESRCH') throw error
  }
}

/**
 * A person or the system wants us to stop: so do the programs, and no other is started.
 * @returns whether some were running, whose end now ends the command
 */
export function interrupt(signal: NodeJS.Signals): boolean {
  interruption = signal
  for (const group of running) endGroup(group, signal)
  return running.size > 0
}

export function interruptedBy(): NodeJS.Signals | undefined {
  return interruption
}

function endAll(): void {
  for (const group of running) endGroup(group, 'SIGTERM')
}
