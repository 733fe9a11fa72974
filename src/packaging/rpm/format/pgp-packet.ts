/** The little of an OpenPGP signature packet that decides where a package stores it (RFC 9580 sections 4.2 and 5.2). */

export interface SignaturePacket {
  readonly version: number
  /** 0 for a signature of binary data. */
  readonly type: number
  /** Numbers of RFC 9580 sections 9.1 and 9.5. */
  readonly publicKeyAlgorithm: number
  readonly hashAlgorithm: number
  /** The key's id in hexadecimal, when the packet says: of its fingerprint the last 8 bytes, since version 6 the first. */
  readonly issuer?: string
}

const signatureTag = 2
const issuerSubpacket = 16
const fingerprintSubpacket = 33

/** @returns undefined when the bytes do not begin with a signature packet of version 4 or 6 */
export function readSignaturePacket(bytes: Uint8Array): SignaturePacket | undefined {
  const body = packetBody(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
  if (body === undefined || body.length < 6) return undefined
  const [version = 0, type = 0, publicKeyAlgorithm = 0, hashAlgorithm = 0] = body
  if (version !== 4 && version !== 6) return undefined
  const width = version === 6 ? 4 : 2
  const hashed = subpacketArea(body, 4, width)
  const unhashed = hashed === undefined ? undefined : subpacketArea(body, hashed.end, width)
  const areas = [hashed, unhashed].filter((area) => area !== undefined)
  const issuer = areas.map(({ bytes: area }) => findIssuer(area)).find((one) => one !== undefined)
  return { version, type, publicKeyAlgorithm, hashAlgorithm, ...(issuer === undefined ? {} : { issuer }) }
}

function packetBody(bytes: Buffer): Buffer | undefined {
  const first = bytes[0] ?? 0
  if ((first & 0x80) === 0) return undefined
  const newFormat = (first & 0x40) !== 0
  const tag = newFormat ? first & 0x3f : (first >> 2) & 0x0f
  const length = newFormat ? newLength(bytes, 1) : oldLength(bytes, first & 3)
  if (tag !== signatureTag || length === undefined) return undefined
  const end = length.next + length.value
  return end > bytes.length ? undefined : bytes.subarray(length.next, end)
}

interface Length {
  readonly value: number
  /** Where what it measures begins. */
  readonly next: number
}

function oldLength(bytes: Buffer, type: number): Length | undefined {
  const size = [1, 2, 4][type]
  if (size === undefined || bytes.length < 1 + size) return undefined
  return { value: bytes.readUIntBE(1, size), next: 1 + size }
}

/** Lengths of new-format packets and of subpackets. Partial lengths are not for signatures. */
function newLength(bytes: Buffer, at: number): Length | undefined {
  const first = bytes[at]
  if (first === undefined) return undefined
  if (first < 192) return { value: first, next: at + 1 }
  if (first < 255) {
    const second = bytes[at + 1]
    return second === undefined || first >= 224
      ? undefined
      : { value: (first - 192) * 256 + second + 192, next: at + 2 }
  }
  return bytes.length < at + 5 ? undefined : { value: bytes.readUInt32BE(at + 1), next: at + 5 }
}

/** @param width of its length, in bytes */
function subpacketArea(
  body: Buffer,
  at: number,
  width: number,
): { readonly bytes: Buffer; readonly end: number } | undefined {
  const start = at + width
  if (body.length < start) return undefined
  const end = start + body.readUIntBE(at, width)
  return end > body.length ? undefined : { bytes: body.subarray(start, end), end }
}

function findIssuer(area: Buffer): string | undefined {
  for (let at = 0; at < area.length; ) {
    const length = newLength(area, at)
    if (length === undefined || length.value === 0) return undefined
    const value = area.subarray(length.next, length.next + length.value)
    const issuer = value.length === length.value ? issuerIn(value) : undefined
    if (issuer !== undefined) return issuer
    at = length.next + length.value
  }
  return undefined
}

/** @param subpacket its type, then what it holds: a key id, or the version and the fingerprint of a key */
function issuerIn(subpacket: Buffer): string | undefined {
  const type = (subpacket[0] ?? 0) & 0x7f
  if (type === issuerSubpacket && subpacket.length === 9) return subpacket.toString('hex', 1)
  if (type !== fingerprintSubpacket) return undefined
  if (subpacket[1] === 4 && subpacket.length === 22) return subpacket.toString('hex', 14)
  return subpacket[1] === 6 && subpacket.length === 34 ? subpacket.toString('hex', 2, 10) : undefined
}
