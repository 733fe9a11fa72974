/** Whether a package is what it was when it was made, and who says so. */
import { createHash, type Hash } from 'node:crypto'
import { hashRange, readRange } from '../../../archive/file-range.ts'
import { isFactoryError } from '../../../errors.ts'
import { now } from '../../../system/clock.ts'
import { type SignatureState, verifyDetached } from '../../openpgp/verify.ts'
import { listFiles } from './file-list.ts'
import { digestAlgorithms } from './flags.ts'
import { payloadArchive } from './payload-read.ts'
import { readSignaturePacket, type SignaturePacket } from './pgp-packet.ts'
import { damaged, type RpmFile } from './read.ts'
import { signatureTags, tags } from './tags.ts'

/** In the words of `rpm -Kv`, and the size of header and payload besides. */
export type CheckName =
  | 'header SHA256 digest'
  | 'header SHA1 digest'
  | 'payload digest'
  | 'payload alternative digest'
  | 'MD5 digest'
  | 'size'

export interface Check {
  readonly name: CheckName
  /** `unknown`: there, and by an algorithm we do not have. */
  readonly state: 'ok' | 'bad' | 'absent' | 'unknown'
}

export interface Verification {
  readonly checks: readonly Check[]
  /** Something vouches for the header, something for the payload, and nothing contradicts. */
  readonly intact: boolean
}

/** @throws {FactoryError} FILE_ACCESS; TOOL_MISSING for an xz or bzip2 payload */
export async function verifyDigests(rpm: RpmFile): Promise<Verification> {
  const md5 = createHash('md5').update(rpm.headerBytes)
  const payload = payloadHash(rpm)
  await hashRange(rpm, rpm.payloadRange, [md5, ...(payload === undefined ? [] : [payload])])
  const checks = [
    { name: 'header SHA256 digest', state: headerDigest(rpm, 'sha256', signatureTags.SHA256HEADER[0]) },
    { name: 'header SHA1 digest', state: headerDigest(rpm, 'sha1', signatureTags.SHA1HEADER[0]) },
    { name: 'payload digest', state: textDigest(rpm, tags.PAYLOADDIGEST[0], payload) },
    { name: 'payload alternative digest', state: await archiveDigest(rpm) },
    { name: 'MD5 digest', state: md5Digest(rpm, md5) },
    { name: 'size', state: sizeCheck(rpm) },
  ] as const satisfies readonly Check[]
  const good = checks.filter(({ state }) => state === 'ok').map(({ name }) => name)
  const vouched =
    good.some((name) => name !== 'size' && !name.startsWith('payload')) &&
    good.some((name) => name === 'MD5 digest' || name.startsWith('payload'))
  return { checks, intact: vouched && checks.every(({ state }) => state !== 'bad') }
}

function headerDigest(rpm: RpmFile, algorithm: 'sha1' | 'sha256', tag: number): Check['state'] {
  const expected = rpm.signature.text(tag)
  if (expected === undefined) return 'absent'
  return createHash(algorithm).update(rpm.headerBytes).digest('hex') === expected.toLowerCase() ? 'ok' : 'bad'
}

function payloadHash(rpm: RpmFile): Hash | undefined {
  const algorithm = digestAlgorithms.get(rpm.header.number(tags.PAYLOADDIGESTALGO[0]) ?? 0)
  return algorithm === undefined ? undefined : createHash(algorithm)
}

function textDigest(rpm: RpmFile, tag: number, hash: Hash | undefined): Check['state'] {
  const expected = rpm.header.text(tag)
  if (expected === undefined) return 'absent'
  if (hash === undefined) return 'unknown'
  return hash.digest('hex') === expected.toLowerCase() ? 'ok' : 'bad'
}

async function archiveDigest(rpm: RpmFile): Promise<Check['state']> {
  const hash = payloadHash(rpm)
  if (hash === undefined || !rpm.header.has(tags.PAYLOADDIGESTALT[0])) {
    return textDigest(rpm, tags.PAYLOADDIGESTALT[0], hash)
  }
  try {
    let room = largestArchive(rpm)
    for await (const chunk of payloadArchive(rpm)) {
      room -= chunk.length
      if (room < 0) return 'bad'
      hash.update(chunk)
    }
  } catch (error) {
    if (isFactoryError(error, 'ARCHIVE_UNREADABLE', 'PACKAGE_INVALID')) return 'bad'
    throw error
  }
  return textDigest(rpm, tags.PAYLOADDIGESTALT[0], hash)
}

/** More than an archive of the listed files can have: what goes on beyond is there to keep readers busy. */
function largestArchive(rpm: RpmFile): number {
  const perFile = 1024
  return listFiles(rpm).reduce((sum, { size, path }) => sum + size + Buffer.byteLength(path) + perFile, 64 * 1024)
}

function md5Digest(rpm: RpmFile, hash: Hash): Check['state'] {
  const expected = rpm.signature.bytes(signatureTags.SIGMD5[0])
  if (expected === undefined) return 'absent'
  return hash.digest().equals(expected) ? 'ok' : 'bad'
}

function sizeCheck(rpm: RpmFile): Check['state'] {
  const expected = rpm.signature.number(signatureTags.LONGSIGSIZE[0]) ?? rpm.signature.number(signatureTags.SIGSIZE[0])
  if (expected === undefined) return 'absent'
  return expected === rpm.headerRange.bytes + rpm.payloadRange.bytes ? 'ok' : 'bad'
}

/** A signature, as stored. */
export interface StoredSignature {
  readonly tag: 'OPENPGP' | 'RSAHEADER' | 'DSAHEADER' | 'SIGPGP' | 'SIGGPG'
  /** `package`: header and payload, as rpm signed before it kept a digest of the payload in the header. */
  readonly covers: 'header' | 'package'
  readonly bytes: Uint8Array
  /** Undefined when the packet is not one we can read. */
  readonly packet?: SignaturePacket
}

/** Far more than anybody signs with; each is checked, which takes its time. */
const mostSignatures = 100

/**
 * Every signature the package carries: any number of rpm 6, one by tag of rpm 4.
 *
 * @throws {FactoryError} PACKAGE_INVALID when it carries more than anybody makes
 */
export function storedSignatures(rpm: RpmFile): StoredSignature[] {
  const count = rpm.signature.count(signatureTags.OPENPGP[0])
  if (count > mostSignatures) throw damaged(rpm.path, `it carries ${count} signatures`)
  const listed = rpm.signature.texts(signatureTags.OPENPGP[0])
  return [
    ...listed.map((text) => stored('OPENPGP', 'header', Buffer.from(text, 'base64'))),
    ...single(rpm, 'RSAHEADER', 'header'),
    ...single(rpm, 'DSAHEADER', 'header'),
    ...single(rpm, 'SIGPGP', 'package'),
    ...single(rpm, 'SIGGPG', 'package'),
  ]
}

function single(
  rpm: RpmFile,
  tag: Exclude<StoredSignature['tag'], 'OPENPGP'>,
  covers: StoredSignature['covers'],
): StoredSignature[] {
  const bytes = rpm.signature.bytes(signatureTags[tag][0])
  return bytes === undefined ? [] : [stored(tag, covers, bytes)]
}

function stored(tag: StoredSignature['tag'], covers: StoredSignature['covers'], bytes: Uint8Array): StoredSignature {
  const packet = readSignaturePacket(bytes)
  return { tag, covers, bytes, ...(packet === undefined ? {} : { packet }) }
}

export interface CheckedSignature extends StoredSignature {
  readonly state: SignatureState
}

/**
 * @param keyFiles OpenPGP public keys, armored or binary
 * @param at milliseconds since the epoch: a signature from later than that is bad
 * @throws {FactoryError} PACKAGE_KEY_UNUSABLE when a key file holds no key; PACKAGE_INVALID, FILE_ACCESS
 */
export async function verifySignatures(
  rpm: RpmFile,
  keyFiles: readonly string[],
  at: number = now(),
): Promise<CheckedSignature[]> {
  const checked: CheckedSignature[] = []
  for (const one of storedSignatures(rpm)) {
    const data = () => (one.covers === 'header' ? rpm.headerBytes : signedPackage(rpm))
    const { state } = await verifyDetached(data, one.bytes, { keyFiles, now: at })
    checked.push({ ...one, state })
  }
  return checked
}

async function* signedPackage(rpm: RpmFile): AsyncGenerator<Uint8Array> {
  yield rpm.headerBytes
  yield* readRange(rpm, rpm.payloadRange)
}
