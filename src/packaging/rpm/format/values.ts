/** Header entries by the names of their tags, typed by the table of tags. */
import type { HeaderEntry } from './header-write.ts'
import { type TagName, tags } from './tags.ts'

export interface NamedEntry extends HeaderEntry {
  readonly name: TagName
}

export function string(name: TagName, text: string): NamedEntry {
  return { name, tag: tags[name][0], value: { type: 'string', texts: [text] } }
}

/** A text that other languages may have their own of; we store the one of the C locale. */
export function i18n(name: TagName, text: string): NamedEntry {
  return { name, tag: tags[name][0], value: { type: 'i18n', texts: [text] } }
}

export function strings(name: TagName, texts: readonly string[]): NamedEntry {
  return { name, tag: tags[name][0], value: { type: 'strings', texts } }
}

export function int16s(name: TagName, numbers: readonly number[]): NamedEntry {
  return { name, tag: tags[name][0], value: { type: 'int16', numbers } }
}

export function int32s(name: TagName, numbers: readonly number[]): NamedEntry {
  return { name, tag: tags[name][0], value: { type: 'int32', numbers } }
}

export function int64s(name: TagName, numbers: readonly number[]): NamedEntry {
  return { name, tag: tags[name][0], value: { type: 'int64', numbers } }
}

export function bytes(name: TagName, value: Uint8Array): NamedEntry {
  return { name, tag: tags[name][0], value: { type: 'bin', bytes: value } }
}

/** The entry, or none when the package does not say. */
export function optional(name: TagName, text: string | undefined): NamedEntry[] {
  return text === undefined ? [] : [string(name, text)]
}
