/** What a package is called, for dpkg and for DKMS. */
import type { PackageId } from '../../domain.ts'
import type { Report } from '../../report.ts'
import type { Person } from '../metadata/model.ts'
import { debDkmsIdentity } from '../metadata/names.ts'
import type { PackagePlan } from '../plan/model.ts'

export interface DebSubject {
  readonly plan: PackagePlan
  /** Of the package that brings the source, and of the source package: `foo-dkms`. */
  readonly name: string
  /** What other packages are named after: `foo`. */
  readonly stem: string
  /** `[epoch:]upstream[-revision]`. */
  readonly version: string
  /** Whether there is a revision: such a package is not native. */
  readonly revised: boolean
  /** `Name <address>`. */
  readonly maintainer: string
  /** What DKMS knows the package as. */
  readonly dkms: PackageId
  /** What differs from dkms.conf or is missing, a sentence each, for the user to see. */
  readonly notes: readonly string[]
}

/** A domain that will never exist (RFC 2606): dpkg wants an address, and nobody else's may be taken. */
export const unknownAddress = 'unknown@unknown.invalid'

/**
 * @param defaultRevision of formats that cannot do without one
 * @throws {FactoryError} PACKAGE_REFUSED when Debian has no form for the name or version
 */
export function debSubject(plan: PackagePlan, defaultRevision?: string): DebSubject {
  const { name, version: upstream, notes } = debDkmsIdentity(plan.package)
  const { release: revision = defaultRevision, epoch, maintainer } = plan.metadata.deb
  const missing =
    maintainer?.email === undefined
      ? ['nobody with an address is named as maintainer; state one with --maintainer, or in packaging.yaml']
      : []
  return {
    plan,
    name,
    stem: name.replace(/-dkms$/, ''),
    version: `${epoch === undefined ? '' : `${epoch}:`}${upstream}${revision === undefined ? '' : `-${revision}`}`,
    revised: revision !== undefined,
    maintainer: addressOf(maintainer),
    dkms: plan.package,
    notes: [...notes, ...missing],
  }
}

/** Debian knows nobody without an address. */
export function addressOf(person: Person | undefined): string {
  return `${person?.name ?? 'Unknown maintainer'} <${person?.email ?? unknownAddress}>`
}

export function tellNotes({ notes }: DebSubject, report: Report): void {
  for (const message of notes) report({ kind: 'note', message })
}

export interface DebPlaces {
  readonly source: string
  readonly share: string
  readonly tarball: string
  readonly doc: string
}

/** Where the package's files go. */
export function placesOf({ name, dkms }: Pick<DebSubject, 'name' | 'dkms'>): DebPlaces {
  const share = `/usr/share/${name}`
  return {
    source: `/usr/src/${sourceName(dkms)}`,
    share,
    tarball: `${share}/${tarballName(dkms)}`,
    doc: `/usr/share/doc/${name}`,
  }
}

export function sourceName({ name, version }: PackageId): string {
  return `${name}-${version}`
}

/** The name common.postinst of DKMS looks for. */
export function tarballName(id: PackageId): string {
  return `${sourceName(id)}.dkms.tar.gz`
}
