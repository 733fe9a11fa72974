/**
 * Files in OpenPGP messages that are signed and not encrypted, as `gpg --sign` makes them (RFC 9580 section 10.3): a
 * one-pass signature packet, the file, and the signature, which is the one a detached signature has.
 */
import type * as OpenPgp from 'openpgp'
import { FactoryError } from '../../errors.ts'

/** What stands before the file in a message; the signature itself follows it. */
export interface MessageFrame {
  readonly head: Uint8Array
  readonly tail: Uint8Array
}

/** What the length field of a literal data packet can say, less its own fields. */
const mostBytes = 2 ** 32 - 1 - 6

/**
 * @param signature of the file, detached and binary
 * @param bytes size of the file
 * @throws {FactoryError} PACKAGE_SIGNING_FAILED for a signature that cannot stand in a message, and for a file of 4 GiB
 */
export async function frameMessage(signature: Uint8Array, bytes: number): Promise<MessageFrame> {
  const openpgp = await import('openpgp')
  const [packet] = (await openpgp.readSignature({ binarySignature: signature })).packets
  if (packet === undefined || bytes > mostBytes) {
    throw new FactoryError('PACKAGE_SIGNING_FAILED', `${bytes} bytes cannot be put into one signed message`, {
      hint: 'sign the file with a detached signature',
    })
  }
  return { head: Buffer.concat([onePassSignature(packet), literalHeader(bytes)]), tail: signature }
}

type Signature = OpenPgp.SignaturePacket

const oneAndOnly = 1

/** RFC 9580 section 5.4, version 3: what a reader has to know before the file comes. */
function onePassSignature({ signatureType, hashAlgorithm, publicKeyAlgorithm, issuerKeyID }: Signature): Buffer {
  const key = Buffer.from(issuerKeyID.toHex(), 'hex')
  const kinds = [signatureType, hashAlgorithm, publicKeyAlgorithm].map((kind) => kind ?? 0)
  const body = Buffer.from([3, ...kinds, ...key, oneAndOnly])
  return Buffer.concat([Buffer.from([0xc4, body.length]), body])
}

/** RFC 9580 section 5.9: binary, without a name and without a time. */
function literalHeader(bytes: number): Buffer {
  const header = Buffer.alloc(12)
  header.set([0xcb, 0xff])
  header.writeUInt32BE(bytes + 6, 2)
  header[6] = 'b'.charCodeAt(0)
  return header
}

/** A message that was taken apart. */
export interface SignedMessage {
  readonly content: Uint8Array
  /** Binary; absent when nobody signed it. */
  readonly signature: Uint8Array | undefined
}

/** Far above any driver update: what it stops is a message that was made to fill the memory. */
const mostUnpacked = 512 * 2 ** 20

/**
 * Whether the first bytes are those of such a message: its armor, or a packet of compressed data or of a one-pass
 * signature in the old or new form of its tag.
 */
export function looksLikeMessage(head: Uint8Array): boolean {
  const [first = 0] = head
  if (Buffer.from(head).toString('latin1').startsWith('-----BEGIN PGP MESSAGE-----')) return true
  return (first & 0xfc) === 0x90 || (first & 0xfc) === 0xa0 || first === 0xc4 || first === 0xc8
}

/** @returns undefined when it is none, or is damaged so that its file cannot be got out */
export async function readSignedMessage(bytes: Uint8Array): Promise<SignedMessage | undefined> {
  const openpgp = await import('openpgp')
  const config = { ...openpgp.config, maxDecompressedMessageSize: mostUnpacked }
  try {
    const isArmored = bytes[0] === '-'.charCodeAt(0)
    const message = isArmored
      ? await openpgp.readMessage({ armoredMessage: Buffer.from(bytes).toString('latin1'), config })
      : await openpgp.readMessage({ binaryMessage: bytes, config })
    const { data, signatures } = await openpgp.verify({ message, verificationKeys: [], format: 'binary', config })
    const [made] = signatures
    // No key is given here, so no signature can be good; awaited, so that it does not count as unhandled.
    await made?.verified.catch(() => false)
    return { content: data, signature: (await made?.signature)?.packets.write() }
  } catch {
    return undefined
  }
}
