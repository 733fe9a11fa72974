/** The little of an OpenPGP signature packet that decides where a package stores it (RFC 9580 sections 4.2 and 5.2). */

export interface SignaturePacket {
  readonly version: number
  /** 0 for a signature of binary data. */
  readonly type: number
  /** Numbers of RFC 9580 sections 9.1 and 9.5. */
  readonly publicKeyAlgorithm: number
  readonly hashAlgorithm: number
  /** The last 8 bytes of the key's fingerprint in hexadecimal, when the packet says. */
  readonly issuer?: string
}

const signatureTag = 2
const issuerSubpacket = 16

/** @returns undefined when the bytes do not begin with a signature packet of version 4 */
export function readSignaturePacket(bytes: Uint8Array): SignaturePacket | undefined {
  const body = packetBody(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
  if (body === undefined || body.length < 6 || body[0] !== 4) return undefined
  const [version = 0, type = 0, publicKeyAlgorithm = 0, hashAlgorithm = 0] = body
  const hashed = subpacketArea(body, 4)
  const unhashed = hashed === undefined ? undefined : subpacketArea(body, hashed.end)
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

function subpacketArea(body: Buffer, at: number): { readonly bytes: Buffer; readonly end: number } | undefined {
  if (body.length < at + 2) return undefined
  const end = at + 2 + body.readUInt16BE(at)
  return end > body.length ? undefined : { bytes: body.subarray(at + 2, end), end }
}

function findIssuer(area: Buffer): string | undefined {
  for (let at = 0; at < area.length; ) {
    const length = newLength(area, at)
    if (length === undefined || length.value === 0) return undefined
    const type = (area[length.next] ?? 0) & 0x7f
    if (type === issuerSubpacket && length.value === 9 && length.next + 9 <= area.length) {
      return area.toString('hex', length.next + 1, length.next + 9)
    }
    at = length.next + length.value
  }
  return undefined
}
