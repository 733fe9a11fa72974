/** Whether two files hold the same bytes, reading as little as possible. */
import { closeSync, openSync, readSync, type Stats, statSync } from 'node:fs'

const chunk = 64 * 1024
const left = Buffer.allocUnsafe(chunk)
const right = Buffer.allocUnsafe(chunk)

/**
 * @param bytes the size of `a`, which the caller knows
 * @returns false also when one of them cannot be read: equality is a promise, difference is not
 */
export function haveSameBytes(a: string, bytes: number, b: string): boolean {
  try {
    const second = statSync(b)
    if (second.size !== bytes) return false
    return (bytes > chunk && isSameFile(a, second)) || sameContent(a, b)
  } catch {
    return false
  }
}

/** Worth a look for big files only: small ones are read as fast. */
function isSameFile(a: string, second: Stats): boolean {
  const first = statSync(a)
  return first.ino === second.ino && first.dev === second.dev
}

function sameContent(a: string, b: string): boolean {
  const first = openSync(a, 'r')
  try {
    const second = openSync(b, 'r')
    try {
      return sameStreams(first, second)
    } finally {
      closeSync(second)
    }
  } finally {
    closeSync(first)
  }
}

function sameStreams(first: number, second: number): boolean {
  for (;;) {
    const length = readSync(first, left, 0, chunk, null)
    if (length !== readSync(second, right, 0, chunk, null)) return false
    if (left.compare(right, 0, length, 0, length) !== 0) return false
    if (length < chunk) return true
  }
}
