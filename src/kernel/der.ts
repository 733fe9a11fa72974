/** The few rules of DER (ITU-T X.690) that finding the signer in a PKCS#7 message takes. */

export interface DerElement {
  /** The whole first octet: class, constructed bit and number. Tags above 30 are not used by PKCS#7. */
  readonly tag: number
  readonly content: Buffer
}

export const derTag = {
  integer: 0x02,
  octetString: 0x04,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
  context0: 0xa0,
  primitiveContext0: 0x80,
} as const

/**
 * The elements that follow each other in `bytes`, or undefined when the bytes are not DER. Bytes after the last element
 * that are all zero are padding.
 */
export function derElements(bytes: Buffer): DerElement[] | undefined {
  const elements: DerElement[] = []
  let at = 0
  while (at < bytes.length && !isPadding(bytes, at)) {
    const length = lengthAt(bytes, at + 1)
    if (length === undefined) return undefined
    const end = length.contentAt + length.length
    if (end > bytes.length) return undefined
    elements.push({ tag: bytes.readUInt8(at), content: bytes.subarray(length.contentAt, end) })
    at = end
  }
  return elements
}

function isPadding(bytes: Buffer, at: number): boolean {
  return bytes[at] === 0 && bytes.subarray(at).every((byte) => byte === 0)
}

function lengthAt(bytes: Buffer, at: number): { readonly contentAt: number; readonly length: number } | undefined {
  const first = bytes[at]
  if (first === undefined) return undefined
  if (first < 0x80) return { contentAt: at + 1, length: first }
  const size = first & 0x7f
  if (size === 0 || size > 4 || at + 1 + size > bytes.length) return undefined
  return { contentAt: at + 1 + size, length: bytes.readUIntBE(at + 1, size) }
}

/** The dotted form of an object identifier. */
export function oidText(content: Buffer): string {
  const numbers: number[] = []
  let value = 0
  for (const octet of content) {
    value = value * 128 + (octet & 0x7f)
    if ((octet & 0x80) !== 0) continue
    numbers.push(value)
    value = 0
  }
  const [first = 0, ...rest] = numbers
  const top = Math.min(2, Math.floor(first / 40))
  return [top, first - top * 40, ...rest].join('.')
}
