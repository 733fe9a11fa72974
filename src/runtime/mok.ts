/** The `mok` action: which key signs modules, whether this machine trusts it, and what to do when it does not. */
import { isFactoryError } from '../errors.ts'
import { type Certificate, readCertificate } from '../signing/certificate.ts'
import { type Enrolment, judgeModules, readEnforcement, readEnrolment, type Verdict } from '../signing/enrolment.ts'
import { readSecureBoot, type SecureBoot } from '../signing/firmware.ts'
import { isToken, type KeyPair, locateKeyPair, type PairState, stateOfPair } from '../signing/key-pair.ts'
import type { KeyPairRequest } from '../signing/model.ts'
import { isFile } from '../system/fs.ts'
import { quoteArgv } from '../system/run.ts'

export interface MokRequest extends KeyPairRequest {
  /** Of the machine, `/` but in tests. */
  readonly machineRoot: string
}

export interface MokResult {
  readonly pair: KeyPair
  readonly state: PairState
  /** Undefined when there is none, or the file is not one: `problem` then says so. */
  readonly certificate: Certificate | undefined
  readonly problem: string | undefined
  readonly trust: MachineTrust
  /** What an administrator runs next, in order; empty when nothing is to be done. */
  readonly commands: readonly string[]
}

export interface MachineTrust {
  readonly secureBoot: SecureBoot
  /** Whether the kernel insists on signatures by itself. */
  readonly enforced: boolean | undefined
  readonly enrolment: Enrolment
  readonly modules: Verdict
}

export async function describeMok(request: MokRequest): Promise<MokResult> {
  const pair = await locateKeyPair(request)
  const state = stateOfPair(pair)
  const { certificate, problem } = tryCertificate(pair.certificate)
  const trust = machineTrust(certificate, request.machineRoot)
  return { pair, state, certificate, problem, trust, commands: commandsFor(pair, state, certificate, trust) }
}

/** What this machine makes of modules signed with the key of the certificate. */
export function machineTrust(certificate: Certificate | undefined, machineRoot: string): MachineTrust {
  const secureBoot = readSecureBoot(machineRoot)
  const enforced = readEnforcement(machineRoot)
  const enrolment: Enrolment =
    certificate === undefined
      ? { state: 'unknown', why: 'there is no certificate' }
      : readEnrolment(certificate, secureBoot, machineRoot)
  return { secureBoot, enforced, enrolment, modules: judgeModules(secureBoot, enforced, enrolment) }
}

function tryCertificate(path: string): Pick<MokResult, 'certificate' | 'problem'> {
  if (isToken(path) || !isFile(path)) return { certificate: undefined, problem: undefined }
  try {
    return { certificate: readCertificate(path), problem: undefined }
  } catch (error) {
    if (!isFactoryError(error)) throw error
    return { certificate: undefined, problem: error.message }
  }
}

function commandsFor(
  pair: KeyPair,
  state: PairState,
  certificate: Certificate | undefined,
  trust: MachineTrust,
): readonly string[] {
  if (state.state === 'missing') return ['dkms generate_mok']
  if (certificate === undefined || trust.modules !== 'refused' || trust.enrolment.state !== 'not-enrolled') return []
  return enrolCommands(pair.certificate, certificate)
}

/** mokutil(1) takes certificates in DER form only. */
export function enrolCommands(path: string, certificate: Certificate): readonly string[] {
  if (!certificate.isPem) return [quoteArgv(['mokutil', '--import', path])]
  const der = `${path.replace(/\.(?:pem|crt|cer|key)$/, '')}.der`
  return [
    quoteArgv(['openssl', 'x509', '-in', path, '-outform', 'DER', '-out', der]),
    quoteArgv(['mokutil', '--import', der]),
  ]
}
