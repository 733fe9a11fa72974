/** Who signs packages and the files about them: a key file through openpgp, or gpg with its key ring. */
import type * as OpenPgp from 'openpgp'
import { FactoryError } from '../../errors.ts'
import { type GpgKey, signWithGpg } from './gpg.ts'
import { type KeyFile, messageOf, readSigningKey } from './key-file.ts'
import { makeSignature, type SignedData } from './signature-packet.ts'

/** Both methods throw {@link FactoryError} PACKAGE_KEY_UNUSABLE, PACKAGE_SIGNING_FAILED, TOOL_MISSING, FILE_ACCESS. */
export interface PackageSigner {
  /** @returns a signature packet, binary. Data that come in chunks are not held in memory */
  detached(data: SignedData): Promise<Uint8Array>
  /** @returns the text within a clear signature (RFC 9580 section 7) */
  clear(text: string): Promise<string>
}

/** Signs without gpg. The same data, key and time give the same signature. */
export function keyFileSigner(key: KeyFile): PackageSigner {
  const date = new Date(key.time * 1000)
  return {
    detached: (data) => withKey(key, (openpgp, privateKey) => makeSignature(openpgp, data, privateKey, date)),
    clear: (text) => withKey(key, (openpgp, privateKey) => clearSign(openpgp, text, privateKey, date)),
  }
}

/** Signs with gpg, which asks for passphrases itself. */
export function gpgSigner(key: GpgKey): PackageSigner {
  return {
    detached: (data) => signWithGpg(data, key, '--detach-sign'),
    clear: async (text) => Buffer.from(await signWithGpg(Buffer.from(text), key, '--clear-sign')).toString('utf8'),
  }
}

async function withKey<Result>(
  key: KeyFile,
  sign: (openpgp: typeof OpenPgp, privateKey: OpenPgp.PrivateKey) => Promise<Result>,
): Promise<Result> {
  const openpgp = await import('openpgp')
  const privateKey = await readSigningKey(openpgp, key)
  try {
    return await sign(openpgp, privateKey)
  } catch (error) {
    if (error instanceof FactoryError) throw error
    throw new FactoryError('PACKAGE_SIGNING_FAILED', `cannot sign with ${key.path}: ${messageOf(error)}`, {
      hint: 'check that the key may sign, and was made before and expires after the time of the signature',
      cause: error,
    })
  }
}

async function clearSign(
  openpgp: typeof OpenPgp,
  text: string,
  signingKeys: OpenPgp.PrivateKey,
  date: Date,
): Promise<string> {
  const message = await openpgp.createCleartextMessage({ text })
  // A salt would make each signature of the same text another.
  const config = { nonDeterministicSignaturesViaNotation: false, preferredHashAlgorithm: openpgp.enums.hash.sha256 }
  // What is signed has CR LF line ends, however they are written; openpgp writes them so, and gpg and its readers do not.
  return (await openpgp.sign({ message, signingKeys, date, config })).replaceAll('\r\n', '\n')
}
