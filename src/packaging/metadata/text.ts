/** Texts that are going to stand in the files of packages: what is allowed, and how long lines are folded. */
import type { Parsed } from './parsed.ts'

/** Lines joined by newlines, without trailing blanks or empty lines at either end. */
export type TextBlock = string

export function textLine(text: string): Parsed<string> {
  const trimmed = text.trim()
  if (trimmed === '') return { fault: 'is empty' }
  return /[\p{Cc}\u2028\u2029]/u.test(trimmed)
    ? { fault: 'is more than one line, or has a control character' }
    : { value: trimmed }
}

export function textBlock(text: string): Parsed<TextBlock> {
  const lines = text
    .replaceAll('\t', ' ')
    .split(/\r?\n/)
    .map((line) => line.trimEnd())
  const block = lines.join('\n').replace(/^\n+|\n+$/g, '')
  if (block === '') return { fault: 'is empty' }
  return /[^\P{Cc}\n]|[\u2028\u2029]/u.test(block) ? { fault: 'has a control character' } : { value: block }
}

/** A text nobody checked, as one line: blanks and control characters of any number become one space. */
export function asOneLine(text: string): string {
  return text.replace(/[\p{Cc}\s\u2028\u2029\ufffd]+/gu, ' ').trim()
}

/**
 * At most `limit` characters, cut between words where there are any. Not with full stops: rpmlint and lintian want a summary
 * to end without.
 */
export function shorten(line: string, limit: number): string {
  const characters = Array.from(line)
  if (characters.length <= limit) return line
  const room = characters.slice(0, limit - 1).join('')
  const cut = room.lastIndexOf(' ')
  return `${(cut > limit / 2 ? room.slice(0, cut) : room).trimEnd()}…`
}

/** Lines of at most `width` characters, broken between words; a longer word stays whole. */
export function fold(line: string, width: number, indent = ''): string[] {
  const lines: string[] = []
  let current = ''
  for (const word of line.split(' ')) {
    if (current !== '' && current.length + 1 + word.length > width) {
      lines.push(current)
      current = `${indent}${word}`
    } else current = current === '' ? word : `${current} ${word}`
  }
  return [...lines, current]
}
