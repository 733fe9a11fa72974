/**
 * Detached signatures as text, as `gpg --armor --detach-sign` writes them (RFC 4880 section 6). Not openpgp's own: where
 * the last line is full, it puts the end marker behind it on the same line, and gpg finds no signature.
 */

const lineLength = 64

/** @param signature binary */
export function armorSignature(signature: Uint8Array): string {
  const lines =
    Buffer.from(signature)
      .toString('base64')
      .match(new RegExp(`.{1,${lineLength}}`, 'g')) ?? []
  const sum = Buffer.alloc(3)
  sum.writeUIntBE(crc24(signature), 0, 3)
  return [
    '-----BEGIN PGP SIGNATURE-----',
    '',
    ...lines,
    `=${sum.toString('base64')}`,
    '-----END PGP SIGNATURE-----',
    '',
  ].join('\n')
}

/** RFC 4880 section 6.1. */
function crc24(bytes: Uint8Array): number {
  let crc = 0xb704ce
  for (const byte of bytes) {
    crc ^= byte << 16
    for (let bit = 0; bit < 8; bit += 1) {
      crc <<= 1
      if ((crc & 0x1000000) !== 0) crc ^= 0x1864cfb
    }
  }
  return crc & 0xffffff
}
