/** Does something as a user without privileges, where the tests are run by root: nothing is forbidden to root. */
export function asNobody<Result>(work: () => Result): Result {
  if (process.geteuid?.() !== 0) return work()
  process.seteuid?.(65534)
  try {
    return work()
  } finally {
    process.seteuid?.(0)
  }
}
