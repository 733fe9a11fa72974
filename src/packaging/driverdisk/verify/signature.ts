/** What installers make of the signature of a disk, or of none: linuxrc's url.c; nobody else looks. */
import type { Container } from '../../../archive/image/model.ts'
import type { DiskSignature } from '../open-disk.ts'
import type { InstallerRelease } from './releases.ts'
import type { Problem } from './rules.ts'

/**
 * By the keys that were given, whoever the installer is.
 *
 * @param areKeysGiven then nothing but a good signature will do
 */
export function judgeSignature(signature: DiskSignature, areKeysGiven: boolean): Problem[] {
  if (signature.form === 'none') {
    return areKeysGiven ? [{ code: 'disk-signer-unknown', detail: 'it is not signed' }] : []
  }
  const { state, keyId } = signature
  const by = keyId === undefined ? {} : { detail: `key ${keyId}` }
  if (state === 'bad') return [{ code: 'disk-signature-bad', ...by }]
  return state === 'unknown key' ? [{ code: 'disk-signer-unknown', ...by }] : []
}

/** What is loaded as a file is asked for a signature; file systems are mounted, as a rule, and are not. */
export function judgeSignatureFor(
  { consumer }: Pick<InstallerRelease, 'consumer'>,
  signature: DiskSignature,
  { kind }: Pick<Container, 'kind'>,
): Problem[] {
  if (consumer !== 'linuxrc') return signature.form === 'inline' ? [{ code: 'inline-signature' }] : []
  const isLoaded = kind === 'tar' || kind === 'cpio'
  return signature.form === 'none' && isLoaded ? [{ code: 'disk-unsigned' }] : []
}
