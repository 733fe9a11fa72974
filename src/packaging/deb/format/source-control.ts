/**
 * What a source package says, from its debian/control and debian/changelog: the fields of the .dsc as dpkg-source writes
 * them, and those of the .changes as dpkg-genchanges does for an upload of the source (dsc(5), deb-changes(5) manual pages).
 */
import { FactoryError } from '../../../errors.ts'
import { changesOf, closedBugs, type DebChangelogEntry, parseChangelog } from './changelog.ts'
import { formatDate } from './dates.ts'
import { type Field, fieldOf, parseStanzas, type Stanza } from './deb822.ts'
import { fileListFields, type ListedFile, multiline } from './file-list.ts'
import { alternativesOf, parseRelations, renderRelations } from './relations.ts'
import { sourceArchitectures } from './source-architectures.ts'

export interface SourceControl {
  readonly source: Stanza
  readonly binaries: readonly Stanza[]
  /** Of this version. */
  readonly entry: DebChangelogEntry
  /** Text of debian/tests/control, if there is one. */
  readonly tests?: string
}

export interface SourceTexts {
  readonly control: string
  readonly changelog: string
  readonly tests?: string
}

/** @throws {FactoryError} PACKAGE_INVALID when debian/control or debian/changelog is malformed or they contradict each other */
export function parseSourceControl({ control, changelog, tests }: SourceTexts): SourceControl {
  const [source, ...binaries] = parseStanzas(control, { file: 'debian/control', comments: true })
  const [entry] = parseChangelog(changelog, 'debian/changelog')
  if (source === undefined || binaries.length === 0) throw invalid('debian/control describes no package')
  if (entry === undefined) throw invalid('debian/changelog has no entry')
  const name = fieldOf(source, 'Source')
  if (name !== entry.source)
    throw invalid(`the source is ${name ?? 'unnamed'} in debian/control, and ${entry.source} in debian/changelog`)
  for (const binary of binaries) {
    for (const field of ['Package', 'Architecture']) {
      if (fieldOf(binary, field) === undefined) throw invalid(`a package in debian/control has no field ${field}`)
    }
  }
  return { source, binaries, entry, ...(tests === undefined ? {} : { tests }) }
}

function invalid(message: string): FactoryError {
  return new FactoryError('PACKAGE_INVALID', message, { hint: 'correct the file and pack again' })
}

const vcsFields = ['Browser', 'Arch', 'Bzr', 'Cvs', 'Darcs', 'Git', 'Hg', 'Mtn', 'Svn'].map((name) => `Vcs-${name}`)

const buildFields = ['Depends', 'Depends-Arch', 'Depends-Indep', 'Conflicts', 'Conflicts-Arch', 'Conflicts-Indep'].map(
  (name) => `Build-${name}`,
)

/** @param format of the source package */
export function dscStanza(control: SourceControl, format: string, files: readonly ListedFile[]): Stanza {
  const { source, binaries, entry } = control
  const architectures = sourceArchitectures(binaries.map((binary) => fieldOf(binary, 'Architecture') ?? ''))
  return [
    { name: 'Format', value: format },
    { name: 'Source', value: entry.source },
    { name: 'Binary', value: binaries.map((binary) => fieldOf(binary, 'Package')).join(', ') },
    { name: 'Architecture', value: architectures.join(' ') },
    { name: 'Version', value: entry.version },
    ...taken(source, ['Origin', 'Maintainer']),
    ...taken(source, ['Uploaders']).map(({ name, value }) => ({
      name,
      value: value
        .split('\n')
        .map((line) => line.trim())
        .join(' '),
    })),
    ...taken(source, ['Homepage', 'Description', 'Standards-Version', ...vcsFields]),
    ...testFields(control),
    ...taken(source, buildFields).map(buildRelations),
    { name: 'Package-List', value: multiline(packageList(control)) },
    ...fileListFields(files),
    ...userFields(control, 'S'),
  ]
}

function taken(stanza: Stanza, names: readonly string[]): Field[] {
  return names.flatMap((name) => {
    const value = fieldOf(stanza, name)
    return value === undefined || value.trim() === '' ? [] : [{ name, value: value.trim() }]
  })
}

/** On one line, each clause once; conflicts, whose order means nothing, are sorted. */
function buildRelations({ name, value }: Field): Field {
  const clauses = parseRelations(value, `debian/control: ${name}`).map((clause) => renderRelations([clause]))
  const distinct = [...new Set(clauses)]
  return { name, value: (name.includes('Conflicts') ? distinct.sort() : distinct).join(', ') }
}

/** One line per package: name, type, section, priority, and what else decides whether it is built. */
function packageList({ source, binaries }: SourceControl): string[] {
  return binaries
    .map((binary) => {
      const inherited = (name: string) => fieldOf(binary, name) ?? fieldOf(source, name) ?? 'unknown'
      const type = fieldOf(binary, 'Package-Type') ?? fieldOf(binary, 'XC-Package-Type') ?? 'deb'
      const architectures = (fieldOf(binary, 'Architecture') ?? '').trim().split(/\s+/).join(',')
      const profiles = fieldOf(binary, 'Build-Profiles')
      return [
        `${fieldOf(binary, 'Package')} ${type} ${inherited('Section')} ${inherited('Priority')} arch=${architectures}`,
        ...(profiles === undefined ? [] : [`profile=${profileList(profiles)}`]),
        ...(fieldOf(binary, 'Protected') === 'yes' ? ['protected=yes'] : []),
        ...(fieldOf(binary, 'Essential') === 'yes' ? ['essential=yes'] : []),
      ].join(' ')
    })
    .sort()
}

/** `<a b> <c>` as `a,b+c`. */
function profileList(profiles: string): string {
  const inner = profiles.trim().replace(/^<(.*)>$/s, '$1')
  return inner.replaceAll(/>\s+</g, '+').replaceAll(/\s+/g, ',')
}

function testFields({ source, binaries, tests }: SourceControl): Field[] {
  const stated = (fieldOf(source, 'Testsuite') ?? '').split(',').map((one) => one.trim())
  const suites = new Set(stated.filter((one) => one !== '' && one !== 'autopkgtest'))
  if (tests !== undefined) suites.add('autopkgtest')
  const triggers = fieldOf(source, 'Testsuite-Triggers') ?? testTriggers(tests ?? '', binaries)
  return taken(
    [
      { name: 'Testsuite', value: [...suites].sort().join(', ') },
      { name: 'Testsuite-Triggers', value: triggers },
    ],
    ['Testsuite', 'Testsuite-Triggers'],
  )
}

/** The packages the tests depend on, without those of this source and `@`, which stands for them. */
function testTriggers(tests: string, binaries: readonly Stanza[]): string {
  const own = new Set(['@', ...binaries.map((binary) => fieldOf(binary, 'Package'))])
  const file = 'debian/tests/control'
  const names = parseStanzas(tests, { file, comments: true })
    .flatMap((stanza) => parseRelations(fieldOf(stanza, 'Depends') ?? '', `${file}: Depends`))
    .flatMap((clause) => alternativesOf(clause).map(({ name }) => name))
  return [...new Set(names)]
    .filter((name) => !own.has(name))
    .sort()
    .join(', ')
}

/** Fields such as XS-Name, of which each letter names a file that gets the field as Name. */
function userFields({ source, binaries }: SourceControl, letter: 'S' | 'C'): Field[] {
  const found = new Map<string, Field>()
  for (const { name, value } of [source, ...binaries].flat()) {
    const [, letters = '', rest = ''] = /^X([BCS]*)-(.+)$/i.exec(name) ?? []
    if (letters.toUpperCase().includes(letter) && !/^(?:Package-Type)$/i.test(rest))
      found.set(rest, { name: rest, value })
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** @param files the .dsc first, then those it names */
export function changesStanza(control: SourceControl, files: readonly ListedFile[]): Stanza {
  const { source, entry } = control
  const section = fieldOf(source, 'Section') ?? '-'
  const priority = fieldOf(source, 'Priority') ?? '-'
  return [
    { name: 'Format', value: '1.8' },
    { name: 'Date', value: formatDate(entry.time) },
    { name: 'Source', value: entry.source },
    { name: 'Architecture', value: 'source' },
    { name: 'Version', value: entry.version },
    { name: 'Distribution', value: entry.distributions.join(' ') },
    { name: 'Urgency', value: entry.urgency.toLowerCase() },
    ...taken(source, ['Maintainer']),
    { name: 'Changed-By', value: entry.author },
    { name: 'Closes', value: closedBugs(entry.text).join(' ') },
    { name: 'Changes', value: changesOf(entry) },
    ...fileListFields(files.map((file) => ({ ...file, section, priority }))),
    ...userFields(control, 'C'),
  ]
}
