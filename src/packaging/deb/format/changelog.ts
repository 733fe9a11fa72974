/** Debian changelogs (deb-changelog(5) manual page): debian/changelog, and changelog.gz of packages. */
import { FactoryError } from '../../../errors.ts'
import type { ChangelogEntry } from '../../package-model.ts'
import { formatDate, parseDate } from './dates.ts'

export interface DebChangelogEntry extends ChangelogEntry {
  readonly source: string
  readonly version: string
  /** Usually one: unstable, UNRELEASED, jammy. */
  readonly distributions: readonly string[]
  /** low, medium, high, emergency or critical. */
  readonly urgency: string
  /** `Name <address>`. */
  readonly author: string
  /** The lines between header and trailer without their two blanks; items begin with `* `. */
  readonly text: string
}

/** @throws {Error} (a bug) when an entry has parts that do not fit their lines; see {@link changelogProblems} */
export function renderChangelog(entries: readonly DebChangelogEntry[]): string {
  const [problem] = changelogProblems(entries)
  if (problem !== undefined) throw new Error(problem)
  return entries.map(renderEntry).join('\n')
}

function renderEntry(entry: DebChangelogEntry): string {
  return [headerOf(entry), '', ...textLines(entry), '', ` -- ${entry.author}  ${formatDate(entry.time)}`, ''].join('\n')
}

function headerOf({ source, version, distributions, urgency }: DebChangelogEntry): string {
  return `${source} (${version}) ${distributions.join(' ')}; urgency=${urgency}`
}

function textLines({ text }: DebChangelogEntry): string[] {
  return trimLines(text)
    .split('\n')
    .map((line) => (line.trim() === '' ? '' : `  ${line.trimEnd()}`))
}

function trimLines(text: string): string {
  const lines = text.trimEnd().split('\n')
  const first = lines.findIndex((line) => line.trim() !== '')
  return lines.slice(Math.max(first, 0)).join('\n')
}

/** What dpkg-genchanges shows of an entry in the Changes field, see deb822.ts for the form. */
export function changesOf(entry: DebChangelogEntry): string {
  return ['', headerOf(entry), '', ...textLines(entry)].join('\n')
}

/** Bugs the text says it closes, as Debian's archive reads it, in order of their numbers. */
export function closedBugs(text: string): number[] {
  const statements = text.match(/closes:\s*(?:bug)?#?\s?\d+(?:,\s*(?:bug)?#?\s?\d+)*/gi) ?? []
  const numbers = statements.flatMap((statement) => statement.match(/\d+/g) ?? []).map(Number)
  return [...new Set(numbers)].sort((a, b) => a - b)
}

const header = /^(\w[-+0-9a-z.]*) \(([^() \t]+)\)((?:\s+[-+0-9a-z.]+)+);(.*)$/i
const trailer = /^ -- (.*>) ( ?)(\S.*)$/

/** @returns one line per problem */
export function changelogProblems(entries: readonly DebChangelogEntry[]): string[] {
  return entries.flatMap((entry) => {
    const { version, text, author, time } = entry
    const bad = header.exec(headerOf(entry)) === null || headerOf(entry).includes('\n')
    const broken = text.split('\n').find((line) => /[^\P{Cc}\t\r]/u.test(line))
    return [
      ...(bad ? [`the changelog entry of ${JSON.stringify(version)} has no valid first line`] : []),
      ...(/^[^<>\p{Cc}]*<[^<>\p{Cc}]*>$/u.test(author)
        ? []
        : [`the changelog author ${JSON.stringify(author)} is not of the form \`Name <address>\``]),
      ...(Number.isInteger(time) && time >= 0 ? [] : [`the time of the changelog entry of ${version} is ${time}`]),
      ...(trimLines(text) === '' ? [`the changelog entry of ${version} is empty`] : []),
      ...(broken === undefined ? [] : [`the changelog entry of ${version} holds control characters`]),
    ]
  })
}

/**
 * @param text of a changelog; what follows its first line that is not of the form, such as the mode line of an editor or
 *   entries of a time before the form, is ignored as dpkg-parsechangelog does
 * @throws {FactoryError} PACKAGE_INVALID when its first entry is damaged
 */
export function parseChangelog(text: string, file: string): DebChangelogEntry[] {
  const entries: DebChangelogEntry[] = []
  let open: { readonly head: RegExpExecArray; readonly lines: string[] } | undefined
  for (const [index, line] of text.split('\n').entries()) {
    if (open === undefined) {
      if (line.trim() === '') continue
      const head = header.exec(line)
      if (head === null) break
      open = { head, lines: [] }
      continue
    }
    const end = trailer.exec(line)
    if (end === null && (line.trim() === '' || line.startsWith('  '))) {
      open.lines.push(line.slice(2))
      continue
    }
    const entry = end === null ? undefined : entryOf(open.head, open.lines, end)
    if (entry === undefined && entries.length === 0) throw damaged(file, `line ${index + 1} is neither text nor an end`)
    if (entry === undefined) return entries
    entries.push(entry)
    open = undefined
  }
  if (entries.length === 0) throw damaged(file, open === undefined ? 'it has no entry' : 'its first entry has no end')
  return entries
}

function entryOf(head: RegExpExecArray, lines: readonly string[], end: RegExpExecArray): DebChangelogEntry | undefined {
  const [, source = '', version = '', distributions = '', options = ''] = head
  const [, author = '', , date = ''] = end
  const time = parseDate(date)
  const urgency = /(?:^|,)\s*urgency=\s*([-0-9a-z]+)/i.exec(options)?.[1] ?? 'unknown'
  if (time === undefined) return undefined
  const text = trimLines(lines.join('\n'))
  return { source, version, distributions: distributions.trim().split(/\s+/), urgency, author, time, text }
}

function damaged(file: string, why: string): FactoryError {
  return new FactoryError('PACKAGE_INVALID', `${file} is not a Debian changelog: ${why}`, {
    hint: 'see the deb-changelog(5) manual page for the form',
  })
}
