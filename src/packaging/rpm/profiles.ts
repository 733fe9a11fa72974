/**
 * How the families of distributions that use RPM name packages of modules and relate them to each other. Facts as data;
 * sources: mkrpm of DKMS 2.x (dkms), the specs of the -dkms packages for Fedora (fedora), the DKMS policy of Mandriva and
 * its successors (mandriva, rosa).
 */
import type { Relation } from '../package-model.ts'
import type { RpmRelations } from './format/description.ts'

export type ProfileName = 'dkms' | 'fedora' | 'mandriva' | 'rosa'

export interface Profile {
  readonly name: ProfileName
  /** In front of the package's name. */
  readonly prefix: '' | 'dkms-'
  /** When nobody stated one. */
  readonly release: string
  /** RPM's Group when nobody stated one; absent: that of every package. */
  readonly group?: string
  /** The release is part of the version DKMS knows, so that a new release is a new version there, too. */
  readonly releaseInVersion: boolean
  /** How built modules travel: in a tarball within the package, or in a package for each kernel. */
  readonly binaries: 'tarball' | 'package-per-kernel'
  /** /etc/dkms/NAME.conf is part of the package and says this. */
  readonly settings?: string
  relations(stem: RelationSubject): RpmRelations
}

export interface RelationSubject {
  /** The package's name without the prefix. */
  readonly stem: string
  /** `[epoch:]version`. */
  readonly version: string
}

const dkms: Profile = {
  name: 'dkms',
  prefix: '',
  release: '1dkms',
  releaseInVersion: false,
  binaries: 'tarball',
  relations: () => ({ recommends: [{ name: 'kernel-devel' }] }),
}

const fedora: Profile = {
  name: 'fedora',
  prefix: 'dkms-',
  release: '1',
  releaseInVersion: false,
  binaries: 'tarball',
  // Fedora's kernels keep no stable interface for modules, so those of one kernel are never right for another.
  settings: 'NO_WEAK_MODULES="yes"\n',
  relations: ({ stem, version }) => ({
    provides: [{ name: `${stem}-kmod`, constraint: { operator: '=', version } }],
    requires: [{ name: `(${stem}-kmod-common = ${version} if ${stem}-kmod-common)` }],
    conflicts: [{ name: `akmod-${stem}` }],
  }),
}

const mandriva: Profile = {
  name: 'mandriva',
  prefix: 'dkms-',
  release: '1',
  group: 'System/Kernel and hardware',
  releaseInVersion: true,
  binaries: 'package-per-kernel',
  relations: () => ({ recommends: [{ name: 'kernel-devel' }] }),
}

export const profiles: Readonly<Record<ProfileName, Profile>> = {
  dkms,
  fedora,
  mandriva,
  rosa: { ...mandriva, name: 'rosa' },
}

export function findProfile(name: string): Profile | undefined {
  return Object.values(profiles).find((profile) => profile.name === name)
}

/** The oldest DKMS whose actions the scripts of the packages use: --archive of ldtarball, `remove --all`, `status -m -v`. */
export const oldestDkms: Relation = { name: 'dkms', constraint: { operator: '>=', version: '2.1.0.0' } }

/** The oldest DKMS that knows BUILD_EXCLUSIVE_CONFIG. */
export const oldestDkmsWithConfigConditions: Relation = {
  name: 'dkms',
  constraint: { operator: '>=', version: '3.0.3' },
}
