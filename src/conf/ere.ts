/** Matching with POSIX extended regular expressions, as the *_MATCH and BUILD_EXCLUSIVE_* directives use them. */
import { EreError, type EreNode, parseEre } from './ere-parse.ts'
import { hasBackReference, type Step, walkEre } from './ere-walk.ts'

/**
 * Whether the expression matches anywhere in the text, as `[[ text =~ expression ]]` says. One that does not compile
 * matches nothing, as in bash; lint reports it.
 */
export function matchesEre(expression: string, text: string): boolean {
  const node = parsed(expression)
  if (node === undefined) return false
  if (hasBackReference(node)) return compileEre(expression).test(text)
  const characters = Array.from(text, (character) => character.codePointAt(0) ?? 0)
  const anywhere = new Set(Array.from({ length: characters.length + 1 }, (_, position) => position))
  return walkEre(node, anywhere, stepThrough(characters)).size > 0
}

/** @returns why regcomp refuses the expression, or undefined when it does not */
export function ereFault(expression: string): string | undefined {
  try {
    parseEre(expression)
    return undefined
  } catch (error) {
    if (error instanceof EreError) return error.message
    throw error
  }
}

function parsed(expression: string): EreNode | undefined {
  try {
    return parseEre(expression)
  } catch (error) {
    if (error instanceof EreError) return undefined
    throw error
  }
}

function stepThrough(text: readonly number[]): Step {
  return (node, position) => {
    if (node.kind === 'assertion') return holdsAt(node.at, text, position) ? position : undefined
    const code = text[position]
    return code !== undefined && inSet(node, code) ? position + 1 : undefined
  }
}

function inSet(node: Extract<EreNode, { kind: 'set' }>, code: number): boolean {
  return node.ranges.some(([from, to]) => code >= from && code <= to) !== node.negated
}

function holdsAt(
  at: Extract<EreNode, { kind: 'assertion' }>['at'],
  text: readonly number[],
  position: number,
): boolean {
  const before = isWord(text[position - 1])
  const after = isWord(text[position])
  switch (at) {
    case 'begin':
      return position === 0
    case 'end':
      return position === text.length
    case 'word-edge':
      return before !== after
    case 'inside':
      return before === after
    case 'word-begin':
      return !before && after
    case 'word-end':
      return before && !after
  }
}

function isWord(code: number | undefined): boolean {
  return code !== undefined && /\w/.test(String.fromCodePoint(code))
}

/**
 * Whether no text at all can match: an anchor in the wrong place (`a^`), or a character that cannot occur.
 *
 * @param possible whether a character can occur in the texts the expression is for; by default every one can
 */
export function neverMatches(expression: string, possible: (character: string) => boolean = () => true): boolean {
  const node = parsed(expression)
  if (node === undefined) return true
  if (hasBackReference(node)) return false
  return walkEre(node, new Set([atBegin, later]), abstractStep(possible)).size === 0
}

/** Bits of an abstract state: something lies before us; nothing may come after us. */
const atBegin = 0
const later = 1
const ended = 2

function abstractStep(possible: (character: string) => boolean): Step {
  return (node, state) => {
    if (node.kind === 'assertion') {
      if (node.at === 'begin') return (state & later) === 0 ? state : undefined
      return node.at === 'end' ? state | ended : state
    }
    if ((state & ended) !== 0 || !canOccur(node, possible)) return undefined
    return state | later
  }
}

function canOccur(node: Extract<EreNode, { kind: 'set' }>, possible: (character: string) => boolean): boolean {
  if (node.negated) return true
  return node.ranges.some(([from, to]) => {
    for (let code = from; code <= to && code < from + 128; code++) if (possible(String.fromCodePoint(code))) return true
    return to - from >= 128
  })
}

/**
 * The same expression for JavaScript. Texts are matched with {@link matchesEre}, which no expression can slow down; this
 * serves expressions with back-references, which only a backtracking engine can match.
 *
 * @throws {EreError} when regcomp would refuse the expression
 */
export function compileEre(expression: string): RegExp {
  return new RegExp(translate(parseEre(expression)), 'su')
}

const translatedAssertions = {
  begin: '^',
  end: '$',
  'word-edge': '\\b',
  inside: '\\B',
  'word-begin': '\\b(?=\\w)',
  'word-end': '\\b(?<=\\w)',
} as const

function translate(node: EreNode): string {
  switch (node.kind) {
    case 'set':
      return `[${node.negated ? '^' : ''}${node.ranges.map(([from, to]) => `${codePoint(from)}-${codePoint(to)}`).join('')}]`
    case 'assertion':
      return translatedAssertions[node.at]
    case 'group':
      return `(${translate(node.body)})`
    case 'back-reference':
      return `(?:\\${node.group})`
    case 'sequence':
      return node.items.map(translate).join('')
    case 'choice':
      return `(?:${node.branches.map(translate).join('|')})`
    case 'repeat':
      return `(?:${translate(node.body)}){${node.min},${Number.isFinite(node.max) ? node.max : ''}}`
  }
}

function codePoint(code: number): string {
  return `\\u{${code.toString(16)}}`
}
