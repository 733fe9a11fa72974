/** The files of a package in the order and form of its data archive, and what its control archive says about them. */
import type { GnuTarMember } from '../../../archive/gnu-tar-write.ts'
import { contentBytes } from '../../../archive/tar-entry.ts'
import { assertNever } from '../../../errors.ts'
import type { DebDescription, DebEntry } from './description.ts'

/** Where symbolic links come: dpkg-deb puts them at the end, GNU tar where their names sort. */
export type LinkOrder = 'links last' | 'by name'

/**
 * The tree from its root, names within a directory sorted byte by byte. Directories that no entry names are added, with
 * the mode 0755.
 */
export function dataMembers(
  { entries, time }: Pick<DebDescription, 'entries' | 'time'>,
  order: LinkOrder = 'links last',
): GnuTarMember[] {
  const sorted = withDirectories(entries, time).sort((a, b) => compareWalk(a.path, b.path))
  const members = sorted.map((entry) => memberOf(entry, time))
  if (order === 'by name') return members
  return [...members.filter(({ kind }) => kind !== 'symlink'), ...members.filter(({ kind }) => kind === 'symlink')]
}

function withDirectories(entries: readonly DebEntry[], time: number): DebEntry[] {
  const known = new Set(entries.map(({ path }) => path))
  const added: DebEntry[] = []
  function add(path: string): void {
    if (known.has(path)) return
    known.add(path)
    added.push({ kind: 'directory', path, mode: 0o755, mtime: time })
  }
  add('/')
  for (const { path } of entries) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) add(path.slice(0, end))
  }
  return [...entries, ...added]
}

/** What lies below a directory comes right after it, so the separator sorts before every character. */
function compareWalk(a: string, b: string): number {
  return Buffer.compare(walkKey(a), walkKey(b))
}

function walkKey(path: string): Buffer {
  return Buffer.from(path.replaceAll('/', '\0'))
}

function memberOf(entry: DebEntry, latest: number): GnuTarMember {
  const owner = { user: entry.user ?? 'root', group: entry.group ?? 'root' }
  const common = { mtime: Math.min(entry.mtime, latest), owner }
  const name = `.${entry.path}`
  switch (entry.kind) {
    case 'file':
      return { ...common, kind: 'file', name, mode: entry.mode, content: entry.content }
    case 'symlink':
      return { ...common, kind: 'symlink', name, mode: 0o777, target: entry.target }
    case 'directory':
      return { ...common, kind: 'directory', name: name === './' ? name : `${name}/`, mode: entry.mode }
    default:
      return assertNever(entry)
  }
}

/** The Installed-Size field, in KiB as dpkg-gencontrol counts them: whole ones per file or link, one for anything else. */
export function installedKib(members: readonly GnuTarMember[]): number {
  return members.reduce((sum, member) => sum + kibOf(member), 0)
}

function kibOf(member: GnuTarMember): number {
  if (member.kind === 'directory') return 1
  return Math.ceil((member.kind === 'file' ? contentBytes(member.content) : Buffer.byteLength(member.target)) / 1024)
}

/** Absolute paths, one per line. */
export function conffilesText(entries: readonly DebEntry[]): string {
  return entries
    .flatMap((entry) => (entry.kind === 'file' && entry.conffile === true ? [`${entry.path}\n`] : []))
    .sort(compareText)
    .join('')
}

/**
 * The md5sums file as dh_md5sums writes it: without configuration files, whose sums dpkg keeps itself.
 *
 * @param sums by name of the member, in hexadecimal
 */
export function md5sumsText(sums: ReadonlyMap<string, string>, entries: readonly DebEntry[]): string {
  const conffiles = new Set(
    entries.flatMap((entry) => (entry.kind === 'file' && entry.conffile === true ? [`.${entry.path}`] : [])),
  )
  return [...sums]
    .filter(([name]) => !conffiles.has(name))
    .map(([name, md5]) => ({ path: name.slice(2), md5 }))
    .sort((a, b) => compareText(a.path, b.path))
    .map(({ path, md5 }) => `${md5}  ${path}\n`)
    .join('')
}

function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
