/** From the subject to the descriptions of its packages that the format writes. */

import type { StockTemplates } from '../../templates/stock.ts'
import { formatPerson } from '../metadata/person.ts'
import { rpmChangelog } from './changelog.ts'
import { type BinariesTarball, dkmsPackageEntries } from './entries.ts'
import type { RpmBinaryDescription, RpmSourceDescription, RpmSourceEntry } from './format/description.ts'
import { dkmsPackageRelations } from './relations.ts'
import { dkmsPackageScriptlets } from './scriptlets.ts'
import { asSpecText } from './spec-text.ts'
import type { RpmSubject } from './subject.ts'

/** The same on every host: where a package was made must not show in it. */
const buildHost = 'reproducible'

/** What binary and source package have in common. */
export function preambleOf(subject: RpmSubject): Omit<RpmSourceDescription, 'kind' | 'entries' | 'arch'> {
  const { plan, profile, name, version, release, epoch } = subject
  const { summary, description, license, group, url, vendor, packager, origins } = plan.metadata.rpm
  return {
    name,
    version,
    release,
    ...(epoch === undefined ? {} : { epoch }),
    summary,
    description: asSpecText(description),
    license,
    group: origins.group === 'default' ? (profile.group ?? group) : group,
    ...(url === undefined ? {} : { url }),
    ...(vendor === undefined ? {} : { vendor }),
    ...(packager === undefined ? {} : { packager: formatPerson(packager) }),
    buildHost,
    buildTime: plan.clampTime,
    changelog: rpmChangelog(subject),
  }
}

/** The package that brings source, builds or both and registers them with DKMS. */
export function describeDkmsPackage(
  templates: StockTemplates,
  subject: RpmSubject,
  tarball: BinariesTarball | undefined,
): RpmBinaryDescription {
  return {
    kind: 'binary',
    ...preambleOf(subject),
    arch: 'noarch',
    entries: dkmsPackageEntries(subject, tarball),
    relations: dkmsPackageRelations(subject),
    scriptlets: dkmsPackageScriptlets(templates, subject),
  }
}

/** @param entries the spec file, then its sources */
export function describeSourcePackage(
  subject: RpmSubject,
  entries: readonly RpmSourceEntry[],
  buildArchs: readonly string[],
): RpmSourceDescription {
  return { kind: 'source', ...preambleOf(subject), arch: 'noarch', buildArchs, entries }
}
