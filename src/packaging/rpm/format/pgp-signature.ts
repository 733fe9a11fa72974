/**
 * Detached signatures that every rpm can read. openpgp marks the creation time as critical, and the parser of rpm up to
 * 4.16 refuses a signature with any critical subpacket (rpmpgp.c, `pgpPrtSubType`; gpg marks none), so the packet is made
 * here with openpgp's parts: keys, hashing and signing stay its own.
 */
import type * as OpenPgp from 'openpgp'

/** What openpgp's packet does and its types do not say. */
interface SignatureInternals {
  sign(
    key: OpenPgp.SecretKeyPacket | OpenPgp.SecretSubkeyPacket,
    data: object,
    date: Date,
    detached: boolean,
    config: object,
  ): Promise<void>
  /** The area with its length in front. Called by `sign`, once. */
  writeHashedSubPackets(): Uint8Array
}

/**
 * @returns the packet, binary
 * @throws {Error} of openpgp, when no part of the key may sign at that time
 */
export async function makeSignature(
  openpgp: typeof OpenPgp,
  data: Uint8Array,
  key: OpenPgp.PrivateKey,
  date: Date,
): Promise<Uint8Array> {
  const { keyPacket } = await key.getSigningKey(undefined, date)
  const message = await openpgp.createMessage({ binary: data })
  const [literal] = message.packets
  if (!('privateParams' in keyPacket) || literal === undefined) throw new Error('the key has no secret part')
  const packet = new openpgp.SignaturePacket()
  packet.signatureType = openpgp.enums.signature.binary
  packet.publicKeyAlgorithm = keyPacket.algorithm
  packet.hashAlgorithm = hashFor(openpgp, keyPacket.algorithm)
  const internals = packet as unknown as SignatureInternals
  const written = internals.writeHashedSubPackets.bind(packet)
  internals.writeHashedSubPackets = () => uncritical(written())
  // A salt would make each signature of the same header another.
  const config = { ...openpgp.config, nonDeterministicSignaturesViaNotation: false }
  await internals.sign(keyPacket, literal, date, true, config)
  const list = new openpgp.PacketList<OpenPgp.SignaturePacket>()
  list.push(packet)
  return list.write()
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
