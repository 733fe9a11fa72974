/**
 * Reads a directory that is going to be packed, and judges what is in it.
 *
 * Links that stay inside are packed as they are. One that names a place inside absolutely, or in a roundabout way, is
 * packed as the relative link that means the same. Links that leave are refused, all of them at once: packing what they
 * lead to could carry a file of this host into the world, and packing them as they are would make an archive that
 * nobody can load safely.
 */
import { lstatSync, readdirSync, readlinkSync, realpathSync, type Stats } from 'node:fs'
import { dirname, relative } from 'node:path'
import { linkFault } from '../../archive/member-policy.ts'
import { type AbsolutePath, absolutePath, below } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { fileError } from '../../system/fs.ts'

/** Something that cannot be packed. */
export interface Problem {
  readonly kind: 'name' | 'link' | 'special'
  readonly message: string
}

/** What lies in a directory. Paths are relative to it. */
export type WalkedEntry =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  | WalkedFile

export interface WalkedFile {
  readonly kind: 'file'
  readonly path: string
  /** By its owner. */
  readonly executable: boolean
  /** Seconds since the epoch. */
  readonly mtime: number
  readonly content: { readonly from: AbsolutePath; readonly bytes: number }
}

/** Whether something stays out of the package; what is below a directory that does is not looked at. */
export type LeavesOut = (path: string, isDirectory: boolean) => boolean

export interface Walked {
  /** Depth first, in the byte order of names; the directory itself is not among them. */
  readonly entries: readonly WalkedEntry[]
  /** What stays out; directories end in a slash. */
  readonly leftOut: readonly string[]
}

/**
 * @param problems what cannot be packed is added here, for {@link unpackable}
 * @throws {FactoryError} FILE_ACCESS
 */
export function walkDirectory(root: AbsolutePath, problems: Problem[], leavesOut: LeavesOut = () => false): Walked {
  const walk = new Walk(root, problems, leavesOut)
  return { entries: walk.entries(''), leftOut: walk.leftOut }
}

/**
 * One file that is packed for itself.
 *
 * @throws {FactoryError} FILE_ACCESS
 */
export function walkFile(path: string, from: AbsolutePath): WalkedFile {
  return walkedFile(path, from, lstat(from))
}

/** @param problems at least one */
export function unpackable(problems: readonly Problem[]): FactoryError {
  const [first = '', ...others] = problems.map(({ message }) => message)
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  const kinds = new Set(problems.map(({ kind }) => kind))
  return new FactoryError('SOURCE_UNPACKABLE', `${first}${more}`, {
    hint: [...kinds].map((kind) => remedies[kind]).join('; '),
    details: others,
  })
}

const remedies: Readonly<Record<Problem['kind'], string>> = {
  name: 'rename what has an odd name, or delete it if it does not belong to the package',
  link: 'put a copy in the place of a link that leaves (cp --dereference), or delete the link',
  special: 'delete pipes, sockets and devices: they cannot be part of a source',
}

/** A name or a link's target may hold anything, and a message is one line. */
function onOneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

function walkedFile(path: string, from: AbsolutePath, stats: Stats): WalkedFile {
  return {
    kind: 'file',
    path,
    executable: (stats.mode & 0o100) !== 0,
    mtime: Math.max(0, Math.floor(stats.mtimeMs / 1000)),
    content: { from, bytes: stats.size },
  }
}

// Control characters, and what stands for bytes that are no UTF-8. A property of Unicode would take a millisecond to compile.
// oxlint-disable-next-line no-control-regex -- these are the characters to refuse
const unnameable = /[\u0000-\u001f\u007f-\u009f\ufffd]/

class Walk {
  readonly leftOut: string[] = []
  readonly #root: AbsolutePath
  readonly #problems: Problem[]
  readonly #leavesOut: LeavesOut

  constructor(root: AbsolutePath, problems: Problem[], leavesOut: LeavesOut) {
    this.#root = reading(root, () => absolutePath(realpathSync.native(root)))
    this.#problems = problems
    this.#leavesOut = leavesOut
  }

  /** @param dir relative to the root; empty for the root itself */
  entries(dir: string): WalkedEntry[] {
    const path = dir === '' ? this.#root : below(this.#root, dir)
    const names = reading(path, () => readdirSync(path)).map((name) => ({ name, bytes: Buffer.from(name) }))
    return names
      .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
      .flatMap(({ name }) => this.#entry(dir === '' ? name : `${dir}/${name}`))
  }

  #entry(path: string): WalkedEntry[] {
    const from = below(this.#root, path)
    const isUnnameable = unnameable.test(path)
    const stats = isUnnameable ? undefined : lstat(from)
    if (this.#leavesOut(path, stats?.isDirectory() ?? false)) return this.#leaveOut(path, stats)
    if (stats === undefined)
      return this.#problem('name', path, 'has a name with control characters or that is not UTF-8')
    if (stats.isDirectory()) return [{ kind: 'directory', path }, ...this.entries(path)]
    if (stats.isFile()) return [walkedFile(path, from, stats)]
    if (stats.isSymbolicLink()) return this.#link(path, from)
    return this.#problem('special', path, 'is neither a file, a directory nor a link')
  }

  #link(path: string, from: AbsolutePath): WalkedEntry[] {
    const target = reading(from, () => readlinkSync(from))
    const fault = linkFault(path, target)
    if (fault === undefined) return [{ kind: 'symlink', path, target }]
    const same = this.#relativeTarget(from)
    return same === undefined ? this.#problem('link', path, fault) : [{ kind: 'symlink', path, target: same }]
  }

  /** The target of a link as a plain relative path, when it exists and lies inside. */
  #relativeTarget(link: AbsolutePath): string | undefined {
    try {
      const target = realpathSync.native(link)
      if (target !== this.#root && !target.startsWith(`${this.#root}/`)) return undefined
      return relative(dirname(link), target) || '.'
    } catch {
      return undefined // it leads nowhere
    }
  }

  #leaveOut(path: string, stats: Stats | undefined): [] {
    this.leftOut.push(stats?.isDirectory() ? `${path}/` : path)
    return []
  }

  #problem(kind: Problem['kind'], path: string, what: string): [] {
    this.#problems.push({ kind, message: onOneLine(`${below(this.#root, path)} ${what}`) })
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
