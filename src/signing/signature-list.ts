/** EFI_SIGNATURE_LIST (UEFI specification, section 32.4.1): the form of shim's list of machine owner keys. */

/** EFI_CERT_X509_GUID as it lies in memory: the first three groups are little-endian. */
const x509Type = 'a159c0a5e494a74a87b5ab155c2bf072'
/** SignatureType, SignatureListSize, SignatureHeaderSize, SignatureSize. */
const headerBytes = 28
/** The GUID of whoever put the entry there stands before its data. */
const ownerBytes = 16

/**
 * The certificates, in DER, of lists that follow each other. Other entries, such as hashes, are passed over.
 * @returns undefined when the bytes are not such lists
 */
export function certificatesIn(bytes: Buffer): Buffer[] | undefined {
  const found: Buffer[] = []
  let at = 0
  while (at < bytes.length) {
    if (bytes.length - at < headerBytes) return isZero(bytes.subarray(at)) ? found : undefined
    const listSize = bytes.readUInt32LE(at + 16)
    const entriesAt = headerBytes + bytes.readUInt32LE(at + 20)
    const entrySize = bytes.readUInt32LE(at + 24)
    // A configuration table may be longer than its lists.
    if (listSize === 0 && isZero(bytes.subarray(at))) return found
    if (listSize < entriesAt || listSize > bytes.length - at || entrySize <= ownerBytes) return undefined
    if (bytes.toString('hex', at, at + 16) === x509Type) {
      for (let entry = entriesAt; entry + entrySize <= listSize; entry += entrySize) {
        found.push(bytes.subarray(at + entry + ownerBytes, at + entry + entrySize))
      }
    }
    at += listSize
  }
  return found
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0)
}
