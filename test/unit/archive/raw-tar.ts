/** Archives as an attacker or an odd program writes them: every field of a member can be set, right or wrong. */

export interface RawEntry {
  readonly name: string
  /** Type flag; '0' is a file. */
  readonly type?: string
  readonly content?: string | Buffer
  readonly link?: string
  readonly mode?: number
  readonly mtime?: number
  /** Bytes of the size field, when it is to lie. */
  readonly size?: string
  readonly prefix?: string
}

export function rawTar(entries: readonly RawEntry[], end = true): Buffer {
  return Buffer.concat([...entries.map(rawMember), ...(end ? [Buffer.alloc(1024)] : [])])
}

export function rawMember(entry: RawEntry): Buffer {
  const content = Buffer.from(entry.content ?? '')
  const header = Buffer.alloc(512)
  header.write(entry.name, 0, 100, 'utf8')
  header.write(octal(entry.mode ?? 0o644, 7), 100)
  header.write(octal(0, 7), 108)
  header.write(octal(0, 7), 116)
  header.write(entry.size ?? octal(content.length, 11), 124)
  header.write(octal(entry.mtime ?? 1_600_000_000, 11), 136)
  header.write(entry.type ?? '0', 156)
  header.write(entry.link ?? '', 157, 100, 'utf8')
  header.write('ustar\u000000', 257)
  header.write(entry.prefix ?? '', 345, 155, 'utf8')
  return Buffer.concat([withChecksum(header), content, Buffer.alloc((512 - (content.length % 512)) % 512)])
}

export function withChecksum(header: Buffer): Buffer {
  header.fill(' ', 148, 156)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${octal(sum, 6)}\0 `, 148)
  return header
}

/** A pax extended header for the member that follows it. */
export function paxHeader(records: Readonly<Record<string, string>>): RawEntry {
  const content = Object.entries(records).map(([key, value]) => paxRecord(key, value))
  return { name: 'PaxHeader/x', type: 'x', content: content.join('') }
}

function paxRecord(key: string, value: string): string {
  const body = ` ${key}=${value}\n`
  let length = Buffer.byteLength(body)
  while (length !== Buffer.byteLength(`${length}${body}`)) length += 1
  return `${length}${body}`
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0')
}
