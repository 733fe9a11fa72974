/** Whether and how a driver disk itself is signed, out of --sign-key and --signature. */
import { FactoryError } from '../errors.ts'
import { type DiskSigning, diskSignatureForms } from '../packaging/driverdisk/sign-image.ts'
import type { GivenOptions } from './options.ts'
import { packageKey, packageSigner } from './package-signing.ts'
import { lastOption, type Session } from './session.ts'

/**
 * The key signs the packages on a disk, too: whoever signs wants whatever is checked to be signed.
 *
 * @throws {FactoryError} USAGE for a form that does not exist, or without a key; what packageKey throws
 */
export function diskSigning(session: Session, options: GivenOptions): DiskSigning | undefined {
  const word = lastOption(options, 'signature')
  const form = word === undefined ? 'detached' : diskSignatureForms.find((one) => one === word)
  if (form === undefined) {
    throw new FactoryError('USAGE', `there is no form ${JSON.stringify(word)} of signatures`, {
      hint: `choose one of ${diskSignatureForms.join(', ')}`,
    })
  }
  const signer = packageSigner(packageKey(session, options))
  if (signer !== undefined) return { signer, form }
  if (word === undefined) return undefined
  throw new FactoryError('USAGE', '--signature does not say with which key', {
    hint: 'name a file with a private key, or what gpg knows a key by, with --sign-key',
  })
}
