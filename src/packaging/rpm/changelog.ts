/** The changelog as RPM writes it. */
import type { Person } from '../metadata/model.ts'
import { formatPerson } from '../metadata/person.ts'
import type { ChangelogEntry } from '../package-model.ts'
import { asSpecText } from './spec-text.ts'
import { epochVersion, type RpmSubject } from './subject.ts'

/** rpm wants a name in front of every change. */
export const nobody: Person = { name: 'dkms-factory', email: undefined }

const day = 24 * 60 * 60

/** Newest first; each at noon UTC of its day, for a changelog knows no hours. */
export function rpmChangelog(subject: RpmSubject): readonly ChangelogEntry[] {
  const { plan } = subject
  return plan.metadata.rpm.changelog
    .map(({ time, author, version, changes }) => ({
      time: Math.floor(time / day) * day + day / 2,
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
