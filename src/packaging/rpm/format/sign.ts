/**
 * Header signatures: OpenPGP signatures of the main header alone, which in turn holds the digest of the payload. Made by
 * openpgp from a key file, or by gpg from its key ring (agents and smart cards included).
 */
import { readFileSync } from 'node:fs'
import type * as OpenPgp from 'openpgp'
import { FactoryError, isFactoryError } from '../../../errors.ts'
import { fileError } from '../../../system/fs.ts'
import { runForBytes } from '../../../system/run.ts'
import { readSignaturePacket } from './pgp-packet.ts'
import { makeSignature } from './pgp-signature.ts'

export interface HeaderSignature {
  /** RSA signatures have a tag of their own; all other algorithms share that of DSA. */
  readonly tag: 'RSAHEADER' | 'DSAHEADER'
  readonly bytes: Uint8Array
}

export interface HeaderSigner {
  /** @throws {FactoryError} PACKAGE_KEY_UNUSABLE, PACKAGE_SIGNING_FAILED, TOOL_MISSING */
  sign(header: Uint8Array): Promise<HeaderSignature>
}

export interface KeyFile {
  /** An OpenPGP private key, armored or binary. RSA and Ed25519 keys of version 4 are what every rpm checks. */
  readonly path: string
  readonly passphrase?: string
  /** When the signature says it was made, in seconds since the epoch. */
  readonly time: number
}

/** Signs without gpg. The same header, key and time give the same signature. */
export function keyFileSigner(key: KeyFile): HeaderSigner {
  return { sign: async (header) => stored(await signWithKey(header, key)) }
}

export interface GpgKey {
  /** What `gpg --local-user` takes: a key id, a fingerprint, an address. */
  readonly user: string
  /** gpg's home; absent: its default. */
  readonly home?: string
}

/** Signs with gpg, which asks for passphrases itself. */
export function gpgSigner(key: GpgKey): HeaderSigner {
  return { sign: async (header) => stored(await signWithGpg(header, key)) }
}

const rsa = [1, 3]
/** DSA, ECDSA, EdDSA and the Ed25519 of RFC 9580. */
const others = [17, 19, 22, 27]

function stored(bytes: Uint8Array): HeaderSignature {
  const packet = readSignaturePacket(bytes)
  if (packet !== undefined && rsa.includes(packet.publicKeyAlgorithm)) return { tag: 'RSAHEADER', bytes }
  if (packet !== undefined && others.includes(packet.publicKeyAlgorithm)) return { tag: 'DSAHEADER', bytes }
  const what = packet === undefined ? 'is not of version 4' : `is of the algorithm ${packet.publicKeyAlgorithm}`
  throw new FactoryError('PACKAGE_KEY_UNUSABLE', `rpm cannot check the signature: it ${what}`, {
    hint: 'sign with an RSA or Ed25519 key of OpenPGP version 4',
  })
}

async function signWithKey(header: Uint8Array, key: KeyFile): Promise<Uint8Array> {
  const openpgp = await import('openpgp')
  const privateKey = await unlock(openpgp, key)
  try {
    return await makeSignature(openpgp, header, privateKey, new Date(key.time * 1000))
  } catch (error) {
    throw new FactoryError('PACKAGE_SIGNING_FAILED', `cannot sign with ${key.path}: ${messageOf(error)}`, {
      hint: 'check that the key may sign, and was made before and expires after the time of the signature',
      cause: error,
    })
  }
}

async function unlock(openpgp: typeof OpenPgp, { path, passphrase }: KeyFile): Promise<OpenPgp.PrivateKey> {
  const bytes = readKeyFile(path)
  try {
    const armored = bytes.includes('-----BEGIN PGP')
    const key = armored
      ? await openpgp.readPrivateKey({ armoredKey: bytes.toString('utf8') })
      : await openpgp.readPrivateKey({ binaryKey: bytes })
    if (key.isDecrypted()) return key
    if (passphrase === undefined) throw locked(path)
    return await openpgp.decryptKey({ privateKey: key, passphrase })
  } catch (error) {
    if (isFactoryError(error)) throw error
    throw new FactoryError('PACKAGE_KEY_UNUSABLE', `cannot use the key in ${path}: ${messageOf(error)}`, {
      hint: 'export it with `gpg --export-secret-keys --armor KEY`, and give its passphrase if it has one',
      cause: error,
    })
  }
}

function locked(path: string): FactoryError {
  return new FactoryError('PACKAGE_KEY_UNUSABLE', `the key in ${path} is locked`, { hint: 'give its passphrase' })
}

function readKeyFile(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw fileError(error, 'read the signing key', path)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

async function signWithGpg(header: Uint8Array, { user, home }: GpgKey): Promise<Uint8Array> {
  const homeOption: readonly string[] = home === undefined ? [] : ['--homedir', home]
  const how = ['--batch', '--no-tty', '--no-armor', '--digest-algo', 'sha256']
  try {
    const { stdout } = await runForBytes(['gpg', ...homeOption, ...how, '--local-user', user, '--detach-sign'], {
      input: header,
      purpose: 'sign packages with a key of its key ring',
    })
    return stdout
  } catch (error) {
    if (!isFactoryError(error, 'COMMAND_FAILED')) throw error
    throw new FactoryError('PACKAGE_SIGNING_FAILED', `gpg did not sign with the key ${user}`, {
      hint: 'look at `gpg --list-secret-keys`, and unlock the key in the agent',
      cause: error,
      details: error.details,
    })
  }
}
