/**
 * Signatures within .deb files as debsigs makes them and debsig-verify checks them: a member `_gpg` and a role after the
 * others, holding a detached OpenPGP signature of the contents of debian-binary, control.tar and data.tar together.
 */
import { readExactly, readRange } from '../../../archive/file-range.ts'
import { writeStaged } from '../../../archive/staged-file.ts'
import { FactoryError } from '../../../errors.ts'
import type { PackageSigner } from '../../openpgp/signer.ts'
import { type CheckedKey, type VerifyOptions, verifyDetached } from '../../openpgp/verify.ts'
import { concatenated, PackageWriter } from './members.ts'
import { type DebFile, openDeb } from './read.ts'

/** Whose signature it is: origin is whoever distributes the package. */
export type SignatureRole = 'origin' | 'maint' | 'archive'

export function signatureMember(role: SignatureRole): string {
  return `_gpg${role}`
}

/**
 * Replaces the signature of that role, or adds one. All other members stay as they are, to the byte; the new file is
 * renamed over `destination`, by default the package itself.
 *
 * @throws {FactoryError} PACKAGE_INVALID when the file is not a package; PACKAGE_KEY_UNUSABLE, PACKAGE_SIGNING_FAILED,
 *   FILE_ACCESS, DISK_FULL, TOOL_MISSING
 */
export async function signDeb(
  path: string,
  signer: PackageSigner,
  { role = 'origin', destination = path }: { readonly role?: SignatureRole; readonly destination?: string } = {},
): Promise<void> {
  using deb = openDeb(path)
  const signature = await signer.detached(signedContents(deb))
  const name = signatureMember(role)
  await writeStaged(destination, async (file) => {
    const writer = new PackageWriter(file, deb.members[0]?.mtime ?? 0)
    for (const member of deb.members.filter((one) => one.name !== name)) {
      await writer.add(member.name, member.bytes, readRange(deb, member.range), member.mtime)
    }
    await writer.add(name, signature.length, [signature])
  })
}

function signedContents(deb: DebFile): AsyncGenerator<Uint8Array> {
  return concatenated(
    deb,
    [deb.version, deb.control, deb.data].map(({ range }) => range),
  )
}

export interface CheckedDebSignature extends CheckedKey {
  /** Of the member: origin, maint, archive, or another. */
  readonly role: string
}

const longestSignature = 64 * 1024

/**
 * Checks every signature of the package.
 *
 * @throws {FactoryError} PACKAGE_INVALID when a signature is larger than any; PACKAGE_KEY_UNUSABLE; FILE_ACCESS
 */
export async function verifyDebSignatures(deb: DebFile, options: VerifyOptions): Promise<CheckedDebSignature[]> {
  const checked: CheckedDebSignature[] = []
  for (const { name, range } of deb.members.filter((member) => member.name.startsWith('_gpg'))) {
    if (range.bytes > longestSignature) {
      throw new FactoryError('PACKAGE_INVALID', `${deb.path}: ${name} is no signature: it has ${range.bytes} bytes`)
    }
    const signature = readExactly(deb, range)
    const result = await verifyDetached(() => signedContents(deb), signature, options)
    checked.push({ role: name.slice('_gpg'.length), ...result })
  }
  return checked
}
