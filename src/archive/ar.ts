/**
 * ar archives as Debian packages are: a magic line, then members, each with a header of 60 characters (deb(5) and ar(5)
 * manual pages). Names longer than 16 characters have no common form, and none here.
 */
import { FactoryError } from '../errors.ts'
import { type OpenFile, type Range, readExactly } from './file-range.ts'

export const arMagic = '!<arch>\n'
export const arHeaderBytes = 60

/** What the ten digits of a header can say. */
export const largestArMember = 9_999_999_999

export interface ArEntry {
  /** Up to 16 characters, without blanks or slashes. */
  readonly name: string
  /** Seconds since the epoch. */
  readonly mtime: number
  readonly bytes: number
}

/** The header of a regular file that belongs to root and has the mode 0644. Its size must not exceed {@link largestArMember}. */
export function encodeArHeader({ name, mtime, bytes }: ArEntry): Buffer {
  const fields: readonly (readonly [string, number])[] = [
    [name, 16],
    [String(mtime), 12],
    ['0', 6],
    ['0', 6],
    ['100644', 8],
    [String(bytes), 10],
  ]
  const tooLong = fields.find(([text, width]) => text.length > width)
  if (tooLong !== undefined) throw new Error(`${JSON.stringify(tooLong[0])} does not fit the header of an ar member`)
  return Buffer.from(`${fields.map(([text, width]) => text.padEnd(width)).join('')}\`\n`, 'latin1')
}

/** What follows the content of a member, so that the next header begins at an even place. */
export function arPadding(bytes: number): Buffer {
  return Buffer.from(bytes % 2 === 0 ? '' : '\n')
}

export interface ArMember extends ArEntry {
  /** Where its content is. */
  readonly range: Range
}

/** More than any Debian package has: debsigs adds one per signature. */
const mostMembers = 64

/**
 * Reads the headers of an archive that nobody vouches for; the contents stay in the file.
 *
 * @param size of the file in bytes
 * @returns undefined when the file does not begin as an ar archive
 * @throws {FactoryError} PACKAGE_INVALID when a header is damaged or a member reaches beyond the file; FILE_ACCESS
 */
export function readArMembers(file: OpenFile, size: number): ArMember[] | undefined {
  const begin = { offset: 0, bytes: Math.min(arMagic.length, size) }
  if (readExactly(file, begin).toString('latin1') !== arMagic) return undefined
  const members: ArMember[] = []
  for (let at = arMagic.length; at < size; ) {
    if (members.length === mostMembers) throw damaged(file, `it has more than ${mostMembers} members`)
    const member = readMember(file, at, size)
    members.push(member)
    const end = member.range.offset + member.bytes
    at = end + (end % 2)
  }
  return members
}

function readMember(file: OpenFile, at: number, size: number): ArMember {
  if (at + arHeaderBytes > size) throw damaged(file, 'it ends within the header of a member')
  const header = readExactly(file, { offset: at, bytes: arHeaderBytes }).toString('latin1')
  if (!header.endsWith('`\n')) throw damaged(file, `there is no header of a member at byte ${at}`)
  const name = header.slice(0, 16).trimEnd().replace(/\/$/, '')
  if (!/^[\x21-\x2e\x30-\x7e]+$/.test(name)) throw damaged(file, `a member has the name ${JSON.stringify(name)}`)
  const bytes = numberIn(header.slice(48, 58))
  if (bytes === undefined) throw damaged(file, `the size of ${name} is ${JSON.stringify(header.slice(48, 58))}`)
  const offset = at + arHeaderBytes
  if (offset + bytes > size) throw damaged(file, `it ends within ${name}, which should have ${bytes} bytes`)
  return { name, bytes, mtime: numberIn(header.slice(16, 28)) ?? 0, range: { offset, bytes } }
}

function numberIn(field: string): number | undefined {
  return /^\d+ *$/.test(field) ? Number(field) : undefined
}

function damaged({ path }: OpenFile, why: string): FactoryError {
  return new FactoryError('PACKAGE_INVALID', `${path} is damaged or incomplete: ${why}`, {
    hint: 'fetch or make the package again',
  })
}
