/**
 * What installers can do, by release. Where a release is not listed with its minor number, the row without one speaks
 * for it, and is the more cautious.
 */
import { FactoryError } from '../../../errors.ts'

/** anaconda's dd-list and dd-extract of dracut, and driver_updates.py (RHEL 6: its C loader). */
export interface AnacondaRelease {
  readonly consumer: 'anaconda'
  readonly release: string
  readonly needsRepodata: boolean
  readonly needsMarkerText: boolean
  /** How it calls 32-bit Intel. */
  readonly i686: 'i386' | 'i686'
  readonly readsCompressedModules: boolean
  readonly readsZstdPayload: boolean
  readonly wantsUrlSuffix: boolean
}

/** anaconda's first loader, in C. */
export interface LoaderRelease {
  readonly consumer: 'loader'
  readonly release: string
  /** What it finds devices by. */
  readonly table: 'pcitable' | 'modules.alias'
}

export interface SuseRelease {
  readonly consumer: 'linuxrc' | 'agama'
  readonly release: string
  /** Any of these after `<arch>-` is for it; `others`: all that no release of the table has. */
  readonly tags: readonly string[] | 'others'
  readonly readsCompressedModules: boolean
}

export interface DebianRelease {
  readonly consumer: 'casper' | 'hw-detect'
  readonly release: string
}

export type InstallerRelease = AnacondaRelease | LoaderRelease | SuseRelease | DebianRelease

function anaconda(release: string, more: Partial<AnacondaRelease> = {}): AnacondaRelease {
  return {
    consumer: 'anaconda',
    release,
    needsRepodata: false,
    needsMarkerText: false,
    i686: 'i686',
    readsCompressedModules: false,
    // Broken until anaconda 45.11.
    readsZstdPayload: false,
    wantsUrlSuffix: true,
    ...more,
  }
}

function suse(
  consumer: SuseRelease['consumer'],
  release: string,
  tags: SuseRelease['tags'],
  compressed = false,
): SuseRelease {
  return { consumer, release, tags, readsCompressedModules: compressed }
}

const table: readonly InstallerRelease[] = [
  { consumer: 'loader', release: 'rhel3', table: 'pcitable' },
  { consumer: 'loader', release: 'rhel4', table: 'pcitable' },
  { consumer: 'loader', release: 'rhel5', table: 'modules.alias' },
  anaconda('rhel6', { needsRepodata: true, needsMarkerText: true, i686: 'i386', wantsUrlSuffix: false }),
  anaconda('rhel7'),
  anaconda('rhel8'),
  anaconda('rhel9'),
  // anaconda 34.25.5.11; the minor release is by the dates of its tags.
  anaconda('rhel9.6', { readsCompressedModules: true }),
  anaconda('rhel9.7', { readsCompressedModules: true }),
  anaconda('rhel9.8', { readsCompressedModules: true }),
  anaconda('rhel10', { readsCompressedModules: true }),
  anaconda('fedora', { readsCompressedModules: true }),
  suse('linuxrc', 'sles10', ['sles10', 'sled10']),
  suse('linuxrc', 'sles11', ['sles11', 'sled11']),
  suse('linuxrc', 'sles12', ['sles12', 'sled12']),
  suse('linuxrc', 'sles15', ['sles15', 'sled15']),
  // linuxrc of 2021-04 and later.
  suse('linuxrc', 'sles15sp4', ['sles15', 'sled15'], true),
  suse('linuxrc', 'sles15sp5', ['sles15', 'sled15'], true),
  suse('linuxrc', 'sles15sp6', ['sles15', 'sled15'], true),
  suse('linuxrc', 'sles15sp7', ['sles15', 'sled15'], true),
  suse('linuxrc', 'leap15.4', ['leap15.4'], true),
  suse('linuxrc', 'leap15.5', ['leap15.5'], true),
  suse('linuxrc', 'leap15.6', ['leap15.6'], true),
  suse('linuxrc', 'tw', ['tw'], true),
  // Products of which nothing more is known: old openSUSE, UnitedLinux, tags given verbatim.
  suse('linuxrc', 'linuxrc', 'others'),
  suse('agama', 'sles16.0', ['sles16.0'], true),
  suse('agama', 'leap16.0', ['opensuse-leap16.0'], true),
  suse('agama', 'tumbleweed', ['opensuse-tumbleweed'], true),
  suse('agama', 'slowroll', ['opensuse-slowroll'], true),
  { consumer: 'casper', release: 'ubuntu' },
  { consumer: 'hw-detect', release: 'debian' },
]

const otherNames: ReadonlyMap<string, string> = new Map([
  ['agama', 'sles16.0'],
  ['agama16', 'sles16.0'],
  ['sles16', 'sles16.0'],
  ['leap16', 'leap16.0'],
  ['leap15', 'leap15.4'],
])

const clones = /^(?:centos|rocky|alma|almalinux|ol|oracle)(?=\d)/

/**
 * @param word such as rhel9.4, rocky8, fedora41, sles15sp5, leap16.0, agama16, ubuntu
 * @throws {FactoryError} USAGE for a release that is not in the table
 */
export function parseRelease(word: string): InstallerRelease {
  const plain = word.toLowerCase().replace(clones, 'rhel')
  const name = otherNames.get(plain) ?? plain
  const found = findRelease(name) ?? findRelease(withoutMinor(name))
  if (found !== undefined) return { ...found, release: word }
  throw new FactoryError('USAGE', `no installer is known for the release ${JSON.stringify(word)}`, {
    hint: `name one of ${table.map(({ release }) => release).join(', ')}`,
  })
}

function findRelease(name: string): InstallerRelease | undefined {
  return table.find(({ release }) => release === name)
}

function withoutMinor(name: string): string {
  return /^fedora\d+$/.test(name) ? 'fedora' : name.replace(/(?:\.\d+|sp\d+)$/, '')
}

/** One row for each set of abilities: what a disk is judged by when nobody names a release. */
export function knownReleases(): readonly InstallerRelease[] {
  return table
}

/** Whether an update with the tag is for the release. */
export function isTagFor({ tags }: Pick<SuseRelease, 'tags'>, tag: string): boolean {
  return tags === 'others' ? !namedTags.has(tag) : tags.includes(tag)
}

const namedTags: ReadonlySet<string> = new Set(
  table.flatMap((release) => ('tags' in release && release.tags !== 'others' ? release.tags : [])),
)
