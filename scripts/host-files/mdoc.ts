/** Text and tables as mdoc(7), in the form that groff and mandoc accept without a warning. */
import { wrapText } from './wrap-text.ts'

/** Text for a line of its own: no macro, hyphens that can be copied, a backslash that stays one. */
export function mdocText(text: string): string {
  const escaped = text.replaceAll('\\', '\\e').replace(/(^|[\s(])(-+)(?=\w)/g, (_, before: string, dashes: string) => {
    return before + dashes.replaceAll('-', '\\-')
  })
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped
}

/** An argument of a macro, in quotes where it needs them or would be taken for a macro or a delimiter. */
export function mdocArgument(text: string): string {
  const escaped = text.replaceAll('\\', '\\e').replaceAll('"', '\\(dq')
  return /^[\w/-]{3,}$/.test(escaped) ? escaped : `"${escaped}"`
}

/** One line per sentence, as mdoc wants them; the first word gets its capital and the last its full stop. */
export function mdocSentences(sentences: readonly string[]): string[] {
  return sentences.map((sentence) => mdocText(sentence.endsWith('.') ? sentence : `${sentence}.`))
}

export function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

/**
 * The source with each line `@NAME@` replaced by the lines of that name, and no line of text longer than mandoc likes it.
 *
 * @throws {Error} (a bug) when the source names a table that does not exist
 */
export function fillPage(source: string, tables: Readonly<Record<string, readonly string[]>>): string {
  return source
    .split('\n')
    .flatMap((line) => {
      const name = /^@(\w+)@$/.exec(line)?.[1]
      if (name === undefined) return [line]
      const lines = tables[name]
      if (lines === undefined) throw new Error(`there is no table for @${name}@`)
      return lines
    })
    .flatMap((line) => (line.startsWith('.') ? [line] : wrapText(line, 80)))
    .join('\n')
}
