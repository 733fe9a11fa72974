/** The 96 bytes before the headers: for file(1) and for telling binary from source (format document of rpm, "Lead"). */

export const leadBytes = 96
export const leadMagic: readonly number[] = [0xed, 0xab, 0xee, 0xdb]

const nameBytes = 66
const headerStyleSignature = 5
const linux = 1
const anyArch = 0

export interface Lead {
  readonly kind: 'binary' | 'source'
  /** The first 65 bytes of `name-[epoch:]version-release`. Nothing relies on it. */
  readonly name: string
}

export function encodeLead(lead: Lead): Buffer {
  const bytes = Buffer.alloc(leadBytes)
  bytes.set([...leadMagic, 3, 0])
  bytes.writeUInt16BE(lead.kind === 'source' ? 1 : 0, 6)
  bytes.writeUInt16BE(anyArch, 8)
  Buffer.from(lead.name).copy(bytes, 10, 0, nameBytes - 1)
  bytes.writeUInt16BE(linux, 76)
  bytes.writeUInt16BE(headerStyleSignature, 78)
  return bytes
}

/** @returns undefined when the bytes are not the lead of a package with header-style signatures (RPM 2.1 and later) */
export function parseLead(bytes: Buffer): Lead | undefined {
  if (bytes.length < leadBytes || leadMagic.some((byte, index) => bytes[index] !== byte)) return undefined
  const major = bytes[4] ?? 0
  const type = bytes.readUInt16BE(6)
  if (major < 3 || major > 4 || type > 1 || bytes.readUInt16BE(78) !== headerStyleSignature) return undefined
  const field = bytes.subarray(10, 10 + nameBytes)
  const end = field.indexOf(0)
  return {
    kind: type === 1 ? 'source' : 'binary',
    name: field.toString('utf8', 0, end === -1 ? nameBytes : end),
  }
}
