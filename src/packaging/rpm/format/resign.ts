/** Signs packages that exist, ours or anyone's. */
import { createHash } from 'node:crypto'
import { writeChunks } from '../../../archive/chunk-file.ts'
import { type Range, readExactly, readRange } from '../../../archive/file-range.ts'
import type { HeaderEntry } from './header-write.ts'
import { leadBytes } from './lead.ts'
import { damaged, openRpm, type RpmFile } from './read.ts'
import type { HeaderSigner } from './sign.ts'
import { encodeSignatureHeader } from './signature-header.ts'
import { type SignatureTagName, signatureTags } from './tags.ts'
import { verifyDigests } from './verify.ts'

/** What a new signature header has of its own; everything else is kept. Signatures of header and payload are long obsolete. */
const replaced: readonly SignatureTagName[] = [
  'DSAHEADER',
  'RSAHEADER',
  'OPENPGP',
  'SIGPGP',
  'SIGGPG',
  'SHA1HEADER',
  'SHA256HEADER',
  'SIGMD5',
  'SIGSIZE',
  'LONGSIGSIZE',
  'ARCHIVESIZE',
  'LONGARCHIVESIZE',
  'RESERVEDSPACE',
]

/**
 * Replaces the signatures of a package by one of the signer. Header and payload stay as they are, to the byte; the new
 * file is renamed over `destination`, by default the package itself.
 *
 * @throws {FactoryError} PACKAGE_INVALID when the digests say that the package is damaged; PACKAGE_KEY_UNUSABLE,
 *   PACKAGE_SIGNING_FAILED, FILE_ACCESS
 */
export async function signRpm(path: string, signer: HeaderSigner, destination: string = path): Promise<void> {
  using rpm = openRpm(path)
  const { checks, intact } = await verifyDigests(rpm)
  if (!intact) {
    const bad = checks.filter(({ state }) => state === 'bad').map(({ name }) => name)
    throw damaged(path, bad.length === 0 ? 'it has no digests' : `its ${bad.join(' and ')} does not match`)
  }
  const signatureHeader = await signedHeader(rpm, signer)
  const { headerRange, payloadRange } = rpm
  const rest: Range = { offset: headerRange.offset, bytes: headerRange.bytes + payloadRange.bytes }
  await writeChunks(
    concatenate([readExactly(rpm, { offset: 0, bytes: leadBytes }), signatureHeader], rpm, rest),
    destination,
  )
}

async function* concatenate(front: readonly Uint8Array[], rpm: RpmFile, rest: Range): AsyncGenerator<Uint8Array> {
  yield* front
  yield* readRange(rpm, rest)
}

async function signedHeader(rpm: RpmFile, signer: HeaderSigner): Promise<Buffer> {
  const { headerBytes, signature: old } = rpm
  const md5 = createHash('md5').update(headerBytes)
  for await (const chunk of readRange(rpm, rpm.payloadRange)) md5.update(chunk)
  return encodeSignatureHeader(
    {
      sha1: createHash('sha1').update(headerBytes).digest('hex'),
      sha256: createHash('sha256').update(headerBytes).digest('hex'),
      md5: md5.digest(),
      size: headerBytes.length + rpm.payloadRange.bytes,
      archiveSize: old.number(signatureTags.LONGARCHIVESIZE[0]) ?? old.number(signatureTags.ARCHIVESIZE[0]) ?? 0,
      signature: await signer.sign(headerBytes),
    },
    keptEntries(rpm),
  )
}

function keptEntries({ signature }: RpmFile): HeaderEntry[] {
  const own = new Set<number>(replaced.map((name) => signatureTags[name][0]))
  return signature.tags.flatMap((tag) => {
    const entry = own.has(tag) ? undefined : signature.entry(tag)
    return entry === undefined ? [] : [entry]
  })
}
