/**
 * How a value is written in the language of a file, so that it stays a value whatever is in it. Each function is also a
 * helper of the same name in templates: `{{sh name}}`.
 *
 * A text that a language has no form for is refused; nothing is dropped silently.
 */
import { FactoryError } from '../errors.ts'

export type Escape = (text: string) => string

/** One word of a POSIX shell. */
function sh(text: string): string {
  if (text.includes('\0')) throw refused('a shell word', text)
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** Part of a line of a spec file that rpm expands once, such as the value of a tag. */
function spec(text: string): string {
  const doubled = oneLine('a line of a spec file', text).replaceAll('%', '%%')
  // rpm looks for macros that go on in the next line before it expands any, and does not look at what a backslash is before.
  const value = doubled.replaceAll('\\%%', '\\%{nil}%%')
  // A backslash at the end would continue the line.
  return value.endsWith('\\') ? `${value}%{nil}` : value
}

/**
 * The whole value of a `%global` or `%define` line with a `%global`. rpm expands it when it is defined and again when it
 * is used, takes a backslash for an escape and a leading brace for the beginning of a body; an empty body is an error.
 */
function specmacro(text: string): string {
  const value = oneLine('a macro of a spec file', text).replaceAll('\\', '\\\\').replaceAll('%', '%%%%')
  if (value === '') return '%{nil}'
  return value.startsWith('{') ? `%{nil}${value}` : value
}

/**
 * Lines of a section of a spec file, such as %description. rpm looks for sections, conditions and comments after it has
 * expanded a line, so doubling % does not help where a line begins with it: such a line becomes an item of a list.
 */
function spectext(text: string): string {
  const lines = text.split('\n').map((line) => spec(line))
  return lines.map((line) => line.replace(/^(\s*)(?=[%#])/, '$1- ')).join('\n')
}

/**
 * The same for what is also read as it stands, without rpm: a % that begins no macro is not doubled. Of others that reader
 * sees two, which is better than a macro that runs.
 */
function specbare(text: string): string {
  return spectext(text).replace(/%%(?=[\s.,;:)]|$)/gm, '%')
}

/**
 * The value of a field of a Debian control file. Further lines are continued, and an empty one is a dot
 * (Debian Policy sections 5.1 and 5.6.13).
 */
function deb822(text: string): string {
  const [first = '', ...others] = text.split('\n')
  const continued = others.map((line) => (line.trim() === '' ? ' .' : ` ${line}`))
  return [first, ...continued].map((line) => oneLine('a control file', line)).join('\n')
}

/** The whole value of a variable in a makefile of GNU make ("Splitting Long Lines", "Setting Variables"). */
function make(text: string): string {
  const value = oneLine('a makefile', text)
    .replaceAll('$', '$$$$')
    .replace(/(\\*)#/g, '$1$1\\#')
  // $() is nothing: it keeps a blank at the beginning, and a backslash at the end from continuing the line.
  return `${/^\s/.test(value) ? '$()' : ''}${value}${value.endsWith('\\') ? '$()' : ''}`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** Character data or the value of an attribute (XML 1.0, sections 2.2 and 2.4). Blanks of an attribute stay as they are. */
function xml(text: string): string {
  if (/[^\P{Cc}\t\n\r\x7f-\x9f]|[\uFFFE\uFFFF]|\p{Cs}/u.test(text)) throw refused('an XML file', text)
  return text.replace(/[&<>"'\t\n\r]/g, (character) => entities[character] ?? `&#${character.charCodeAt(0)};`)
}

/** A string of JSON, with its quotes. */
function json(text: string): string {
  return JSON.stringify(text)
}

export const escapes = { sh, spec, specmacro, spectext, specbare, deb822, make, xml, json } as const satisfies Readonly<
  Record<string, Escape>
>

/** Tabs are blanks; other control characters and ends of lines have no place in one line. */
function oneLine(what: string, text: string): string {
  if (/[^\P{Cc}\t]|[\u2028\u2029]/u.test(text)) throw refused(what, text)
  return text
}

function refused(what: string, text: string): FactoryError {
  return new FactoryError('PACKAGE_REFUSED', `${what} cannot hold ${JSON.stringify(text)}`, {
    hint: 'remove the line break or control character where the value comes from',
  })
}
