/**
 * Header signatures: OpenPGP signatures of the main header alone, which in turn holds the digest of the payload. Made by
 * openpgp from a key file, or by gpg from its key ring (agents and smart cards included).
 */
import { FactoryError } from '../../../errors.ts'
import type { GpgKey } from '../../openpgp/gpg.ts'
import type { KeyFile } from '../../openpgp/key-file.ts'
import * as openpgp from '../../openpgp/signer.ts'
import { readSignaturePacket } from './pgp-packet.ts'

export interface HeaderSignature {
  /** RSA signatures have a tag of their own; all other algorithms share that of DSA. */
  readonly tag: 'RSAHEADER' | 'DSAHEADER'
  readonly bytes: Uint8Array
}

export interface HeaderSigner {
  /** @throws {FactoryError} PACKAGE_KEY_UNUSABLE, PACKAGE_SIGNING_FAILED, TOOL_MISSING */
  sign(header: Uint8Array): Promise<HeaderSignature>
}

/** Signs without gpg. The same header, key and time give the same signature. */
export function keyFileSigner(key: KeyFile): HeaderSigner {
  return headerSigner(openpgp.keyFileSigner(key))
}

/** Signs with gpg, whose agent unlocks the key: it holds the passphrase, a card does, or it asks by a window of its own. */
export function gpgSigner(key: GpgKey): HeaderSigner {
  return headerSigner(openpgp.gpgSigner(key))
}

function headerSigner(signer: openpgp.PackageSigner): HeaderSigner {
  return { sign: async (header) => stored(await signer.detached(header)) }
}

const rsa = [1, 3]
/** DSA, ECDSA, EdDSA and the Ed25519 of RFC 9580. */
const others = [17, 19, 22, 27]

function stored(bytes: Uint8Array): HeaderSignature {
  const packet = readSignaturePacket(bytes)
  const { version, publicKeyAlgorithm = 0 } = packet ?? {}
  if (version === 4 && rsa.includes(publicKeyAlgorithm)) return { tag: 'RSAHEADER', bytes }
  if (version === 4 && others.includes(publicKeyAlgorithm)) return { tag: 'DSAHEADER', bytes }
  const what = version === 4 ? `is of the algorithm ${publicKeyAlgorithm}` : 'is not of version 4'
  throw new FactoryError('PACKAGE_KEY_UNUSABLE', `rpm cannot check the signature: it ${what}`, {
    hint: 'sign with an RSA or Ed25519 key of OpenPGP version 4',
  })
}
