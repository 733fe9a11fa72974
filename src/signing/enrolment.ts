/** Whether the kernel of this machine will trust a certificate, as far as it can be told without changing anything. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Certificate } from './certificate.ts'
import { readShimList, type SecureBoot, type Variable } from './firmware.ts'
import { certificatesIn } from './signature-list.ts'

export type Enrolment =
  | { readonly state: 'enrolled'; readonly where: 'machine owner keys' | 'keys of the kernel' }
  /** Imported with mokutil; MokManager asks for it at the next boot. */
  | { readonly state: 'waiting' }
  | { readonly state: 'not-enrolled' }
  | { readonly state: 'unknown'; readonly why: string }

/** @param root of the machine, `/` but in tests */
export function readEnrolment(certificate: Certificate, secureBoot: SecureBoot, root: string): Enrolment {
  const enrolled = readShimList(root, 'MokListRT')
  if (lists(enrolled, certificate) === true) return { state: 'enrolled', where: 'machine owner keys' }
  if (isKernelKey(certificate, root)) return { state: 'enrolled', where: 'keys of the kernel' }
  if (secureBoot.state === 'no-efi') {
    return { state: 'unknown', why: 'this machine was not started by EFI firmware, which keeps the list of keys' }
  }
  if (lists(readShimList(root, 'MokNew'), certificate) === true) return { state: 'waiting' }
  if (enrolled.kind === 'unreadable') return { state: 'unknown', why: enrolled.why }
  if (enrolled.kind === 'value' && certificatesIn(enrolled.bytes) === undefined) {
    return { state: 'unknown', why: 'the list of machine owner keys is damaged' }
  }
  if (enrolled.kind === 'absent' && secureBoot.state === 'unknown') return secureBoot
  return { state: 'not-enrolled' }
}

/** Undefined when the list cannot be read. */
function lists(list: Variable, certificate: Certificate): boolean | undefined {
  if (list.kind !== 'value') return undefined
  return certificatesIn(list.bytes)?.some((der) => der.equals(certificate.x509.raw))
}

/**
 * The kernel names a certificate `SUBJECT: IDENTIFIER` (crypto/asymmetric_keys/x509_public_key.c), and lists in
 * /proc/keys (proc(5)) the keys that the reader may see.
 */
function isKernelKey({ subjectKeyId }: Certificate, root: string): boolean {
  if (subjectKeyId === undefined) return false
  return readKeys(root)
    .split('\n')
    .some((line) => / asymmetri /.test(line) && line.includes(`: ${subjectKeyId}: `))
}

function readKeys(root: string): string {
  try {
    return readFileSync(join(root, 'proc/keys'), 'utf8')
  } catch {
    // A kernel without CONFIG_KEYS, or a container that hides them: then the file tells nothing.
    return ''
  }
}

/**
 * Whether the kernel takes only modules with a signature it trusts, whatever the firmware says
 * (Documentation/admin-guide/module-signing.rst, module.sig_enforce). Undefined when it does not tell.
 */
export function readEnforcement(root: string): boolean | undefined {
  try {
    return readFileSync(join(root, 'sys/module/module/parameters/sig_enforce'), 'utf8').trim() === 'Y'
  } catch {
    return undefined
  }
}

export type Verdict = 'accepted' | 'refused' | 'unknown'

/** What becomes of a module that is signed with the key of the certificate. */
export function judgeModules(secureBoot: SecureBoot, enforced: boolean | undefined, enrolment: Enrolment): Verdict {
  if (enrolment.state === 'enrolled') return 'accepted'
  const checks = secureBoot.state === 'on' || enforced === true
  if (!checks) return secureBoot.state === 'unknown' ? 'unknown' : 'accepted'
  return enrolment.state === 'unknown' ? 'unknown' : 'refused'
}
