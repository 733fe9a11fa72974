/** Words of the plain subset: quotes, backslashes and the expansions whose result needs no shell (bash(1), "EXPANSION"). */
import { evaluateIndex, evaluateSum, NotPlain, readElement, type Scope, writeElement } from './plain-scope.ts'

export interface Cursor {
  readonly text: string
  at: number
}

/** `element`: a word of a compound array, where an unquoted result would be split and globbed. */
export type WordPlace = 'assignment' | 'element'

// In an assignment, globs and braces stay as they are written; in an array they would be expanded. A tilde never is plain.
const assignmentRun = /[\w./,:+@%^=!{}*?[\]#\r\u0080-\uffff-]+/y
const elementRun = /[\w./,:+@%^=!#\r\u0080-\uffff-]+/y
const doubleQuotedRun = /[^"\\$`]+/y
const hereDocumentRun = /[^\\$`]+/y
const operandRun = /[\w./,:+@%=^ -]+/y

/** Reads up to the end of the word and leaves the cursor on the character that ended it. */
export function readWord(cursor: Cursor, scope: Scope, place: WordPlace): string {
  const run = place === 'assignment' ? assignmentRun : elementRun
  const ends = place === 'assignment' ? ' \t\n;' : ' \t\n)'
  let word = ''
  for (;;) {
    word += match(cursor, run)?.[0] ?? ''
    const next = cursor.text[cursor.at]
    if (next === undefined || ends.includes(next)) return word
    word += readSpecial(cursor, scope, place, next)
  }
}

function readSpecial(cursor: Cursor, scope: Scope, place: WordPlace, next: string): string {
  switch (next) {
    case '\\':
      return readUnquotedBackslash(cursor)
    case "'":
      return readSingleQuoted(cursor)
    case '"':
      cursor.at++
      return readDoubleQuoted(cursor, scope)
    case '$': {
      const value = readDollar(cursor, scope, 'unquoted')
      if (place === 'element' && !/^[\w./,:+@%^=-]+$/.test(value)) throw new NotPlain()
      return value
    }
    default:
      throw new NotPlain()
  }
}

function readUnquotedBackslash(cursor: Cursor): string {
  const escaped = cursor.text[cursor.at + 1]
  if (escaped === undefined) throw new NotPlain()
  cursor.at += 2
  return escaped === '\n' ? '' : escaped
}

function readSingleQuoted(cursor: Cursor): string {
  const end = cursor.text.indexOf("'", cursor.at + 1)
  if (end < 0) throw new NotPlain()
  const value = cursor.text.slice(cursor.at + 1, end)
  cursor.at = end + 1
  return value
}

function readDoubleQuoted(cursor: Cursor, scope: Scope): string {
  let value = ''
  for (;;) {
    value += match(cursor, doubleQuotedRun)?.[0] ?? ''
    const next = cursor.text[cursor.at]
    if (next === '"') {
      cursor.at++
      return value
    }
    value += readQuotedSpecial(cursor, scope, next, '$`"\\')
  }
}

/**
 * A whole text with the rules of a here-document: expansions happen, quotes stay. This is how DKMS reads a value a
 * second time, without the quoting accidents.
 */
export function expandText(text: string, scope: Scope): string {
  const cursor: Cursor = { text, at: 0 }
  let value = ''
  while (cursor.at < text.length) {
    value += match(cursor, hereDocumentRun)?.[0] ?? ''
    const next = text[cursor.at]
    if (next !== undefined) value += readQuotedSpecial(cursor, scope, next, '$`\\')
  }
  return value
}

function readQuotedSpecial(cursor: Cursor, scope: Scope, next: string | undefined, escapable: string): string {
  if (next === '$') return readDollar(cursor, scope, escapable.includes('"') ? 'quoted' : 'again')
  if (next !== '\\') throw new NotPlain()
  const escaped = cursor.text[cursor.at + 1]
  if (escaped === undefined) {
    if (escapable.includes('"')) throw new NotPlain()
    cursor.at++
    return '\\'
  }
  cursor.at += 2
  if (escaped === '\n') return ''
  return escapable.includes(escaped) ? escaped : `\\${escaped}`
}

/** `again`: the second expansion, where `$1` and the like are no parameters of anything and stay as they are. */
type Quoting = 'quoted' | 'unquoted' | 'again'

const name = /\$([A-Za-z_]\w*)/y
const braced = /\$\{([A-Za-z_]\w*)(?:\[([^\]\n]*)\])?(:?[-+=])?/y
const arithmetic = /\$\(\(([\w${}+ \t-]*)\)\)/y
const opening = '({'
const special = '({[@*#?$!-0123456789'

function readDollar(cursor: Cursor, scope: Scope, quoting: Quoting, live = true): string {
  const simple = match(cursor, name)
  if (simple !== undefined) {
    // A line continuation here would be part of the name to bash.
    if (cursor.text.startsWith('\\\n', cursor.at)) throw new NotPlain()
    return readElement(scope, simple[1] ?? '') ?? ''
  }
  const parameter = match(cursor, braced)
  if (parameter !== undefined) return expandParameter(cursor, scope, quoting, parameter, live)
  const sum = match(cursor, arithmetic)
  if (sum !== undefined) return String(evaluateSum(sum[1] ?? '', scope))
  return readBareDollar(cursor, quoting)
}

/** A dollar that begins no expansion is a character like others. */
function readBareDollar(cursor: Cursor, quoting: Quoting): string {
  const next = cursor.text[cursor.at + 1]
  const quote = next === '"' || next === "'"
  if (next !== undefined && (quoting === 'again' ? opening : special).includes(next)) throw new NotPlain()
  if (quoting === 'unquoted' && quote) throw new NotPlain()
  if (cursor.text.startsWith('\\\n', cursor.at + 1)) throw new NotPlain()
  cursor.at++
  return '$'
}

function expandParameter(
  cursor: Cursor,
  scope: Scope,
  quoting: Quoting,
  found: RegExpExecArray,
  live: boolean,
): string {
  const [, parameter = '', subscript, operator] = found
  const index = subscript === undefined ? 0 : evaluateIndex(subscript, scope)
  const value = readElement(scope, parameter, index)
  if (operator === undefined) {
    closeBrace(cursor)
    return value ?? ''
  }
  if (subscript !== undefined) throw new NotPlain()
  const present = value !== undefined && !(operator.startsWith(':') && value === '')
  const wantsOperand = operator.endsWith('+') ? present : !present
  const operand = readOperand(cursor, scope, quoting, live && wantsOperand)
  if (operator.endsWith('+')) return present ? operand : ''
  if (present) return value
  if (operator.endsWith('=') && live) writeElement(scope, parameter, 0, operand, false)
  return operand
}

/** The word behind an operator. One that is not used is only skipped: no expansion in it happens (`${x:-$(cmd)}`). */
function readOperand(cursor: Cursor, scope: Scope, quoting: Quoting, used: boolean): string {
  let operand = ''
  for (;;) {
    operand += match(cursor, operandRun)?.[0] ?? ''
    const next = cursor.text[cursor.at]
    if (next === '}') {
      cursor.at++
      return operand
    }
    if (next !== '$') throw new NotPlain()
    if (!used && skipCommand(cursor)) continue
    operand += readDollar(cursor, scope, quoting, used)
  }
}

const simpleCommand = /\$\(([\w./-]+)(?: [\w./$-]+)*\)/y
const reserved = new Set(
  'if then elif else fi time for in until while do done case esac coproc select function'.split(' '),
)

function skipCommand(cursor: Cursor): boolean {
  const start = cursor.at
  const command = match(cursor, simpleCommand)
  if (command === undefined) return false
  if (!reserved.has(command[1] ?? '')) return true
  cursor.at = start
  return false
}

function closeBrace(cursor: Cursor): void {
  if (cursor.text[cursor.at] !== '}') throw new NotPlain()
  cursor.at++
}

/** Matches a sticky expression at the cursor and moves behind it. */
export function match(cursor: Cursor, expression: RegExp): RegExpExecArray | undefined {
  expression.lastIndex = cursor.at
  const found = expression.exec(cursor.text)
  if (found === null) return undefined
  cursor.at = expression.lastIndex
  return found
}
