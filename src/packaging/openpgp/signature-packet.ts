/**
 * Detached signatures, of bytes that need not be in memory (openpgp's own function keeps a copy of a stream), and that
 * every rpm can read: openpgp marks the creation time as critical, and the parser of rpm up to 4.16 refuses a signature
 * with any critical subpacket (rpmpgp.c, `pgpPrtSubType`; gpg marks none). So the packet is made here with openpgp's
 * parts: keys, hashing and signing stay its own.
 */
import type * as OpenPgp from 'openpgp'

/** Bytes at once or as they come. */
export type SignedData = Uint8Array | AsyncIterable<Uint8Array>

/** What openpgp asks the data of a signature for. */
interface DataPacket {
  readonly text: null
  getBytes(): Uint8Array | ReadableStream<Uint8Array>
}

/** What openpgp's packet does and its types do not say. */
interface SignatureInternals {
  sign(
    key: OpenPgp.SecretKeyPacket | OpenPgp.SecretSubkeyPacket,
    data: DataPacket,
    date: Date,
    detached: boolean,
    config: object,
  ): Promise<void>
  /** The area with its length in front. Called by `sign`, once. */
  writeHashedSubPackets(): Uint8Array
  verify(
    key: OpenPgp.Key['keyPacket'] | OpenPgp.Subkey['keyPacket'],
    type: OpenPgp.enums.signature,
    data: DataPacket,
    date: Date,
    detached: boolean,
  ): Promise<void>
  /** Promised when the data came as a stream. */
  params: unknown
  /** The first two bytes of the digest, as a stream when the data came as one. */
  signedHashValue: Uint8Array | ReadableStream<Uint8Array>
}

function dataPacket(data: SignedData): DataPacket {
  return { text: null, getBytes: () => (data instanceof Uint8Array ? data : ReadableStream.from(data)) }
}

/**
 * @returns the packet, binary
 * @throws {Error} of openpgp, when no part of the key may sign at that time
 */
export async function makeSignature(
  openpgp: typeof OpenPgp,
  data: SignedData,
  key: OpenPgp.PrivateKey,
  date: Date,
): Promise<Uint8Array> {
  const { keyPacket } = await key.getSigningKey(undefined, date)
  if (!('privateParams' in keyPacket)) throw new Error('the key has no secret part')
  const packet = new openpgp.SignaturePacket()
  packet.signatureType = openpgp.enums.signature.binary
  packet.publicKeyAlgorithm = keyPacket.algorithm
  packet.hashAlgorithm = hashFor(openpgp, keyPacket.algorithm)
  const internals = packet as unknown as SignatureInternals
  const written = internals.writeHashedSubPackets.bind(packet)
  internals.writeHashedSubPackets = () => uncritical(written())
  // A salt would make each signature of the same header another.
  const config = { ...openpgp.config, nonDeterministicSignaturesViaNotation: false }
  await internals.sign(keyPacket, dataPacket(data), date, true, config)
  internals.params = await internals.params
  internals.signedHashValue = await wholeOf(internals.signedHashValue)
  const list = new openpgp.PacketList<OpenPgp.SignaturePacket>()
  list.push(packet)
  return list.write()
}

async function wholeOf(bytes: Uint8Array | ReadableStream<Uint8Array>): Promise<Uint8Array> {
  if (bytes instanceof Uint8Array) return bytes
  const parts: Uint8Array[] = []
  for await (const part of bytes) parts.push(part)
  return Buffer.concat(parts)
}

/** SHA-256 for RSA, as rpm's own digests; elliptic curves are given what openpgp holds strong enough for each. */
function hashFor(openpgp: typeof OpenPgp, algorithm: OpenPgp.enums.publicKey): OpenPgp.enums.hash {
  const { rsaEncryptSign, rsaSign } = openpgp.enums.publicKey
  const { sha256, sha512 } = openpgp.enums.hash
  return algorithm === rsaEncryptSign || algorithm === rsaSign ? sha256 : sha512
}

const criticalBit = 0x80

/** The subpackets that openpgp writes for a plain signature are all shorter than 192 bytes, so each length is one byte. */
function uncritical(area: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(area)
  for (let at = 2; at < changed.length; at += 1 + (changed[at] ?? 0)) {
    changed[at + 1] = (changed[at + 1] ?? 0) & ~criticalBit
  }
  return changed
}

/**
 * Checks one signature of a list against one key.
 *
 * @throws {Error} of openpgp, when it is not a good one
 */
export async function checkSignature(
  packet: OpenPgp.SignaturePacket,
  data: SignedData,
  key: OpenPgp.Key,
  now: Date,
): Promise<void> {
  const { keyPacket } = await key.getSigningKey(packet.issuerKeyID, packet.created ?? now)
  const internals = packet as unknown as SignatureInternals
  await internals.verify(keyPacket, packet.signatureType ?? 0, dataPacket(data), now, true)
}
