/**
 * What installers can do, by release. Where a release is not listed with its minor number, the row without one speaks
 * for it, and is the more cautious.
 */
import { FactoryError, isFactoryError } from '../../../errors.ts'
import { isForAgama, suseTags } from '../suse-dists.ts'

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
  /** Whether it knows the marker rhdd, and not only rhdd-6.1. */
  readonly readsSecondGeneration: boolean
}

export interface SuseRelease {
  readonly consumer: 'linuxrc' | 'agama'
  readonly release: string
  /** Whether what stands after `<arch>-` is for it. */
  readonly takes: (tag: string) => boolean
  readonly readsCompressedModules: boolean
  /** Whether a line of module.order means a module, and not a file of exactly this name. */
  readonly ordersByName: boolean
  /** Whether update.* need not be executable on the disk. */
  readonly setsScriptModes: boolean
}

export interface DebianRelease {
  readonly consumer: 'casper' | 'hw-detect'
  readonly release: string
  /** The only directory it looks into, where that is known. */
  readonly directory?: string
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
    // Until anaconda 45.11 it asks librpm for a decompressor that there is not; some pass on what libarchive knows.
    readsZstdPayload: false,
    wantsUrlSuffix: true,
    ...more,
  }
}

function suse(
  consumer: SuseRelease['consumer'],
  release: string,
  tags: readonly string[] | SuseRelease['takes'],
  isOf2021 = false,
): SuseRelease {
  const takes = typeof tags === 'function' ? tags : (tag: string) => tags.includes(tag)
  // That of SuSE Linux 8 tries, but with a wrong path.
  const setsScriptModes = release !== 'linuxrc'
  return { consumer, release, takes, readsCompressedModules: isOf2021, ordersByName: isOf2021, setsScriptModes }
}

function loader(release: string, table: LoaderRelease['table'], readsSecondGeneration = true): LoaderRelease {
  return { consumer: 'loader', release, table, readsSecondGeneration }
}

const table: readonly InstallerRelease[] = [
  loader('rhel2.1', 'pcitable', false),
  loader('rhel3', 'pcitable'),
  loader('rhel4', 'pcitable'),
  loader('rhel5', 'modules.alias'),
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
  suse('linuxrc', 'linuxrc', (tag) => !isForAgama(tag) && !isNamed(tag)),
  suse('agama', 'sles16.0', ['sles16.0'], true),
  suse('agama', 'leap16.0', ['opensuse-leap16.0'], true),
  suse('agama', 'tumbleweed', ['opensuse-tumbleweed'], true),
  suse('agama', 'slowroll', ['opensuse-slowroll'], true),
  suse('agama', 'agama', (tag) => isForAgama(tag) && !isNamed(tag), true),
  { consumer: 'casper', release: 'ubuntu' },
  { consumer: 'hw-detect', release: 'debian' },
]

const otherNames: ReadonlyMap<string, string> = new Map([
  ['agama16', 'sles16.0'],
  ['leap16', 'leap16.0'],
  ['leap15', 'leap15.4'],
])

const clones = /^(?:centos|rocky|alma|almalinux|ol|oracle|oraclelinux)(?=\d)/

/**
 * @param word such as rhel9.4, rocky8, fedora41, sles15sp5, sle15sp5, leap16.0, agama16, ubuntu, debian/bookworm; of SUSE
 *   whatever names a product for a disk, too
 * @throws {FactoryError} USAGE for a release that is not known
 */
export function parseRelease(word: string): InstallerRelease {
  const plain = word.toLowerCase()
  const spelled = plain
    .replace(clones, 'rhel')
    .replace(/^sle[sd]?-?(?=\d)/, 'sles')
    .replace('-sp', 'sp')
  const name = otherNames.get(plain) ?? spelled
  const found =
    anyOf(name) ??
    findRelease(name) ??
    findRelease(withoutMinor(name)) ??
    ofDebian(name) ??
    ofSuse(word.startsWith('=') ? word : name)
  if (found !== undefined) return { ...found, release: word }
  throw new FactoryError('USAGE', `no installer is known for the release ${JSON.stringify(word)}`, {
    hint: `name one of ${table.map(({ release }) => release).join(', ')}`,
  })
}

/** Whoever names an installer means all of its products. */
function anyOf(name: string): InstallerRelease | undefined {
  if (name === 'agama') return suse('agama', name, isForAgama, true)
  return name === 'linuxrc' ? suse('linuxrc', name, (tag) => !isForAgama(tag)) : undefined
}

/** `debian/bookworm`, as a disk for debian-installer names its directory; `debian12` and `ubuntu22.04`. */
function ofDebian(name: string): InstallerRelease | undefined {
  const [, distributor, codename] = /^([a-z0-9.+-]+)\/([a-z0-9.+-]+)$/.exec(name) ?? []
  if (codename !== undefined) {
    return { consumer: 'hw-detect', release: name, directory: `${distributor}-drivers/${codename}` }
  }
  return findRelease(name.replace(/^(debian|ubuntu)[\d.]+$/, '$1'))
}

/** Products that the table has no row for, by the words of {@link suseTags}. */
function ofSuse(name: string): InstallerRelease | undefined {
  try {
    const tags = suseTags(name)
    const consumer = tags.every(isForAgama) ? 'agama' : 'linuxrc'
    return suse(consumer, name, tags, consumer === 'agama')
  } catch (error) {
    if (isFactoryError(error, 'DISK_REFUSED')) return undefined
    throw error
  }
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

/** Whether a release of the table has the tag by name. */
function isNamed(tag: string): boolean {
  return table.some((one) => 'takes' in one && !isForOthers(one) && one.takes(tag))
}

function isForOthers({ release }: Pick<SuseRelease, 'release'>): boolean {
  return release === 'linuxrc' || release === 'agama'
}
