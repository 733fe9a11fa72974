/**
 * dkms.conf without a shell. About nine of ten real files are assignments, quotes and variables only; for those this
 * gives exactly what bash gives, at once and without a process. Everything else it declines to answer.
 */
import { directiveNames } from './directives.ts'
import type { RawValues } from './evaluation.ts'
import {
  type CompoundElement,
  evaluateIndex,
  NotPlain,
  newScope,
  type Scope,
  writeCompound,
  writeElement,
} from './plain-scope.ts'
import { type Cursor, expandText, match, readWord } from './plain-word.ts'

/**
 * @param variables what the conf finds set
 * @param names the variables to hand back, by default the directives of dkms.conf
 * @returns undefined when the text does anything that only a shell can do; raw values otherwise, a trailing carriage
 *   return of a CR/LF file included, as bash has it
 */
export function evaluatePlain(
  text: string,
  variables: Readonly<Record<string, string>>,
  names: readonly string[] = directiveNames,
): RawValues | undefined {
  if (strangeCharacters.test(text)) return undefined
  const scope = newScope(variables)
  try {
    evaluateStatements({ text, at: 0 }, scope)
  } catch (error) {
    if (error instanceof NotPlain) return undefined
    throw error
  }
  const values = new Map<string, ReadonlyMap<number, string>>()
  for (const name of names) {
    const elements = scope.get(name)
    if (elements !== undefined && elements.size > 0) values.set(name, inOrder(elements))
  }
  return values
}

/**
 * The second expansion, where it needs no shell: `$name` and its like in a value that was already read once.
 *
 * @returns undefined when the value runs a command or uses an expansion outside of the plain subset
 */
export function expandPlain(value: string, variables: Readonly<Record<string, string>>): string | undefined {
  if (!/[$`\\]/.test(value)) return value
  try {
    return expandText(value, newScope(variables))
  } catch (error) {
    if (error instanceof NotPlain) return undefined
    throw error
  }
}

// Bash drops NUL and gives some control characters a meaning of its own inside.
// oxlint-disable-next-line no-control-regex -- these are the characters to find
const strangeCharacters = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/

function inOrder(elements: ReadonlyMap<number, string>): ReadonlyMap<number, string> {
  return new Map([...elements].sort(([a], [b]) => a - b))
}

function evaluateStatements(cursor: Cursor, scope: Scope): void {
  for (;;) {
    skipBlanks(cursor)
    const next = cursor.text[cursor.at]
    if (next === undefined) return
    if (next === '\n') cursor.at++
    else if (next === '#') skipComment(cursor)
    else if (next === '\r') skipLoneCarriageReturn(cursor)
    else evaluateStatement(cursor, scope)
  }
}

/** An empty line of a CR/LF file is a command named CR to bash, which does not exist and does nothing. */
function skipLoneCarriageReturn(cursor: Cursor): void {
  cursor.at++
  const next = cursor.text[cursor.at]
  if (next !== undefined && next !== '\n') throw new NotPlain()
}

function evaluateStatement(cursor: Cursor, scope: Scope): void {
  for (;;) {
    evaluateAssignment(cursor, scope)
    const gap = cursor.at
    skipBlanks(cursor)
    const next = cursor.text[cursor.at]
    if (next === undefined || next === '\n') return
    if (next === ';') {
      cursor.at++
      return
    }
    // A continued line alone separates nothing: what follows would be part of the word.
    if (!/[ \t]/.test(cursor.text.slice(gap, cursor.at))) throw new NotPlain()
    if (next === '#') return skipComment(cursor)
  }
}

const assignment = /([A-Za-z_]\w*)(?:\[([^\]\n]*)\])?(\+?)=/y

function evaluateAssignment(cursor: Cursor, scope: Scope): void {
  const found = match(cursor, assignment)
  if (found === undefined) throw new NotPlain()
  const [, name = '', subscript, plus] = found
  if (subscript === undefined && cursor.text[cursor.at] === '(') {
    return writeCompound(scope, name, readCompound(cursor, scope, name), plus === '+')
  }
  const index = subscript === undefined ? 0 : evaluateIndex(subscript, scope)
  const value = readWord(cursor, scope, 'assignment')
  writeElement(scope, name, index, value, plus === '+')
}

const subscripted = /\[(\d{1,6})\](\+?)=/y

function readCompound(cursor: Cursor, scope: Scope, name: string): CompoundElement[] {
  const start = cursor.at++
  const elements: CompoundElement[] = []
  for (;;) {
    skipBlanksAndNewlines(cursor)
    if (cursor.text[cursor.at] === ')') break
    if (cursor.text[cursor.at] === undefined) throw new NotPlain()
    elements.push(readCompoundElement(cursor, scope))
  }
  cursor.at++
  const source = cursor.text.slice(start, cursor.at)
  // Such elements are expanded while the array is being filled, so one could read another.
  const readsItself = new RegExp(`\\$\\{?${name}\\b`).test(source)
  if (readsItself && elements.some(({ index }) => index !== undefined)) throw new NotPlain()
  return elements
}

function readCompoundElement(cursor: Cursor, scope: Scope): CompoundElement {
  const found = match(cursor, subscripted)
  if (found === undefined) {
    const before = cursor.at
    const value = readWord(cursor, scope, 'element')
    if (cursor.at === before) throw new NotPlain()
    return { index: undefined, value, append: false }
  }
  const index = evaluateIndex(found[1] ?? '', scope)
  return { index, value: readWord(cursor, scope, 'element'), append: found[2] === '+' }
}

const blanks = /(?:[ \t]|\\\n)+/y
const blanksAndNewlines = /(?:[ \t\n]|\\\n|#[^\n]*)+/y
const comment = /#[^\n]*/y

function skipBlanks(cursor: Cursor): void {
  match(cursor, blanks)
}

function skipBlanksAndNewlines(cursor: Cursor): void {
  match(cursor, blanksAndNewlines)
}

function skipComment(cursor: Cursor): void {
  match(cursor, comment)
}
