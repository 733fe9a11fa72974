/** Opens the image of a disk, out of the OpenPGP message around it if there is one, and finds its signature. */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { readFileChunks } from '../../archive/chunk-file.ts'
import type { OpenedImage } from '../../archive/image/model.ts'
import { openImage } from '../../archive/image/read.ts'
import { type AbsolutePath, below } from '../../domain.ts'
import { isFactoryError } from '../../errors.ts'
import { now } from '../../system/clock.ts'
import { isFile, temporaryDirectory } from '../../system/fs.ts'
import { looksLikeMessage, readSignedMessage, type SignedMessage } from '../openpgp/signed-message.ts'
import { type SignatureState, verifyDetached } from '../openpgp/verify.ts'
import type { PackageReader } from './package-facts.ts'
import { type DiskSignatureForm, signaturePath } from './sign-image.ts'

export type DiskSignature =
  | { readonly form: 'none' }
  | {
      readonly form: DiskSignatureForm
      /** `unchecked`: no keys were given. */
      readonly state: SignatureState | 'unchecked'
      /** 16 hexadecimal digits. */
      readonly keyId?: string
    }

export interface OpenedDisk extends OpenedImage {
  readonly signature: DiskSignature
}

export interface OpenDiskOptions {
  readonly tmp: AbsolutePath
  /** For a disk that is the payload of an RPM package. */
  readonly reader: Pick<PackageReader, 'unpackRpm'>
  /** Files of OpenPGP public keys. Without any, signatures are found and not checked. */
  readonly keyFiles?: readonly string[]
}

/** @throws {FactoryError} as openImage; PACKAGE_KEY_UNUSABLE */
export async function openDisk(
  path: AbsolutePath,
  { tmp, reader, keyFiles = [] }: OpenDiskOptions,
): Promise<OpenedDisk> {
  using work = temporaryDirectory(tmp, 'dkms-signed-')
  const message = await messageIn(path)
  if (message === undefined) {
    const image = await openWith(reader, path, tmp)
    const asc = signaturePath(path)
    const signature = isFile(path) && isFile(asc) ? readFileSync(asc) : undefined
    return await closing(image, () => judged('detached', signature, () => readFileChunks(path), keyFiles))
  }
  const content = below(work.path, 'content')
  writeFileSync(content, message.content)
  const image = await openWith(reader, content, tmp)
  return await closing({ ...image, path }, () => judged('inline', message.signature, () => message.content, keyFiles))
}

/** linuxrc takes a package for an archive of what is in it. Of one that is damaged, nothing is. */
async function openWith(
  reader: OpenDiskOptions['reader'],
  path: AbsolutePath,
  tmp: AbsolutePath,
): Promise<OpenedImage> {
  const image = await openImage(path, tmp)
  if (image.container.kind !== 'rpm') return image
  const work = temporaryDirectory(tmp, 'dkms-rpm-')
  try {
    const nodes = await reader.unpackRpm(path, work.path)
    return { ...image, nodes, [Symbol.dispose]: () => work[Symbol.dispose]() }
  } catch (error) {
    work[Symbol.dispose]()
    if (isFactoryError(error, 'PACKAGE_INVALID', 'ARCHIVE_UNREADABLE')) return image
    throw error
  }
}

/** With its signature; an image whose signature could not be read is closed. */
async function closing(image: OpenedImage, signatureOf: () => Promise<DiskSignature>): Promise<OpenedDisk> {
  try {
    return { ...image, signature: await signatureOf() }
  } catch (error) {
    image[Symbol.dispose]()
    throw error
  }
}

async function judged(
  form: DiskSignatureForm,
  signature: Uint8Array | undefined,
  data: Parameters<typeof verifyDetached>[0],
  keyFiles: readonly string[],
): Promise<DiskSignature> {
  if (signature === undefined) return { form: 'none' }
  const checked = await verifyDetached(data, signature, { keyFiles, now: now() })
  const isUnchecked = keyFiles.length === 0 && checked.state === 'unknown key'
  return { form, ...checked, state: isUnchecked ? 'unchecked' : checked.state }
}

/** Far above any driver update, and all of it is held in memory. */
const largestMessage = 512 * 2 ** 20

/** What is no file is left to openImage, which says why. */
async function messageIn(path: AbsolutePath): Promise<SignedMessage | undefined> {
  if (!isFile(path) || statSync(path).size > largestMessage) return undefined
  for await (const chunk of readFileChunks(path)) {
    if (!looksLikeMessage(chunk.subarray(0, 32))) return undefined
    break
  }
  return await readSignedMessage(readFileSync(path))
}
