/** What a certificate says (RFC 5280), in the words that modinfo, mokutil and the kernel use. */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { FactoryError } from '../errors.ts'
import { type DerElement, derElements, derTag, oidText } from '../kernel/der.ts'
import { fileError } from '../system/fs.ts'

export interface Certificate {
  /** `CN=DKMS module signing key`, one attribute a line as node gives it, joined by commas. */
  readonly subject: string
  /** Upper-case pairs joined by colons, without leading zeros: the sig_key of a module signed with it. */
  readonly serial: string
  /** ISO 8601. */
  readonly validFrom: string
  readonly validTo: string
  /** What the MOK manager shows at boot. */
  readonly sha1: string
  readonly sha256: string
  /** Lower-case hexadecimal; undefined when the certificate does not have the extension. */
  readonly subjectKeyId: string | undefined
  /** The file is text, which shim does not take. */
  readonly isPem: boolean
  readonly x509: X509Certificate
}

/** @throws {FactoryError} FILE_ACCESS; CERTIFICATE_INVALID */
export function readCertificate(path: string): Certificate {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (error) {
    throw fileError(error, 'read the certificate', path)
  }
  try {
    return parseCertificate(bytes)
  } catch (error) {
    throw new FactoryError('CERTIFICATE_INVALID', `${path} is not an X.509 certificate`, {
      hint: 'it must be one in DER or PEM form, such as `dkms generate_mok` makes',
      cause: error,
    })
  }
}

function parseCertificate(bytes: Buffer): Certificate {
  const x509 = new X509Certificate(bytes)
  return {
    subject: x509.subject.split('\n').join(', '),
    serial: colonPairs(x509.serialNumber),
    validFrom: new Date(x509.validFrom).toISOString(),
    validTo: new Date(x509.validTo).toISOString(),
    sha1: x509.fingerprint,
    sha256: x509.fingerprint256,
    subjectKeyId: subjectKeyIdOf(x509.raw),
    isPem: bytes.includes('-----BEGIN '),
    x509,
  }
}

/** A whole number of octets, the leading ones that are zero left out. */
function colonPairs(hex: string): string {
  const even = hex.length % 2 === 0 ? hex : `0${hex}`
  const pairs = even.toUpperCase().match(/../g) ?? []
  const first = pairs.findIndex((pair) => pair !== '00')
  return pairs.slice(first < 0 ? pairs.length : first).join(':')
}

const subjectKeyIdentifier = '2.5.29.14'
/** [3], which holds the extensions of TBSCertificate (RFC 5280 section 4.1). */
const extensionsTag = 0xa3

function subjectKeyIdOf(raw: Buffer): string | undefined {
  const [certificate] = derElements(raw) ?? []
  const [tbs] = inside(certificate)
  const wrapped = inside(tbs).find(({ tag }) => tag === extensionsTag)
  const [extensions] = inside(wrapped)
  for (const extension of inside(extensions)) {
    const parts = inside(extension)
    const [id] = parts
    const value = parts.find(({ tag }) => tag === derTag.octetString)
    if (id === undefined || value === undefined || oidText(id.content) !== subjectKeyIdentifier) continue
    const [identifier] = inside(value)
    return identifier?.content.toString('hex')
  }
  return undefined
}

function inside(element: DerElement | undefined): DerElement[] {
  return (element === undefined ? undefined : derElements(element.content)) ?? []
}
