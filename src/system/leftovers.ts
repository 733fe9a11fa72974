/**
 * Places that are only for the time of a command. A signal that no running program delays ends the process without
 * unwinding, and so does a bug: what nobody has removed by then goes at the exit.
 */
import { rmSync } from 'node:fs'

const places = new Set<string>()

/** @returns leaves the place alone; to be called when it has been removed or has become something that stays */
export function removeAtExit(path: string): () => void {
  if (places.size === 0) process.once('exit', removeAll)
  places.add(path)
  return () => {
    places.delete(path)
    if (places.size === 0) process.off('exit', removeAll)
  }
}

function removeAll(): void {
  for (const path of places) {
    try {
      rmSync(path, { recursive: true, force: true })
    } catch {
      // The process is about to end; there is nobody to tell.
    }
  }
}
