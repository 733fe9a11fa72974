/** Signing as a part of a build: planned before anything is compiled, done between strip and compression. */
import type { AbsolutePath, Kernel } from '../../domain.ts'
import { FactoryError, isFactoryError } from '../../errors.ts'
import { readCertificate } from '../../signing/certificate.ts'
import { isToken } from '../../signing/key-pair.ts'
import type { SigningPlan, SignPlan } from '../../signing/model.ts'
import { prepareSigning } from '../../signing/prepare.ts'
import { signModule } from '../../signing/sign.ts'
import { isFile } from '../../system/fs.ts'
import { enrolCommands, machineTrust } from '../mok.ts'
import type { BuildRequest } from './model.ts'

/**
 * Tells what will be used, or why modules will not be signed.
 * @throws {FactoryError} SIGNATURE_REQUIRED; FILE_ACCESS, CONF_* when a configuration cannot be read; DISK_FULL
 */
export async function planSigning(
  request: BuildRequest,
  kernel: Kernel,
  kernelSourceDir: AbsolutePath,
  kernelConfig: AbsolutePath | undefined,
): Promise<SigningPlan> {
  const { signing, roots, environment, report, dryRun } = request
  const settings = await signing.settingsFor(kernel)
  const plan = await prepareSigning({
    roots,
    distro: signing.distro(),
    settings,
    kernel,
    kernelSourceDir,
    kernelConfig,
    environment,
    rootFacts: signing.rootFacts(),
    interactive: signing.interactive,
    dryRun,
    report,
  })
  if (plan.kind === 'sign' || !signing.required) return plan
  throw new FactoryError('SIGNATURE_REQUIRED', `modules for ${kernel.release} cannot be signed: ${plan.text}`, {
    hint: plan.hint ?? 'leave --require-signature out to have them unsigned',
  })
}

/**
 * @returns whether the module is signed now
 * @throws {FactoryError} SIGNING_FAILED when it had to be
 */
export async function signProduct(plan: SigningPlan, path: string, request: BuildRequest): Promise<boolean> {
  if (plan.kind === 'unsigned') return false
  const result = await signModule(plan, path)
  if (result.state === 'signed') return true
  if (request.signing.required) throw result.error
  const { message, details, hint, code } = result.error
  request.report({
    kind: 'warning',
    code,
    message: `${message} and it stays unsigned: ${details.join('; ')}`,
    ...(hint === undefined ? {} : { hint }),
  })
  return false
}

/** Says once for each certificate when this machine would refuse what is being signed, and how that is mended. */
export function tellTrust(request: BuildRequest, plans: readonly SigningPlan[]): void {
  const signing = plans.filter((plan): plan is SignPlan => plan.kind === 'sign')
  for (const path of new Set(signing.map(({ certificate }) => certificate))) {
    const certificate = certificateAt(path)
    if (certificate === undefined) continue
    const { modules, enrolment } = machineTrust(certificate, request.signing.machineRoot)
    if (modules !== 'refused') continue
    const waiting = enrolment.state === 'waiting'
    request.report({
      kind: 'warning',
      code: 'KEY_NOT_ENROLLED',
      message: `this machine will refuse the signed modules: ${path} is ${waiting ? 'not yet' : 'not'} among its trusted keys`,
      hint: waiting
        ? 'reboot and choose "Enroll MOK" in the blue screen'
        : `run as root: ${enrolCommands(path, certificate).join(' && ')}; then reboot and choose "Enroll MOK"`,
    })
  }
}

function certificateAt(path: string) {
  if (isToken(path) || !isFile(path)) return undefined
  try {
    return readCertificate(path)
  } catch (error) {
    // sign-file will say it better, or take it.
    if (isFactoryError(error)) return undefined
    throw error
  }
}
