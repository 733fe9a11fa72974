/**
 * Control data (deb822(5) manual page): stanzas of fields, of which a field may go on over several lines.
 *
 * The value of a field is what it means, not how it is written: continuation lines without the blank in front of them,
 * and an empty line where ` .` stands. Of a field that begins on the line below its name the value begins with a line end.
 */
import { FactoryError } from '../../../errors.ts'

export interface Field {
  readonly name: string
  readonly value: string
}

/** Fields in order; no name comes twice, whatever its case. */
export type Stanza = readonly Field[]

/** The value of the field, by its name in any case. */
export function fieldOf(stanza: Stanza, name: string): string | undefined {
  const wanted = name.toLowerCase()
  return stanza.find((field) => field.name.toLowerCase() === wanted)?.value
}

const fieldName = /^[!-,./-9;-~][!-9;-~]*$/

export function isFieldName(text: string): boolean {
  return fieldName.test(text) && !text.startsWith('#')
}

/** The stanzas with an empty line between them. Blanks at the ends of lines are dropped, and fields without text left out. */
export function renderStanzas(stanzas: readonly Stanza[]): string {
  return stanzas.map((stanza) => stanza.map(renderField).join('')).join('\n')
}

function renderField({ name, value }: Field): string {
  if (!isFieldName(name)) throw new Error(`${JSON.stringify(name)} is not the name of a field`)
  if (value.trim() === '') return ''
  const [first = '', ...lines] = value.trimEnd().split('\n')
  return [`${name}:${first.trim() === '' ? '' : ` ${first.trim()}`}`, ...lines.map(continuation), ''].join('\n')
}

/** A line of dots gets one more, so that one of its own is not taken for an empty line. */
function continuation(line: string): string {
  const text = line.trimEnd()
  return /^\.*$/.test(text) ? ` .${text}` : ` ${text}`
}

export interface ParseOptions {
  /** For messages. */
  readonly file: string
  /** Lines that begin with `#` are comments, as in debian/control. */
  readonly comments?: boolean
}

/** @throws {FactoryError} PACKAGE_INVALID, with file and line */
export function parseStanzas(text: string, options: ParseOptions): Stanza[] {
  const stanzas: Stanza[] = []
  let current = new StanzaBuilder()
  for (const [index, line] of text.split('\n').entries()) {
    if (options.comments === true && line.startsWith('#')) continue
    if (/^[ \t\r]*$/.test(line)) {
      if (!current.isEmpty) stanzas.push(current.finish())
      current = new StanzaBuilder()
      continue
    }
    const fault = current.add(line.replace(/\r$/, ''))
    if (fault !== undefined) throw malformed(`${options.file}:${index + 1}: ${fault}`)
  }
  if (!current.isEmpty) stanzas.push(current.finish())
  return stanzas
}

/**
 * The only stanza of the text.
 *
 * @throws {FactoryError} PACKAGE_INVALID when there is none, or more
 */
export function parseOneStanza(text: string, options: ParseOptions): Stanza {
  const stanzas = parseStanzas(text, options)
  const [only] = stanzas
  if (only !== undefined && stanzas.length === 1) return only
  throw malformed(`${options.file} has ${stanzas.length} stanzas of fields where it should have one`)
}

class StanzaBuilder {
  readonly #fields: { name: string; lines: string[] }[] = []
  readonly #names = new Set<string>()

  get isEmpty(): boolean {
    return this.#fields.length === 0
  }

  /** @returns what is wrong with the line */
  add(line: string): string | undefined {
    if (/^[ \t]/.test(line)) return this.#continue(line.slice(1).trimEnd())
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0)).trimEnd()
    if (!isFieldName(name)) return `${JSON.stringify(line.slice(0, 80))} is neither a field nor the continuation of one`
    if (this.#names.has(name.toLowerCase())) return `the field ${name} comes twice`
    this.#names.add(name.toLowerCase())
    this.#fields.push({ name, lines: [line.slice(colon + 1).trim()] })
    return undefined
  }

  #continue(text: string): string | undefined {
    const field = this.#fields.at(-1)
    if (field === undefined) return 'a continuation line without a field'
    field.lines.push(/^\.+$/.test(text) ? text.slice(1) : text)
    return undefined
  }

  finish(): Stanza {
    return this.#fields.map(({ name, lines }) => ({ name, value: lines.join('\n') }))
  }
}

function malformed(message: string): FactoryError {
  return new FactoryError('PACKAGE_INVALID', message, { hint: 'see the deb822(5) manual page for the form' })
}
