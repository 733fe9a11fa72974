/** What a package is called, for rpm and for DKMS. */
import type { PackageId } from '../../domain.ts'
import { rpmIdentity } from '../metadata/names.ts'
import type { PackagePlan } from '../plan/model.ts'
import type { Profile } from './profiles.ts'

export interface RpmSubject {
  readonly plan: PackagePlan
  readonly profile: Profile
  /** The name without the profile's prefix. */
  readonly stem: string
  readonly name: string
  readonly version: string
  readonly release: string
  readonly epoch: number | undefined
  /** What DKMS knows the package as on the target. */
  readonly dkms: PackageId
  /** What differs from dkms.conf, a sentence each, for the user to see. */
  readonly notes: readonly string[]
}

/** @throws {FactoryError} PACKAGE_REFUSED when RPM has no form for the name or version */
export function rpmSubject(plan: PackagePlan, profile: Profile): RpmSubject {
  const { name: stem, version, notes } = rpmIdentity(plan.package)
  const { release = profile.release, epoch } = plan.metadata.rpm
  const dkmsVersion = profile.releaseInVersion ? `${plan.package.version}-${release}` : plan.package.version
  const changed = `DKMS knows the package as ${plan.package.name}/${dkmsVersion}: the profile ${profile.name} makes the release part of its version`
  return {
    plan,
    profile,
    stem,
    name: stem.startsWith(profile.prefix) ? stem : `${profile.prefix}${stem}`,
    version,
    release,
    epoch,
    dkms: { name: plan.package.name, version: dkmsVersion },
    notes: profile.releaseInVersion ? [...notes, changed] : notes,
  }
}

/** `[epoch:]version`. */
export function epochVersion({ epoch, version }: Pick<RpmSubject, 'epoch' | 'version'>): string {
  return epoch === undefined ? version : `${epoch}:${version}`
}

/** Where the package's files go. Nothing else is owned: directories of the system belong to the system. */
export function placesOf({ name, dkms }: RpmSubject): RpmPlaces {
  const share = `/usr/share/${name}`
  return {
    source: `/usr/src/${dkms.name}-${dkms.version}`,
    share,
    stamp: `${share}/dkms-version`,
    tarball: `${share}/${dkms.name}-${dkms.version}.dkms.tar.gz`,
    settings: `/etc/dkms/${dkms.name}.conf`,
  }
}

export interface RpmPlaces {
  readonly source: string
  readonly share: string
  /** Says which version the installed package brings, for the script of the package that is on its way out. */
  readonly stamp: string
  readonly tarball: string
  readonly settings: string
}
