/**
 * What an archive holds, noted while it is read: every member's path and kind, and the text of those small files that
 * tell what kind of archive it is or that a dkms.conf may read.
 */
import { posix } from 'node:path'
import type { TarMember } from '../archive/member-policy.ts'
import type { MemberSink } from '../archive/tar-read.ts'

/** Larger than any dkms.conf, and than what one reads. */
const textBytes = 64 * 1024
const allTextBytes = 8 * 1024 * 1024

export class Survey {
  readonly #members = new Map<string, TarMember>()
  readonly #texts = new Map<string, string>()
  #textRoom = allTextBytes

  /** @returns what takes the content, when the survey wants it */
  add(member: TarMember): MemberSink | undefined {
    if (member.path === '') return undefined
    this.#members.set(member.path, member)
    if (member.kind !== 'file' || !this.#wantsText(member)) return undefined
    this.#textRoom -= member.bytes
    const parts: Buffer[] = []
    return {
      write: (chunk) => void parts.push(Buffer.from(chunk)),
      end: () => void this.#texts.set(member.path, Buffer.concat(parts).toString('utf8')),
    }
  }

  get members(): ReadonlyMap<string, TarMember> {
    return this.#members
  }

  /** The text of a small file, through links inside the archive; undefined when there is none or it is too large. */
  textOf(path: string): string | undefined {
    return this.#texts.get(this.#follow(path) ?? path)
  }

  /** Texts of the files beside a member, by name. */
  textsBeside(path: string): Readonly<Record<string, string>> {
    const directory = posix.dirname(path)
    const beside = [...this.#texts].filter(([other]) => posix.dirname(other) === directory)
    return Object.fromEntries(beside.map(([other, text]) => [posix.basename(other), text]))
  }

  /** Paths below a directory of the archive, relative to it. */
  *below(directory: string): Generator<readonly [string, TarMember]> {
    const prefix = directory === '' ? '' : `${directory}/`
    for (const [path, member] of this.#members) {
      if (path.startsWith(prefix)) yield [path.slice(prefix.length), member]
    }
  }

  #wantsText({ path, bytes }: TarMember): boolean {
    if (bytes > textBytes || bytes > this.#textRoom) return false
    return path.split('/').length <= 3 || posix.basename(path) === 'dkms.conf'
  }

  #follow(path: string): string | undefined {
    let current = path
    for (let steps = 0; steps < 10; steps += 1) {
      const member = this.#members.get(current)
      if (member === undefined) return undefined
      if (member.kind === 'file') return current
      if (member.target === undefined) return undefined
      current = member.kind === 'hardlink' ? member.target : posix.join(posix.dirname(current), member.target)
    }
    return undefined
  }
}
