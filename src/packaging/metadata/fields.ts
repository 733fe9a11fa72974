/**
 * The values of packaging.yaml and of the options that stand for them, from their texts. One table for both, so that
 * an option means what the file means.
 */

import type { Parsed } from './parsed.ts'
import { parsePerson } from './person.ts'
import { type TextBlock, textBlock, textLine } from './text.ts'

export type { TextBlock }

/** Keys whose value is one text, and how it is read. */
export const fields = {
  license: parseLine,
  summary: parseLine,
  description: parseBlock,
  url: parseUrl,
  vendor: parseLine,
  maintainer: parsePerson,
  packager: parsePerson,
  group: parseLine,
  section: parseSection,
  priority: parsePriority,
  release: parseRelease,
  epoch: parseEpoch,
} as const satisfies Readonly<Record<string, (text: string) => Parsed<unknown>>>

export type FieldName = keyof typeof fields

export const priorities = ['required', 'important', 'standard', 'optional', 'extra'] as const

function parseLine(text: string): Parsed<string> {
  return textLine(text)
}

function parseBlock(text: string): Parsed<string> {
  return textBlock(text)
}

function parseUrl(text: string): Parsed<string> {
  const line = textLine(text)
  if ('fault' in line) return line
  const isUrl = /^(?:https?|ftp|git):\/\/[^\s<>]+$/.test(line.value) && URL.canParse(line.value)
  return isUrl ? line : { fault: `is not a web address: ${line.value}` }
}

/** Debian Policy section 2.4: `kernel`, or with the archive area `contrib/kernel`. */
function parseSection(text: string): Parsed<string> {
  return matching(text, /^[a-z0-9.+-]+(?:\/[a-z0-9.+-]+)?$/, 'is not a section such as kernel or contrib/kernel')
}

function parsePriority(text: string): Parsed<string> {
  const isKnown = priorities.some((one) => one === text.trim())
  return isKnown ? { value: text.trim() } : { fault: `is not one of ${priorities.join(', ')}: ${text.trim()}` }
}

/** What both an RPM release and a Debian revision may hold (RPM: "Preamble tags"; Debian Policy section 5.6.12). */
export function parseRelease(text: string): Parsed<string> {
  return matching(text, /^[A-Za-z0-9][A-Za-z0-9.+~]*$/, 'has characters other than letters, digits and . + ~')
}

function parseEpoch(text: string): Parsed<number> {
  const isNumber = /^\d{1,9}$/.test(text.trim())
  return isNumber ? { value: Number(text.trim()) } : { fault: `is not a whole number below 1000000000: ${text.trim()}` }
}

function matching(text: string, pattern: RegExp, fault: string): Parsed<string> {
  const line = textLine(text)
  return 'fault' in line || pattern.test(line.value) ? line : { fault: `${fault}: ${line.value}` }
}

/** Seconds since the epoch of `2026-05-17`, meaning noon UTC as in RPM's changelogs, or of `2026-05-17T10:00:00+02:00`. */
export function parseDate(text: string): Parsed<number> {
  const trimmed = text.trim()
  const isDay = /^\d{4}-\d\d-\d\d$/.test(trimmed)
  const isMoment = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)$/.test(trimmed)
  const time = isDay
    ? Date.parse(`${trimmed}T12:00:00Z`)
    : isMoment
      ? Date.parse(trimmed.replace(' ', 'T'))
      : Number.NaN
  // Engines take 31 February for a day in March; the text of the day must come back.
  const isReal = !Number.isNaN(time) && (!isDay || new Date(time).toISOString().startsWith(trimmed))
  return isReal && time >= 0
    ? { value: Math.floor(time / 1000) }
    : { fault: `is not a date such as 2026-05-17: ${trimmed}` }
}
