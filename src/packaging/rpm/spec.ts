/** The spec file of the source package: a second way to the package that the binary description says. */
import { escapes } from '../../templates/escape.ts'
import type { StockTemplates } from '../../templates/stock.ts'
import type { ChangelogEntry } from '../package-model.ts'
import type { RelationKind, RpmBinaryDescription, RpmRelation } from './format/description.ts'
import { formatRelation } from './relations.ts'
import { placesOf, type RpmSubject } from './subject.ts'

export interface SpecSources {
  /** A file name. */
  readonly source: string
  /** A file name; absent where no builds travel along. */
  readonly binaries: string | undefined
}

const relationWords: Readonly<Partial<Record<RelationKind, string>>> = {
  provides: 'Provides',
  requires: 'Requires',
  recommends: 'Recommends',
  suggests: 'Suggests',
  supplements: 'Supplements',
  enhances: 'Enhances',
  conflicts: 'Conflicts',
  obsoletes: 'Obsoletes',
}

export function renderSpec(
  templates: StockTemplates,
  subject: RpmSubject,
  package_: RpmBinaryDescription,
  { source, binaries }: SpecSources,
): string {
  const { dkms, plan, profile } = subject
  const { source: sourcePlace, share, stamp, tarball, settings: settingsPlace } = placesOf(subject)
  const { name, version, release, epoch, summary, license, url, vendor, packager, description } = package_
  return templates.render('rpm/dkms.spec.hbs', {
    name,
    version,
    release,
    summary,
    license,
    url,
    vendor,
    packager,
    description,
    group: package_.group ?? 'Unspecified',
    hasEpoch: epoch !== undefined,
    epoch,
    dkmsName: dkms.name,
    dkmsVersion: dkms.version,
    sourceFile: source,
    binariesFile: binaries,
    relations: relationLines(package_),
    source: sourcePlace,
    share,
    stamp,
    tarball,
    settingsPlace,
    settings: profile.settings === undefined ? undefined : escapes.sh(profile.settings.trimEnd()),
    time: plan.clampTime,
    scriptlets: (package_.scriptlets ?? []).map(({ phase, body }) => ({ phase, lines: body.split('\n') })),
    changelog: (package_.changelog ?? []).map(changelogItem),
  })
}

/** Lines of a spec file's preamble. */
export function relationLines({
  relations = {},
}: Pick<RpmBinaryDescription, 'relations'>): readonly { tag: string; relation: string }[] {
  // The words are in the order people write them, and Object.entries keeps it.
  return (Object.entries(relationWords) as readonly [RelationKind, string][]).flatMap(([kind, word]) =>
    (relations[kind] ?? []).map((one) => ({ tag: tagOf(word, one), relation: formatRelation(one) })),
  )
}

function tagOf(word: string, { uses = [] }: RpmRelation): string {
  return uses.length === 0 ? word : `${word}(${uses.join(',')})`
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

/** A heading of %changelog, in parts. */
export function changelogItem({ time, author, text }: ChangelogEntry): { date: string; author: string; text: string } {
  const at = new Date(time * 1000)
  const date = [
    weekdays[at.getUTCDay()],
    months[at.getUTCMonth()],
    String(at.getUTCDate()).padStart(2, '0'),
    at.getUTCFullYear(),
  ].join(' ')
  return { date, author, text }
}
