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
