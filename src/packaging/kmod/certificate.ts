/**
 * SUSE's package with the certificate that modules are signed with: `foo-ueficert`, whose scripts ask the firmware to take it
 * (kernel-cert-subpackage of SUSE's kernel-source, cert-script of suse-module-tools).
 */
import { writeFileSync } from 'node:fs'
import { type AbsolutePath, below } from '../../domain.ts'
import type { ModuleSignature } from '../../kernel/signature.ts'
import { type Certificate, readCertificate } from '../../signing/certificate.ts'
import { fileError } from '../../system/fs.ts'
import type { StockTemplates } from '../../templates/stock.ts'
import { preambleOf } from '../rpm/describe.ts'
import {
  type RpmBinaryDescription,
  type RpmEntry,
  rpmFileName,
  type ScriptletPhase,
} from '../rpm/format/description.ts'
import { bodyOf } from '../rpm/scriptlets.ts'
import type { RpmSubject } from '../rpm/subject.ts'
import { styles, suseScriptlets } from './styles.ts'

export interface SigningCertificate extends Certificate {
  /** For messages. */
  readonly path: string
  /** The name of its file, without `.crt`: how its SHA-1 fingerprint begins. */
  readonly id: string
}

/** @throws {FactoryError} FILE_ACCESS; CERTIFICATE_INVALID */
export function readSigningCertificate(path: AbsolutePath): SigningCertificate {
  const certificate = readCertificate(path)
  return { ...certificate, path, id: certificate.sha1.replaceAll(':', '').slice(0, 8) }
}

export function certificatePackage(stem: string): string {
  return `${stem}-ueficert`
}

/** Whether a module says that it is signed with the key of the certificate. */
export function isSignedWith(
  signature: ModuleSignature | undefined,
  { serial, subjectKeyId }: Pick<Certificate, 'serial' | 'subjectKeyId'>,
): boolean {
  if (signature === undefined) return false
  const names = [serial, subjectKeyId].flatMap((name) => (name === undefined ? [] : [plain(name)]))
  return [signature.sigKey, signature.keyId].some((key) => key !== undefined && names.includes(plain(key)))
}

function plain(key: string): string {
  return key.replaceAll(':', '').toLowerCase()
}

const directory = '/etc/uefi/certs'
const phases = ['pre', 'post', 'preun', 'postun', 'posttrans'] as const satisfies readonly ScriptletPhase[]

/** @param scratch where its file is written, in the form that the firmware takes; undefined for a dry run */
export function describeCertificate(
  templates: StockTemplates,
  subject: RpmSubject,
  certificate: SigningCertificate,
  scratch: AbsolutePath | undefined,
): RpmBinaryDescription {
  const preamble = preambleOf(subject)
  const mtime = subject.plan.clampTime
  const directories = ['/etc/uefi', directory].map(
    (path): RpmEntry => ({ kind: 'directory', path, mode: 0o755, mtime }),
  )
  const file = { kind: 'file', path: `${directory}/${certificate.id}.crt`, mode: 0o644, mtime } as const
  return {
    kind: 'binary',
    ...preamble,
    name: certificatePackage(subject.name),
    summary: `The certificate that the modules of ${subject.name} are signed with`,
    description: `Asks the firmware to take the certificate that the modules of\n${subject.name}\nare signed with. The owner of the machine confirms it at its next start:\n${certificate.subject}`,
    arch: 'noarch',
    sourceRpm: rpmFileName({ ...preamble, name: styles.suse.sourceName(subject.name), arch: 'noarch', kind: 'source' }),
    entries: [...directories, { ...file, content: contentOf(certificate, scratch) }],
    relations: { requires: [suseScriptlets, { ...suseScriptlets, uses: ['pre', 'post', 'preun', 'postun'] }] },
    scriptlets: phases.map((phase) => ({
      phase,
      body: bodyOf(templates.render('kmp/suse-cert-scriptlet.sh.hbs', { phase, certificate: certificate.id })),
    })),
  }
}

function contentOf(
  { x509, id }: SigningCertificate,
  scratch: AbsolutePath | undefined,
): Extract<RpmEntry, { kind: 'file' }>['content'] {
  if (scratch === undefined) return { text: '' }
  const from = below(scratch, `${id}.crt`)
  try {
    writeFileSync(from, x509.raw)
  } catch (error) {
    throw fileError(error, 'write', from)
  }
  return { from, bytes: x509.raw.length }
}
