/**
 * What a member of an archive may be called, be, and point to. Checked on the text alone, before anything is written:
 *
 * - paths are relative, and no part of one is `..`, empty in the middle, or holds a control character or a byte that is
 *   not UTF-8;
 * - nothing comes twice, and nothing lies below a member that is not a directory, so nothing is written through a link;
 * - a symbolic link may climb only from its own directory and only within the archive. All its `..` come first: the
 *   directories it climbs through are then real ones, never links, and the text says where it ends. A reader that only
 *   lists an archive may allow links to anywhere, which packages of a distribution have;
 * - a hard link names a file that came before it;
 * - devices, FIFOs, sparse files and unknown kinds are refused.
 */
import { FactoryError } from '../errors.ts'

export interface TarMember {
  readonly kind: 'file' | 'directory' | 'symlink' | 'hardlink'
  /** Relative, without a leading `./` or a trailing slash; empty for the root itself. */
  readonly path: string
  readonly executable: boolean
  /** Permission bits as written, 0 to 0o7777. */
  readonly mode: number
  /** Numbers of user and group. */
  readonly uid: number
  readonly gid: number
  /** Of a hard link: those of the file it names. */
  readonly bytes: number
  /** Seconds since the epoch. */
  readonly mtime: number | undefined
  /** Of a symbolic link as written; of a hard link in the form of `path`. */
  readonly target: string | undefined
}

/** The part of node-tar's entry that is judged. */
export interface RawMember {
  readonly type: string
  readonly path: string
  readonly linkpath?: string | undefined
  readonly mode?: number | undefined
  readonly size: number
  readonly mtime?: Date | undefined
  readonly uid?: number | undefined
  readonly gid?: number | undefined
}

/** Where symbolic links may lead: within the archive, or wherever they say. */
export type LinkRule = 'inside' | 'anywhere'

const kinds: Readonly<Record<string, TarMember['kind']>> = {
  File: 'file',
  OldFile: 'file',
  ContiguousFile: 'file',
  Directory: 'directory',
  SymbolicLink: 'symlink',
  Link: 'hardlink',
}

const kindNames: Readonly<Record<string, string>> = {
  CharacterDevice: 'a character device',
  BlockDevice: 'a block device',
  FIFO: 'a FIFO',
  SparseFile: 'a sparse file',
}

interface Seen {
  readonly kind: TarMember['kind']
  readonly bytes: number
}

const impliedDirectory: Seen = { kind: 'directory', bytes: 0 }

/** Judges the members of one archive in their order. */
export class MemberPolicy {
  readonly #archive: string
  readonly #links: LinkRule
  readonly #seen = new Map<string, Seen>()

  constructor(archive: string, links: LinkRule = 'inside') {
    this.#archive = archive
    this.#links = links
  }

  /** @throws {FactoryError} ARCHIVE_UNSAFE, with the member and the reason */
  admit(raw: RawMember): TarMember {
    const kind = kinds[raw.type]
    if (kind === undefined) throw this.#refuse(raw.path, `is ${kindNames[raw.type] ?? `of the kind ${raw.type}`}`)
    const path = this.#cleanPath(raw.path)
    if (path === '' && kind !== 'directory') throw this.#refuse(raw.path, 'stands for the whole archive')
    const target = this.#target(kind, path, raw.linkpath ?? '')
    const bytes = kind === 'hardlink' ? (this.#seen.get(target ?? '')?.bytes ?? 0) : kind === 'file' ? raw.size : 0
    this.#place(path, { kind, bytes })
    return { kind, path, bytes, target, ...attributesOf(raw) }
  }

  #cleanPath(text: string): string {
    this.#assertText(text, text)
    if (text.startsWith('/')) throw this.#refuse(text, 'is an absolute path')
    const parts = text.split('/').filter((part) => part !== '' && part !== '.')
    if (parts.includes('..')) throw this.#refuse(text, 'climbs out of its directory')
    return parts.join('/')
  }

  #assertText(text: string, member: string): void {
    if (/\p{Cc}/u.test(text)) throw this.#refuse(member, 'has a control character in its name or target')
    if (text.includes('�')) throw this.#refuse(member, 'has a name or target that is not UTF-8')
    if (Buffer.byteLength(text) > 4096 || text.split('/').some((part) => Buffer.byteLength(part) > 255)) {
      throw this.#refuse(member, 'has a name or target that is longer than a file system allows')
    }
  }

  /** Directories may come again (as in archives made by appending); a directory that was only implied counts as one. */
  #place(path: string, member: Seen): void {
    const before = this.#seen.get(path)
    if (before !== undefined && !(before.kind === 'directory' && member.kind === 'directory')) {
      throw this.#refuse(path, 'comes twice')
    }
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const parent = path.slice(0, slash)
      const parentKind = this.#seen.get(parent)?.kind
      if (parentKind === 'directory') break
      if (parentKind !== undefined) throw this.#refuse(path, `lies below ${parent}, which is not a directory`)
      this.#seen.set(parent, impliedDirectory)
    }
    this.#seen.set(path, member)
  }

  #target(kind: TarMember['kind'], path: string, text: string): string | undefined {
    if (kind === 'hardlink') {
      const target = this.#cleanPath(text)
      const named = this.#seen.get(target)?.kind
      if (named === 'file' || named === 'hardlink') return target
      throw this.#refuse(path, `is a hard link to ${text}, which is no file that came before it`)
    }
    if (kind !== 'symlink') return undefined
    this.#assertText(text, path)
    const fault = this.#links === 'inside' ? linkFault(path, text) : text === '' ? 'is a link to nothing' : undefined
    if (fault !== undefined) throw this.#refuse(path, fault)
    return text
  }

  #refuse(member: string, reason: string): FactoryError {
    return new FactoryError('ARCHIVE_UNSAFE', `${this.#archive}: the member ${JSON.stringify(member)} ${reason}`, {
      hint: 'nothing was written; do not use this archive unless you know who made it and why it is so',
    })
  }
}

/**
 * Why a symbolic link may not stand in an archive, or undefined when it may.
 *
 * @param path of the link, relative to the root that its target may not leave
 */
export function linkFault(path: string, target: string): string | undefined {
  if (target === '') return 'is a link to nothing'
  if (target.startsWith('/')) return `is a link to the absolute path ${target}`
  const parts = target.split('/').filter((part) => part !== '' && part !== '.')
  const climbs = parts.findIndex((part) => part !== '..')
  const leading = climbs === -1 ? parts.length : climbs
  if (parts.slice(leading).includes('..')) return `is a link that climbs back on its way: ${target}`
  const depth = path.split('/').length - 1
  return leading > depth ? `is a link that leaves the archive: ${target}` : undefined
}

function attributesOf(raw: RawMember): Pick<TarMember, 'executable' | 'mode' | 'uid' | 'gid' | 'mtime'> {
  const mode = (raw.mode ?? 0) & 0o7777
  return {
    executable: (mode & 0o100) !== 0,
    mode,
    uid: raw.uid ?? 0,
    gid: raw.gid ?? 0,
    mtime: secondsOf(raw.mtime),
  }
}

function secondsOf(time: Date | undefined): number | undefined {
  const seconds = time === undefined ? Number.NaN : Math.floor(time.getTime() / 1000)
  // Beyond what file systems with 34-bit seconds can keep, a time is noise.
  return seconds >= 0 && seconds < 2 ** 34 ? seconds : undefined
}
