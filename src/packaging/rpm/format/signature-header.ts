/** The signature header: digests and signatures of what follows it (signatures_digests document of rpm). */
import { FactoryError } from '../../../errors.ts'
import { encodeHeader, type HeaderEntry, indexEntryBytes, region } from './header-write.ts'
import { type SignatureTagName, signatureTags } from './tags.ts'

export interface SignatureFacts {
  /** SHA-1 and SHA-256 of the main header, in hexadecimal. */
  readonly sha1: string
  readonly sha256: string
  /** MD5 of main header and payload, 16 bytes. */
  readonly md5: Uint8Array
  /** Bytes of main header and payload. */
  readonly size: number
  /** Bytes of the archive before compression. */
  readonly archiveSize: number
  /** An OpenPGP signature of the main header and the tag its algorithm asks for. */
  readonly signature?: { readonly tag: 'RSAHEADER' | 'DSAHEADER'; readonly bytes: Uint8Array }
}

/**
 * The bytes of every signature header we write, signed or not: those of rpmbuild's, which keep 4 KiB free so that a
 * signature can be put in without moving the rest of the package. A multiple of 8, as what follows must be aligned.
 */
export const signatureHeaderBytes = 4408

/** Digests and sizes alone come to 7 index entries and 4276 bytes of data, as rpmbuild's. */
const unpaddedBytes = 4404

/** @throws {FactoryError} PACKAGE_SIGNING_FAILED when the signature is larger than the space kept free for it */
export function encodeSignatureHeader(facts: SignatureFacts, carriedOver: readonly HeaderEntry[] = []): Buffer {
  const entries = [...digestEntries(facts), ...signatureEntry(facts), ...carriedOver]
  const free = unpaddedBytes - encodeHeader(region.signature, entries).length - indexEntryBytes
  if (free < 1) {
    throw new FactoryError(
      'PACKAGE_SIGNING_FAILED',
      `the signature is too large for the package: ${-free} bytes too many`,
      {
        hint: 'sign with a smaller key',
      },
    )
  }
  const reserved = entry('RESERVEDSPACE', { type: 'bin', bytes: new Uint8Array(free) })
  const header = encodeHeader(region.signature, [...entries, reserved])
  return Buffer.concat([header, Buffer.alloc(signatureHeaderBytes - header.length)])
}

function digestEntries({ sha1, sha256, md5, size, archiveSize }: SignatureFacts): HeaderEntry[] {
  const large = 2 ** 32
  return [
    entry('SHA1HEADER', { type: 'string', texts: [sha1] }),
    entry('SHA256HEADER', { type: 'string', texts: [sha256] }),
    entry('SIGMD5', { type: 'bin', bytes: md5 }),
    size < large
      ? entry('SIGSIZE', { type: 'int32', numbers: [size] })
      : entry('LONGSIGSIZE', { type: 'int64', numbers: [size] }),
    archiveSize < large
      ? entry('ARCHIVESIZE', { type: 'int32', numbers: [archiveSize] })
      : entry('LONGARCHIVESIZE', { type: 'int64', numbers: [archiveSize] }),
  ]
}

function signatureEntry({ signature }: SignatureFacts): HeaderEntry[] {
  return signature === undefined ? [] : [entry(signature.tag, { type: 'bin', bytes: signature.bytes })]
}

function entry(name: SignatureTagName, value: HeaderEntry['value']): HeaderEntry {
  return { tag: signatureTags[name][0], value }
}
