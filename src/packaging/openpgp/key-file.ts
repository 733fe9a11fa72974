/** OpenPGP keys from files, armored or binary. */
import { readFileSync } from 'node:fs'
import type * as OpenPgp from 'openpgp'
import { FactoryError, isFactoryError } from '../../errors.ts'
import { fileError } from '../../system/fs.ts'

export interface KeyFile {
  /** An OpenPGP private key, armored or binary. RSA and Ed25519 keys of version 4 are what every package manager checks. */
  readonly path: string
  readonly passphrase?: string
  /** When the signature says it was made, in seconds since the epoch. */
  readonly time: number
}

/** @throws {FactoryError} PACKAGE_KEY_UNUSABLE; FILE_ACCESS */
export async function readSigningKey(
  openpgp: typeof OpenPgp,
  { path, passphrase }: KeyFile,
): Promise<OpenPgp.PrivateKey> {
  const bytes = readKeyFile(path, 'read the signing key')
  try {
    const key = isArmored(bytes)
      ? await openpgp.readPrivateKey({ armoredKey: bytes.toString('utf8') })
      : await openpgp.readPrivateKey({ binaryKey: bytes })
    if (key.isDecrypted()) return key
    if (passphrase === undefined) throw locked(path)
    return await unlocked(openpgp, key, { path, passphrase })
  } catch (error) {
    if (isFactoryError(error)) throw error
    throw new FactoryError('PACKAGE_KEY_UNUSABLE', `cannot use the key in ${path}: ${messageOf(error)}`, {
      hint: 'export it with `gpg --export-secret-keys --armor KEY`',
      cause: error,
    })
  }
}

async function unlocked(
  openpgp: typeof OpenPgp,
  privateKey: OpenPgp.PrivateKey,
  { path, passphrase }: { readonly path: string; readonly passphrase: string },
): Promise<OpenPgp.PrivateKey> {
  try {
    return await openpgp.decryptKey({ privateKey, passphrase })
  } catch (error) {
    throw new FactoryError('PACKAGE_KEY_UNUSABLE', `cannot unlock the key in ${path}: ${messageOf(error)}`, {
      hint: 'the passphrase is the first line of the file that --sign-passphrase names',
      cause: error,
    })
  }
}

/**
 * The public keys of all the files.
 *
 * @throws {FactoryError} PACKAGE_KEY_UNUSABLE when a file holds no key; FILE_ACCESS
 */
export async function readPublicKeys(openpgp: typeof OpenPgp, paths: readonly string[]): Promise<OpenPgp.Key[]> {
  const keys: OpenPgp.Key[] = []
  for (const path of paths) keys.push(...(await readKeysOf(openpgp, path)))
  return keys
}

async function readKeysOf(openpgp: typeof OpenPgp, path: string): Promise<OpenPgp.Key[]> {
  const bytes = readKeyFile(path, 'read the key')
  try {
    return isArmored(bytes)
      ? await openpgp.readKeys({ armoredKeys: bytes.toString('utf8') })
      : await openpgp.readKeys({ binaryKeys: bytes })
  } catch (error) {
    throw new FactoryError('PACKAGE_KEY_UNUSABLE', `${path} holds no OpenPGP key that can be read`, { cause: error })
  }
}

function isArmored(bytes: Buffer): boolean {
  return bytes.includes('-----BEGIN PGP')
}

function locked(path: string): FactoryError {
  return new FactoryError('PACKAGE_KEY_UNUSABLE', `the key in ${path} is locked`, {
    hint: 'name a file with its passphrase: --sign-passphrase FILE',
  })
}

function readKeyFile(path: string, action: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw fileError(error, action, path)
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
