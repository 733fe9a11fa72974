/**
 * The Description field (Debian Policy section 5.6.13): a synopsis, and below it paragraphs. Lines that begin with a
 * blank are shown as they are, all others are filled by whoever shows them.
 */

/** With the blank in front, the 80 characters that lintian takes for the limit. */
const widest = 79

export interface Described {
  /** One line. */
  readonly summary: string
  /** Paragraphs with empty lines between them. Items of lists begin with `-` or `*`. */
  readonly description: string
}

/** @returns the value of the field, see deb822.ts */
export function renderDescription({ summary, description }: Described): string {
  const lines = description.split('\n').map((line) => line.trimEnd())
  const begin = Math.max(
    lines.findIndex((line) => line !== ''),
    0,
  )
  const end = lines.findLastIndex((line) => line !== '') + 1
  const folded = lines.slice(begin, end).flatMap(foldLine)
  return folded.every((line) => line === '') ? summary : [summary, ...folded].join('\n')
}

/** Items of lists and what is indented keep their lines; of the rest, only lines that are too long are folded. */
function foldLine(line: string): string[] {
  const item = /^(\s*)([-*+•]\s+)?/.exec(line)
  const indent = item?.[1] ?? ''
  const bullet = item?.[2] ?? ''
  if (indent === '' && bullet === '') return fill(line, '', '')
  const first = bullet === '' || indent !== '' ? indent : ' '
  return fill(line.slice(indent.length), first, `${first}${' '.repeat(bullet.length)}`)
}

function fill(text: string, first: string, next: string): string[] {
  const lines: string[] = []
  let current = first
  let empty = true
  for (const word of text.split(/(?<=\S)[ \t]+(?=\S)/)) {
    if (!empty && width(current) + 1 + width(word) > widest) {
      lines.push(current)
      current = next
      empty = true
    }
    current += empty ? word : ` ${word}`
    empty = false
  }
  return [...lines, current]
}

/** In characters: a letter outside of ASCII is not wider for having more bytes or units. */
function width(text: string): number {
  return Array.from(text).length
}

export function parseDescription(value: string): Described {
  const end = value.indexOf('\n')
  if (end < 0) return { summary: value, description: '' }
  return { summary: value.slice(0, end), description: value.slice(end + 1) }
}
