/** Whether signatures are good, by keys that are given: no key ring and no trust but that. */
import type * as OpenPgp from 'openpgp'
import { readPublicKeys } from './key-file.ts'
import { checkSignature, type SignedData } from './signature-packet.ts'

/** `unknown key`: made by none of the given keys. */
export type SignatureState = 'good' | 'bad' | 'unknown key'

export interface CheckedKey {
  readonly state: SignatureState
  /** The key id the signature names, 16 hexadecimal digits; absent when it cannot be read. */
  readonly keyId?: string
}

export interface VerifyOptions {
  /** Files of OpenPGP public keys, armored or binary. */
  readonly keyFiles: readonly string[]
  /** Milliseconds since the epoch: a signature from later than that is bad. */
  readonly now: number
}

/**
 * @param data called when a key of the signature is known
 * @throws {FactoryError} PACKAGE_KEY_UNUSABLE when a key file holds no key; FILE_ACCESS; what reading the data throws
 */
export async function verifyDetached(
  data: () => SignedData,
  signature: Uint8Array,
  { keyFiles, now }: VerifyOptions,
): Promise<CheckedKey> {
  const openpgp = await import('openpgp')
  const keys = await readPublicKeys(openpgp, keyFiles)
  const packet = await readPacket(openpgp, signature)
  if (packet === undefined) return { state: 'bad' }
  const keyId = packet.issuerKeyID.toHex()
  const key = keys.find((one) => one.getKeys(packet.issuerKeyID).length > 0)
  if (key === undefined) return { state: 'unknown key', keyId }
  return { state: (await isGood(packet, data(), key, new Date(now))) ? 'good' : 'bad', keyId }
}

async function readPacket(openpgp: typeof OpenPgp, bytes: Uint8Array): Promise<OpenPgp.SignaturePacket | undefined> {
  try {
    const armored = Buffer.from(bytes).toString('latin1')
    const signature = armored.startsWith('-----BEGIN PGP')
      ? await openpgp.readSignature({ armoredSignature: armored })
      : await openpgp.readSignature({ binarySignature: bytes })
    return signature.packets[0]
  } catch {
    return undefined
  }
}

async function isGood(
  packet: OpenPgp.SignaturePacket,
  data: SignedData,
  key: OpenPgp.Key,
  now: Date,
): Promise<boolean> {
  const faults: unknown[] = []
  try {
    await checkSignature(packet, data instanceof Uint8Array ? data : noting(data, faults), key, now)
    return true
  } catch {
    // What went wrong with the data is not the verdict on the signature.
    if (faults.length > 0) throw faults[0]
    return false
  }
}

async function* noting(data: AsyncIterable<Uint8Array>, faults: unknown[]): AsyncGenerator<Uint8Array> {
  try {
    yield* data
  } catch (error) {
    faults.push(error)
    throw error
  }
}

/**
 * @param text with its armor, beginning and ending with it
 * @throws {FactoryError} as {@link verifyDetached}
 */
export async function verifyClearSigned(text: string, { keyFiles, now }: VerifyOptions): Promise<CheckedKey> {
  const openpgp = await import('openpgp')
  const verificationKeys = await readPublicKeys(openpgp, keyFiles)
  try {
    const message = await openpgp.readCleartextMessage({ cleartextMessage: text })
    const { signatures } = await openpgp.verify({ message, verificationKeys, date: new Date(now) })
    const [made] = signatures
    if (made === undefined) return { state: 'bad' }
    const keyId = made.keyID.toHex()
    if (!verificationKeys.some((key) => key.getKeys(made.keyID).length > 0)) {
      // Awaited, so that it does not count as unhandled.
      await made.verified.catch(() => false)
      return { state: 'unknown key', keyId }
    }
    return {
      state: await made.verified.then(
        () => 'good' as const,
        () => 'bad' as const,
      ),
      keyId,
    }
  } catch {
    return { state: 'bad' }
  }
}
