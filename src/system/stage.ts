/**
 * Where the time of a command goes, as entries of the User Timing API that Node has built in. Nothing of the program reads
 * them; `make bench` does, from outside. An entry costs microseconds, so they are made where work takes milliseconds.
 */

/** Does the work, and notes how long it took. */
export async function stage<Result>(name: string, work: () => Promise<Result> | Result): Promise<Result> {
  const start = performance.now()
  try {
    return await work()
  } finally {
    performance.measure(name, { start })
  }
}
