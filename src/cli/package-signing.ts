/** Who signs packages, out of --sign, --sign-key and --sign-passphrase. */
import { readFileSync } from 'node:fs'
import { FactoryError } from '../errors.ts'
import type { GpgKey } from '../packaging/openpgp/gpg.ts'
import type { KeyFile } from '../packaging/openpgp/key-file.ts'
import { gpgSigner, keyFileSigner, type PackageSigner } from '../packaging/openpgp/signer.ts'
import { now, sourceDateEpoch } from '../system/clock.ts'
import { absoluteFromHere } from '../system/env.ts'
import { fileError, isFile } from '../system/fs.ts'
import type { GivenOptions } from './options.ts'
import { lastOption, pathOption, type Session } from './session.ts'

export type PackageKey =
  | { readonly kind: 'none' }
  | { readonly kind: 'file'; readonly key: KeyFile }
  | { readonly kind: 'gpg'; readonly key: GpgKey }

/**
 * A key that is the path of a file is that file; any other is for gpg to know.
 *
 * @throws {FactoryError} USAGE for --sign without a key, for a key file that does not exist, and for a passphrase without one;
 *   FILE_ACCESS
 */
export function packageKey(session: Session, options: GivenOptions): PackageKey {
  const key = lastOption(options, 'sign-key')
  if (key === undefined || key === '') {
    if (options.has('sign-passphrase')) throw passphraseWithoutFile('there is no --sign-key')
    if (!options.has('sign')) return { kind: 'none' }
    throw new FactoryError('USAGE', '--sign does not say with which key', {
      hint: 'name a file with a private key, or what gpg knows a key by, with --sign-key',
    })
  }
  if (isFile(key)) {
    const time = sourceDateEpoch(session.environment) ?? Math.floor(now() / 1000)
    return { kind: 'file', key: { path: absoluteFromHere(key), time, ...passphraseOf(options) } }
  }
  if (!key.includes('/')) {
    if (options.has('sign-passphrase'))
      throw passphraseWithoutFile(`${key} is no file, and the agent of gpg unlocks its keys`)
    return { kind: 'gpg', key: { user: key, ...gpgHome(session) } }
  }
  throw new FactoryError('USAGE', `there is no key file ${key}`, { hint: 'export one with `gpg --export-secret-keys`' })
}

/** A passphrase that is given and not used would leave somebody waiting for gpg, or with packages that are not signed. */
function passphraseWithoutFile(why: string): FactoryError {
  return new FactoryError('USAGE', `--sign-passphrase is for a key file, and ${why}`, {
    hint: 'name the file of the key with --sign-key, or leave --sign-passphrase out',
  })
}

/** Of whole files: RPM's headers have a signer of their own. */
export function packageSigner(key: PackageKey): PackageSigner | undefined {
  switch (key.kind) {
    case 'none':
      return undefined
    case 'file':
      return keyFileSigner(key.key)
    case 'gpg':
      return gpgSigner(key.key)
  }
}

function gpgHome({ environment }: Session): { readonly home?: string } {
  const home = environment['GNUPGHOME']
  return home === undefined || home === '' ? {} : { home }
}

/** Never on the command line, where every user of the machine can read it. */
function passphraseOf(options: GivenOptions): { readonly passphrase?: string } {
  const file = pathOption(options, 'sign-passphrase')
  if (file === undefined) return {}
  try {
    return { passphrase: readFileSync(file, 'utf8').split(/\r?\n/, 1)[0] ?? '' }
  } catch (error) {
    throw fileError(error, 'read the passphrase', file)
  }
}
