/** The changelog as RPM writes it. */
import type { Person } from '../metadata/model.ts'
import { formatPerson } from '../metadata/person.ts'
import type { ChangelogEntry } from '../package-model.ts'
import { asSpecText } from './spec-text.ts'
import { epochVersion, type RpmSubject } from './subject.ts'

/** rpm wants a name in front of every change. */
export const nobody: Person = { name: 'dkms-factory', email: undefined }

const day = 24 * 60 * 60

/** The first day that rpmbuild takes in a changelog (`rpmDateToTimet`). Build hosts have clocks at 0, and Nix at 1980. */
const firstDay = Date.UTC(1990, 0, 1) / 1000

/** Newest first; each at noon UTC of its day, for a changelog knows no hours. What is older than rpm's days gets the first. */
export function rpmChangelog(subject: RpmSubject): readonly ChangelogEntry[] {
  const { plan } = subject
  return plan.metadata.rpm.changelog
    .map(({ time, author, version, changes }) => ({
      time: Math.max(firstDay, Math.floor(time / day) * day) + day / 2,
      author: `${formatPerson(author ?? plan.metadata.rpm.packager ?? nobody)} - ${revisionOf(subject, version)}`,
      text: asSpecText(changes.map(asItem).join('\n')),
    }))
    .sort((a, b) => b.time - a.time)
}

/** The version of the package itself is shown with its release. */
function revisionOf(subject: RpmSubject, version: string): string {
  return version === subject.plan.package.version ? `${epochVersion(subject)}-${subject.release}` : version
}

function asItem(change: string): string {
  return `- ${change.replaceAll('\n', '\n  ')}`
}
