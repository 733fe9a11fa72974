/**
 * Debian's version order (Debian Policy section 5.6.12, deb-version(7) manual page): epoch, then upstream version, then
 * revision.
 *
 * Within one part, non-digits and digits alternate: non-digits compare by character, letters before other characters and
 * `~` before everything, even the end; numbers by value. An absent revision equals 0.
 */

export interface DebVersion {
  readonly epoch: number
  readonly upstream: string
  readonly revision: string
}

/** Compares two `[epoch:]upstream[-revision]` texts. */
export function compareDeb(a: string, b: string): number {
  const left = parseDebVersion(a)
  const right = parseDebVersion(b)
  return (
    left.epoch - right.epoch ||
    compareDebPart(left.upstream, right.upstream) ||
    compareDebPart(left.revision, right.revision)
  )
}

/** Splits at the first `:` and at the last `-`; does not judge whether dpkg would accept the text. */
export function parseDebVersion(text: string): DebVersion {
  const colon = text.indexOf(':')
  const rest = text.slice(colon + 1)
  const dash = rest.lastIndexOf('-')
  return {
    epoch: colon < 0 ? 0 : Number(text.slice(0, colon)) || 0,
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? '' : rest.slice(dash + 1),
  }
}

/** Compares two upstream versions or two revisions. */
export function compareDebPart(a: string, b: string): number {
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a, i)) || (j < b.length && !isDigit(b, j))) {
      const difference = rank(a, i) - rank(b, j)
      if (difference !== 0) return difference
      i += 1
      j += 1
    }
    const left = digitsAt(a, i)
    const right = digitsAt(b, j)
    const difference = compareNumbers(left, right)
    if (difference !== 0) return difference
    i += left.length
    j += right.length
  }
  return 0
}

function isDigit(text: string, index: number): boolean {
  return /\d/.test(text.charAt(index))
}

function rank(text: string, index: number): number {
  const character = text.charAt(index)
  if (character === '' || isDigit(text, index)) return 0
  if (character === '~') return -1
  const code = text.charCodeAt(index)
  return /[A-Za-z]/.test(character) ? code : code + 256
}

function digitsAt(text: string, start: number): string {
  return /^\d*/.exec(text.slice(start))?.[0] ?? ''
}

function compareNumbers(a: string, b: string): number {
  const left = a.replace(/^0+/, '')
  const right = b.replace(/^0+/, '')
  if (left.length !== right.length) return left.length - right.length
  if (left === right) return 0
  return left < right ? -1 : 1
}
