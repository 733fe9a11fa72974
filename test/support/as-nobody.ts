import { readdirSync } from 'node:fs'
import { checkout } from './program.ts'

/**
 * Does something as a user without privileges, where the tests are run by root: nothing is forbidden to root. A promise
 * is waited for before root is root again.
 */
export function asNobody<Result>(work: () => Result): Result {
  if (process.geteuid?.() !== 0) return work()
  process.seteuid?.(65534)
  let isPromise = false
  try {
    const result = work()
    if (!(result instanceof Promise)) return result
    isPromise = true
    // A promise of what `result` is a promise of.
    return result.finally(becomeRoot) as Result
  } finally {
    if (!isPromise) becomeRoot()
  }
}

function becomeRoot(): void {
  process.seteuid?.(0)
}

/**
 * Why tests cannot do something from this checkout as a user without privileges; undefined where they can. Root's own
 * directories, such as /root, let nobody else through.
 */
export function nobodyImpossible(): string | undefined {
  if (process.geteuid?.() !== 0) return 'only root can be somebody else'
  try {
    asNobody(() => readdirSync(checkout))
    return undefined
  } catch {
    return 'nobody may not come to this checkout'
  }
}

/** For a title: what is told of a test that is skipped. */
export function because(reason: string | undefined): string {
  return reason === undefined ? '' : ` (skipped: ${reason})`
}
