/**
 * RPM's version order (rpm-version(7) manual page): epoch, then version, then release.
 *
 * Within one part, runs of digits compare by value, runs of letters by byte, digits are newer than letters and every
 * other character only separates. `~` sorts before everything, even the end; `^` after the end and before anything else.
 */

export interface Evr {
  /** Absent counts as 0. */
  readonly epoch: string
  readonly version: string
  /** Undefined when there is no `-`; sorts before every release. */
  readonly release: string | undefined
}

/** Compares two `[epoch:]version[-release]` texts. */
export function compareRpm(a: string, b: string): number {
  const left = parseEvr(a)
  const right = parseEvr(b)
  return (
    compareRpmPart(left.epoch, right.epoch) ||
    compareRpmPart(left.version, right.version) ||
    compareReleases(left.release, right.release)
  )
}

function compareReleases(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined)
  return compareRpmPart(a, b)
}

/** Splits at the first `:` after digits and at the last `-`, as rpm does. */
export function parseEvr(text: string): Evr {
  const epoch = /^(\d*):/.exec(text)
  const rest = epoch === null ? text : text.slice(epoch[0].length)
  const dash = rest.lastIndexOf('-')
  return {
    epoch: epoch?.[1] || '0',
    version: dash < 0 ? rest : rest.slice(0, dash),
    release: dash < 0 ? undefined : rest.slice(dash + 1),
  }
}

const separators = /^[^A-Za-z0-9~^]+/
const segment = /^(?:\d+|[A-Za-z]+)/

/** Compares two versions or two releases (rpmvercmp). */
export function compareRpmPart(a: string, b: string): number {
  if (a === b) return 0
  let left = a
  let right = b
  while (left !== '' || right !== '') {
    left = left.replace(separators, '')
    right = right.replace(separators, '')
    const marked = compareMarks(left, right)
    if (marked === 'both') {
      left = left.slice(1)
      right = right.slice(1)
      continue
    }
    if (marked !== 'none') return marked
    if (left === '' || right === '') break
    const [own] = segment.exec(left) ?? ['']
    const [other] = (isDigit(own) ? /^\d+/ : /^[A-Za-z]+/).exec(right) ?? ['']
    if (other === '') return isDigit(own) ? 1 : -1
    const difference = isDigit(own) ? compareNumbers(own, other) : compareText(own, other)
    if (difference !== 0) return difference
    left = left.slice(own.length)
    right = right.slice(other.length)
  }
  return Number(left !== '') - Number(right !== '')
}

/** What a `~` or `^` at the front of either side decides. */
function compareMarks(left: string, right: string): number | 'both' | 'none' {
  if (left.startsWith('~') || right.startsWith('~')) {
    if (!left.startsWith('~')) return 1
    return right.startsWith('~') ? 'both' : -1
  }
  if (left.startsWith('^') || right.startsWith('^')) {
    if (left === '') return -1
    if (right === '') return 1
    if (!left.startsWith('^')) return 1
    return right.startsWith('^') ? 'both' : -1
  }
  return 'none'
}

function isDigit(text: string): boolean {
  return /^\d/.test(text)
}

function compareNumbers(a: string, b: string): number {
  const left = a.replace(/^0+/, '')
  const right = b.replace(/^0+/, '')
  return left.length - right.length || compareText(left, right)
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
