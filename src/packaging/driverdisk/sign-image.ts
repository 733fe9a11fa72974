/**
 * Signatures of the disk itself. linuxrc asks for one in its secure mode, for whatever it loads as a file from an address
 * (url.c, `url_read_file`): the file is an OpenPGP message that gpg unpacks, or a `.asc` lies beside it. No other installer
 * looks at either.
 */
import { rmSync, statSync } from 'node:fs'
import { readFileChunks, type WrittenFile, writeChunks } from '../../archive/chunk-file.ts'
import type { ImageEntry, ImageMedium, ImageRequest } from '../../archive/image/model.ts'
import { writeImage } from '../../archive/image/write.ts'
import { type AbsolutePath, absolutePath, below } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { temporaryDirectory } from '../../system/fs.ts'
import { armorSignature } from '../openpgp/armor.ts'
import { frameMessage } from '../openpgp/signed-message.ts'
import type { PackageSigner } from '../openpgp/signer.ts'
import type { DiskFormat } from './model.ts'

/** `detached`: beside the disk, which stays readable to everybody. `inline`: around it, for linuxrc alone. */
export type DiskSignatureForm = 'detached' | 'inline'

export const diskSignatureForms: readonly DiskSignatureForm[] = ['detached', 'inline']

export interface DiskSigning {
  readonly signer: PackageSigner
  readonly form: DiskSignatureForm
}

export interface MadeSignature {
  readonly form: DiskSignatureForm
  /** Of the file that holds it; inline, of the disk. */
  readonly path: AbsolutePath
}

export interface SignedImage extends WrittenFile {
  /** Absent: nobody who would look at one takes the disk. */
  readonly signature?: MadeSignature
}

/** Where the signature of an image lies, and where linuxrc looks for it. */
export function signaturePath(image: AbsolutePath): AbsolutePath {
  return absolutePath(`${image}.asc`)
}

/** The same signature of a disk that lies elsewhere. */
export function placedSignature(signature: MadeSignature | undefined, image: AbsolutePath): MadeSignature | undefined {
  return signature && { ...signature, path: signature.form === 'inline' ? image : signaturePath(image) }
}

/** Whether linuxrc has a use for any of it. */
export function isForLinuxrc(entries: readonly Pick<ImageEntry, 'path'>[]): boolean {
  return entries.some(({ path }) => suseUpdate.test(path))
}

export const suseUpdate = /^(?:\d+\/)?linux\//

/**
 * Writes an image and signs it where an installer checks that. The signature of an older image of the name is removed
 * first: linuxrc ends the installation over a signature that does not fit.
 *
 * @throws {FactoryError} as writeImage; PACKAGE_KEY_UNUSABLE; PACKAGE_SIGNING_FAILED
 */
export async function writeSignedImage(request: ImageRequest, signing: DiskSigning | undefined): Promise<SignedImage> {
  const { destination, entries, tmp } = request
  const isChecked = isForLinuxrc(entries)
  rmSync(signaturePath(destination), { force: true })
  if (signing === undefined || !isChecked) return await writeImage(request)
  using work = temporaryDirectory(tmp, 'dkms-sign-')
  const plain = below(work.path, 'image')
  await writeImage({ ...request, destination: plain })
  const signature = await signing.signer.detached(readFileChunks(plain))
  if (signing.form === 'inline') {
    const { head, tail } = await frameMessage(signature, statSync(plain).size)
    const written = await writeChunks(joined(head, readFileChunks(plain), tail), destination)
    return { ...written, signature: { form: 'inline', path: destination } }
  }
  const text = armorSignature(signature)
  const written = await writeChunks(readFileChunks(plain), destination)
  const path = signaturePath(destination)
  await writeChunks(joined(Buffer.from(text)), path)
  return { ...written, signature: { form: 'detached', path } }
}

const suseFormats: ReadonlySet<DiskFormat> = new Set(['dud', 'suse', 'unitedlinux'])

/** @throws {FactoryError} DISK_REFUSED for an inline signature where others than linuxrc have to read the disk */
export function assertSignable(
  signing: Pick<DiskSigning, 'form'> | undefined,
  { formats, medium }: { readonly formats: readonly DiskFormat[]; readonly medium: ImageMedium },
): void {
  const isArchive = medium === 'tar' || medium === 'cpio'
  if (signing?.form !== 'inline' || (isArchive && formats.every((format) => suseFormats.has(format)))) return
  throw new FactoryError('DISK_REFUSED', 'only linuxrc reads a disk with the signature around it', {
    hint: 'leave out --signature for one beside the disk, or make a dud or suse disk with --media cpio or tar',
  })
}

async function* joined(
  head: Uint8Array,
  middle: AsyncIterable<Uint8Array> | readonly Uint8Array[] = [],
  tail: Uint8Array = Buffer.alloc(0),
): AsyncGenerator<Uint8Array> {
  yield head
  yield* middle
  yield tail
}
