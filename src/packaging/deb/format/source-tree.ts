/** How a source tree is divided into tarballs, by the format of the source package (dpkg-source(1) manual page). */
import type { GnuTarMember } from '../../../archive/gnu-tar-write.ts'
import { parseDebVersion } from '../../../version/deb.ts'
import type { PackageEntry } from '../../package-model.ts'
import type { DebChangelogEntry } from './changelog.ts'
import { withoutEpoch } from './description.ts'
import { dataMembers } from './installed-files.ts'
import type { DebSourceDescription, SourceCompression } from './source-description.ts'

export interface SourceArchive {
  readonly name: string
  readonly members: readonly GnuTarMember[]
}

const suffixes: Readonly<Record<SourceCompression, string>> = { gzip: 'gz', xz: 'xz', bzip2: 'bz2' }

/** In the order the .dsc lists them. */
export function archivesOf(
  { format, entries, time, topDirectory }: DebSourceDescription,
  { source, version }: Pick<DebChangelogEntry, 'source' | 'version'>,
  compression: SourceCompression,
): SourceArchive[] {
  const { upstream } = parseDebVersion(version)
  const suffix = `tar.${suffixes[compression]}`
  const top = topDirectory ?? `${source}-${upstream}`
  if (format !== '3.0 (quilt)') {
    const members = treeMembers(entries, time, top)
    return [{ name: `${source}_${withoutEpoch(version)}.${suffix}`, members }]
  }
  const debian = entries.filter(({ path }) => isDebian(path))
  const rest = entries.filter(({ path }) => !isDebian(path))
  return [
    { name: `${source}_${upstream}.orig.${suffix}`, members: treeMembers(rest, time, top) },
    { name: `${source}_${withoutEpoch(version)}.debian.${suffix}`, members: treeMembers(debian, time, '') },
  ]
}

export function isDebian(path: string): boolean {
  return path === '/debian' || path.startsWith('/debian/')
}

/** As `tar --sort=name --numeric-owner` lists the directory: no names of owners, and links where their names sort. */
function treeMembers(entries: readonly PackageEntry[], time: number, top: string): GnuTarMember[] {
  return dataMembers({ entries, time }, 'by name')
    .map((member) => withoutOwner({ ...member, name: `${top}${member.name.slice(top === '' ? 2 : 1)}` }))
    .filter(({ name }) => name !== '')
}

function withoutOwner(member: GnuTarMember): GnuTarMember {
  const { owner: _owner, ...rest } = member
  return rest
}
