/** The files below /usr/share/doc that Debian asks of every package: copyright and changelog (Debian Policy section 12). */
import type { StockTemplates } from '../../templates/stock.ts'
import { debVersion } from '../../version/names.ts'
import { commonLicenseTexts, licenseIn } from '../metadata/license.ts'
import type { Change } from '../metadata/model.ts'
import { formatPerson } from '../metadata/person.ts'
import { fold } from '../metadata/text.ts'
import { copyrightNotices } from './copyright-notices.ts'
import { type DebChangelogEntry, renderChangelog } from './format/changelog.ts'
import { packageVersion } from './format/validate.ts'
import { addressOf, type DebSubject, placesOf } from './subject.ts'

const textWidth = 74

/** In the form of copyright-format 1.0. */
export function copyrightText(templates: StockTemplates, subject: DebSubject): string {
  const { plan, dkms } = subject
  const { license, url, maintainer } = plan.metadata.deb
  return templates.render('deb/copyright.hbs', {
    name: dkms.name,
    url,
    contact: maintainer === undefined ? undefined : formatPerson(maintainer),
    holders: holdersOf(subject).join('\n'),
    license: [licenseIn('deb', license), ...licenseText(subject)].join('\n'),
  })
}

function holdersOf({ plan, dkms }: DebSubject): readonly string[] {
  const notices = copyrightNotices(plan.source)
  if (notices.length > 0) return notices
  return [`${new Date(plan.clampTime * 1000).getUTCFullYear()} the authors of ${dkms.name}, of whom its source knows`]
}

function licenseText(subject: DebSubject): string[] {
  const { license, origins } = subject.plan.metadata.deb
  if (origins.license === 'default') {
    return fold('Neither the source nor whoever packed it says under which terms it may be used.', textWidth)
  }
  const common = commonLicenseTexts(license).map((name) => `/usr/share/common-licenses/${name}`)
  const own = licenseFiles(subject)
  return [
    ...(common.length === 0 ? [] : ['Debian systems have the text in', ...common.map((path) => ` ${path}`)]),
    ...(own.length === 0 ? [] : ['The package has the text in', ...own.map((path) => ` ${path}`)]),
    ...(common.length + own.length === 0 ? ['The source says what the terms are.'] : []),
  ]
}

function licenseFiles({ plan, ...subject }: DebSubject): string[] {
  if (plan.source.kind === 'conf-only') return []
  const { source } = placesOf(subject)
  return plan.source.entries
    .filter(({ kind, path }) => kind === 'file' && /^(?:COPYING|LICEN[CS]E)(?:[.-][\w.-]+)?$/i.test(path))
    .map(({ path }) => `${source}/${path}`)
}

/** Newest first. dpkg takes the version from the first entry, so there is one for this version whatever was stated. */
export function debChangelog(subject: DebSubject): readonly DebChangelogEntry[] {
  const { plan, dkms } = subject
  const stated = plan.metadata.deb.changelog
  const [newest] = stated
  const isCurrent = newest !== undefined && changeVersion(subject, newest.version) === subject.version
  const current: Change = {
    time: plan.clampTime,
    author: plan.metadata.deb.packager,
    version: dkms.version,
    changes: [`${dkms.name} ${dkms.version}.`],
  }
  return (isCurrent ? stated : [current, ...stated]).map((change) => entryOf(subject, change))
}

export function changelogText(subject: DebSubject): string {
  return renderChangelog(debChangelog(subject))
}

function entryOf(subject: DebSubject, change: Change): DebChangelogEntry {
  const { packager } = subject.plan.metadata.deb
  return {
    source: subject.name,
    version: changeVersion(subject, change.version),
    distributions: ['unstable'],
    urgency: 'medium',
    author: addressOf(change.author ?? packager),
    time: change.time,
    text: change.changes.flatMap(itemLines).join('\n'),
  }
}

/** A version of dkms.conf as Debian writes it; what is a Debian version already, and no pre-release, stays one. */
function changeVersion(subject: DebSubject, version: string): string {
  if (version === subject.dkms.version) return subject.version
  const isDebian = packageVersion.test(version) && !/-(?:rc|beta|alpha|pre)/i.test(version)
  const mapped = debVersion(version)
  const native = isDebian || mapped.kind === 'refused' ? version : mapped.value
  return subject.revised && !native.includes('-') ? `${native}-1` : native
}

function itemLines(change: string): string[] {
  const lines = change.split('\n').flatMap((line) => fold(line, textWidth))
  return lines.map((line, index) => `${index === 0 ? '* ' : '  '}${line}`)
}
