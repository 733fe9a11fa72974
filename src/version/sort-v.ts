/**
 * The order of `sort -V` (GNU coreutils manual, "Version sort ordering"), by which DKMS lists kernels and picks the
 * latest version of a dependency.
 *
 * Non-digits compare by character, letters before other characters and `~` before everything, even the end; numbers by
 * value. File-name suffixes such as `.tar.gz` are set aside at first, empty names and dot files come first, and equal
 * versions fall back to byte order, so that the order is total as it is with sort.
 */

export function compareSortV(a: string, b: string): number {
  const left = bytesOf(a)
  const right = bytesOf(b)
  return compareFileVersions(left, right) || compareText(left, right)
}

/** One character per UTF-8 byte, as the C locale sees the text. */
function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1')
}

const suffix = /(?:\.[A-Za-z~][A-Za-z0-9~]*)*$/

function compareFileVersions(a: string, b: string): number {
  if (a === b) return 0
  for (const special of ['', '.', '..']) {
    if (a === special) return -1
    if (b === special) return 1
  }
  if (a.startsWith('.') !== b.startsWith('.')) return a.startsWith('.') ? -1 : 1
  const stemA = withoutSuffix(a)
  const stemB = withoutSuffix(b)
  return compareRuns(stemA, stemB) || compareRuns(a, b)
}

function withoutSuffix(name: string): string {
  const hidden = name.startsWith('.') ? 1 : 0
  const match = suffix.exec(name.slice(hidden))
  return match === null ? name : name.slice(0, hidden + match.index)
}

function compareRuns(a: string, b: string): number {
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    while (isOther(a, i) || isOther(b, j)) {
      const difference = rank(a, i) - rank(b, j)
      if (difference !== 0) return difference
      i += 1
      j += 1
    }
    const numberA = digitsAt(a, i)
    const numberB = digitsAt(b, j)
    const difference = compareNumbers(numberA, numberB)
    if (difference !== 0) return difference
    i += numberA.length
    j += numberB.length
  }
  return 0
}

function isOther(text: string, index: number): boolean {
  return index < text.length && !isDigit(text, index)
}

function isDigit(text: string, index: number): boolean {
  const code = text.charCodeAt(index)
  return code >= 48 && code <= 57
}

function rank(text: string, index: number): number {
  if (index >= text.length) return -1
  const code = text.charCodeAt(index)
  if (isDigit(text, index)) return 0
  if (text[index] === '~') return -2
  return isLetter(code) ? code : code + 256
}

function isLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122)
}

function digitsAt(text: string, start: number): string {
  let end = start
  while (end < text.length && isDigit(text, end)) end += 1
  return text.slice(start, end)
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
