/**
 * The signature appended to a kernel module (Documentation/admin-guide/module-signing.rst and
 * include/linux/module_signature.h of the kernel). Reads who signed; does not verify.
 */
import { type DerElement, derElements, derTag, oidText } from './der.ts'
import type { ByteSource } from './elf.ts'

/** The words `modinfo` uses. Fields the signature does not tell, or tells in a damaged way, are undefined. */
export interface ModuleSignature {
  readonly sigId: 'PGP' | 'X509' | 'PKCS#7' | 'unknown'
  /** The common name of the certificate's issuer. */
  readonly signer: string | undefined
  /** The certificate's serial number, or of the older forms the key's id, as upper-case pairs joined by colons. */
  readonly sigKey: string | undefined
  readonly sigHashAlgorithm: string | undefined
  /** The subject key identifier, for signatures that name their certificate by it instead of by issuer and serial. */
  readonly keyId: string | undefined
}

const marker = '~Module signature appended~\n'
/** algo, hash, id_type, signer_len, key_id_len, three of padding, sig_len as big-endian 32 bit. */
const trailerBytes = 12
const idTypes = ['PGP', 'X509', 'PKCS#7'] as const
/** enum pkey_hash_algo of the older forms. */
const hashNames = ['md4', 'md5', 'sha1', 'rmd160', 'sha256', 'sha384', 'sha512', 'sha224'] as const

const digestNames: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.2.4', 'md4'],
  ['1.2.840.113549.2.5', 'md5'],
  ['1.3.14.3.2.26', 'sha1'],
  ['1.3.36.3.2.1', 'rmd160'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
  ['2.16.840.1.101.3.4.2.4', 'sha224'],
  ['2.16.840.1.101.3.4.2.8', 'sha3-256'],
  ['2.16.840.1.101.3.4.2.9', 'sha3-384'],
  ['2.16.840.1.101.3.4.2.10', 'sha3-512'],
  ['1.2.156.10197.1.401', 'sm3'],
])
const commonName = '2.5.4.3'

/** Undefined when nothing is appended. A damaged signature is one of which little is known, not an error. */
export function readSignature(source: ByteSource): ModuleSignature | undefined {
  const markerAt = source.size - marker.length
  if (markerAt < trailerBytes || source.read(markerAt, marker.length).toString('latin1') !== marker) return undefined
  const trailerAt = markerAt - trailerBytes
  const trailer = source.read(trailerAt, trailerBytes)
  const [, hash = 0, idType = 0, signerLength = 0, keyIdLength = 0] = trailer
  const sigId = idTypes[idType] ?? 'unknown'
  const signatureLength = trailer.readUInt32BE(8)
  const start = trailerAt - signatureLength - keyIdLength - signerLength
  if (start < 0) return { ...nothingKnown, sigId: 'unknown' }
  if (sigId === 'PKCS#7') return { ...readPkcs7(source.read(trailerAt - signatureLength, signatureLength)), sigId }
  if (sigId === 'unknown') return { ...nothingKnown, sigId }
  const names = source.read(start, signerLength + keyIdLength)
  return {
    sigId,
    signer: names.toString('utf8', 0, signerLength),
    sigKey: colonPairs(names.subarray(signerLength)),
    sigHashAlgorithm: hashNames[hash],
    keyId: undefined,
  }
}

/** The module itself: `bytes` up to the signature, as it was before somebody signed it. */
export function withoutSignature(bytes: Uint8Array): Uint8Array {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const trailerAt = file.length - marker.length - trailerBytes
  if (trailerAt < 0 || file.toString('latin1', file.length - marker.length) !== marker) return bytes
  const [, , , signerLength = 0, keyIdLength = 0] = file.subarray(trailerAt)
  const end = trailerAt - file.readUInt32BE(trailerAt + 8) - keyIdLength - signerLength
  return end < 0 ? bytes : bytes.subarray(0, end)
}

const nothingKnown = { signer: undefined, sigKey: undefined, sigHashAlgorithm: undefined, keyId: undefined } as const

/** RFC 5652 section 5: ContentInfo, SignedData, the first SignerInfo. */
function readPkcs7(message: Buffer): Omit<ModuleSignature, 'sigId'> {
  const contentInfo = children(message, derTag.sequence)
  const signedData = children(pick(contentInfo, derTag.context0)?.content, derTag.sequence)
  const signerInfos = signedData?.findLast(({ tag }) => tag === derTag.set)
  const signerInfo = children(signerInfos?.content, derTag.sequence)
  if (signerInfo === undefined) return nothingKnown
  const [, signerId, digestAlgorithm] = signerInfo
  const oid = pick(derElements(digestAlgorithm?.content ?? Buffer.alloc(0)), derTag.oid)
  const sigHashAlgorithm = oid === undefined ? undefined : digestNames.get(oidText(oid.content))
  return { ...nothingKnown, ...(signerId === undefined ? {} : readSignerId(signerId)), sigHashAlgorithm }
}

/** Either the issuer's name and the serial number, or the subject key identifier. */
function readSignerId(signerId: DerElement): Partial<ModuleSignature> {
  if (signerId.tag === derTag.primitiveContext0) return { keyId: colonPairs(signerId.content) }
  const [issuer, serial] = derElements(signerId.content) ?? []
  return {
    signer: issuer === undefined ? undefined : commonNameOf(issuer),
    sigKey: serial?.tag === derTag.integer ? colonPairs(withoutLeadingZeros(serial.content)) : undefined,
  }
}

/** What is inside of the first element, if that has the expected tag. */
function children(bytes: Buffer | undefined, tag: number): DerElement[] | undefined {
  const [first] = derElements(bytes ?? Buffer.alloc(0)) ?? []
  return first?.tag === tag ? derElements(first.content) : undefined
}

function pick(elements: readonly DerElement[] | undefined, tag: number): DerElement | undefined {
  return elements?.find((element) => element.tag === tag)
}

/** A Name is a sequence of sets of (type, value) pairs. */
function commonNameOf(name: DerElement): string | undefined {
  for (const relative of derElements(name.content) ?? []) {
    for (const pair of derElements(relative.content) ?? []) {
      const [type, value] = derElements(pair.content) ?? []
      if (type !== undefined && value !== undefined && oidText(type.content) === commonName) {
        return value.content.toString('utf8')
      }
    }
  }
  return undefined
}

function withoutLeadingZeros(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0)
  return bytes.subarray(first < 0 ? bytes.length : first)
}

function colonPairs(bytes: Buffer): string {
  return [...bytes].map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(':')
}
