/**
 * From sections to archive members: reads the directories, judges what is in them, and finds the newest time.
 *
 * Links that stay inside their section are packed as they are. One that names a place inside it absolutely, or in a
 * roundabout way, is packed as the relative link that means the same. Links that leave are refused, all of them at
 * once: packing what they lead to could carry a file of this host into the world, and packing them as they are would
 * make an archive that nobody can load safely.
 */
import { lstatSync, readdirSync, readlinkSync, realpathSync, type Stats } from 'node:fs'
import { dirname, relative } from 'node:path'
import { linkFault } from '../../archive/member-policy.ts'
import { contentBytes, type TarEntry } from '../../archive/tar-entry.ts'
import { type AbsolutePath, absolutePath, below } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { fileError } from '../../system/fs.ts'
import type { Section } from './model.ts'

export interface Collected {
  readonly entries: readonly TarEntry[]
  readonly contentBytes: number
}

/**
 * @throws {FactoryError} SOURCE_UNPACKABLE with every file that cannot be packed; FILE_ACCESS
 */
export function collectEntries(sections: readonly Section[]): Collected {
  const problems: string[] = []
  const entries = sections.flatMap((section) => sectionEntries(section, problems))
  if (problems.length > 0) throw unpackable(problems)
  const bytes = entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? contentBytes(entry.content) : 0), 0)
  return { entries, contentBytes: bytes }
}

/** Seconds since the epoch of the newest file below a directory; 0 when there is none. */
export function newestFile(entries: readonly TarEntry[], below: string): number {
  return entries
    .filter((entry) => entry.path.startsWith(`./${below}/`))
    .reduce((newest, entry) => (entry.kind === 'file' ? Math.max(newest, entry.mtime ?? 0) : newest), 0)
}

function unpackable(problems: readonly string[]): FactoryError {
  const [first = '', ...others] = problems
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  return new FactoryError('SOURCE_UNPACKABLE', `${first}${more}`, {
    hint: 'put a copy in the place of such a link (cp --dereference), or delete what does not belong to the package',
    details: others,
  })
}

function sectionEntries(section: Section, problems: string[]): TarEntry[] {
  const path = `./${section.to}`
  switch (section.kind) {
    case 'directory':
      return [{ kind: 'directory', path }]
    case 'text':
      return [{ kind: 'file', path, executable: false, content: { text: section.text } }]
    case 'file':
      return [fileEntry(path, section.from, lstat(section.from))]
    case 'tree':
      return [{ kind: 'directory', path }, ...new Walk(section.from, path, problems).entries('')]
  }
}

function fileEntry(path: string, from: AbsolutePath, stats: Stats): TarEntry {
  return {
    kind: 'file',
    path,
    executable: (stats.mode & 0o100) !== 0,
    mtime: Math.max(0, Math.floor(stats.mtimeMs / 1000)),
    content: { from, bytes: stats.size },
  }
}

/** One directory tree, read in the byte order of its names. */
class Walk {
  readonly #root: AbsolutePath
  readonly #to: string
  readonly #problems: string[]

  constructor(root: AbsolutePath, to: string, problems: string[]) {
    this.#root = reading(root, () => absolutePath(realpathSync(root)))
    this.#to = to
    this.#problems = problems
  }

  /** @param dir relative to the root; empty for the root itself */
  entries(dir: string): TarEntry[] {
    const path = dir === '' ? this.#root : below(this.#root, dir)
    const names = reading(path, () => readdirSync(path)).map((name) => ({ name, bytes: Buffer.from(name) }))
    return names
      .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
      .flatMap(({ name }) => this.#entry(dir === '' ? name : `${dir}/${name}`))
  }

  #entry(path: string): TarEntry[] {
    if (/\p{Cc}|�/u.test(path)) return this.#problem(path, 'has a name with control characters or that is not UTF-8')
    const from = below(this.#root, path)
    const stats = lstat(from)
    const to = `${this.#to}/${path}`
    if (stats.isDirectory()) return [{ kind: 'directory', path: to }, ...this.entries(path)]
    if (stats.isFile()) return [fileEntry(to, from, stats)]
    if (stats.isSymbolicLink()) return this.#link(path, from, to)
    return this.#problem(path, 'is neither a file, a directory nor a link')
  }

  #link(path: string, from: AbsolutePath, to: string): TarEntry[] {
    const target = reading(from, () => readlinkSync(from))
    const fault = linkFault(path, target)
    if (fault === undefined) return [{ kind: 'symlink', path: to, target }]
    const same = this.#relativeTarget(from)
    return same === undefined ? this.#problem(path, fault) : [{ kind: 'symlink', path: to, target: same }]
  }

  /** The target of a link as a plain relative path, when it exists and lies inside. */
  #relativeTarget(link: AbsolutePath): string | undefined {
    try {
      const target = realpathSync(link)
      if (target !== this.#root && !target.startsWith(`${this.#root}/`)) return undefined
      return relative(dirname(link), target) || '.'
    } catch {
      return undefined // it leads nowhere
    }
  }

  #problem(path: string, what: string): [] {
    this.#problems.push(`${below(this.#root, path)} ${what}`)
    return []
  }
}

function lstat(path: AbsolutePath): Stats {
  return reading(path, () => lstatSync(path))
}

function reading<Result>(path: AbsolutePath, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    throw fileError(error, 'read', path)
  }
}
