/** Decides, before a kernel is built for, how its modules are signed (framework.conf of the DKMS man page; DKMS 3.4). */
import { FactoryError, isFactoryError } from '../errors.ts'
import { readKconfig } from '../kernel/kconfig.ts'
import type { Report } from '../report.ts'
import { judgeChroot } from './chroot.ts'
import { isToken, type KeyPair, locateKeyPair, type PairState, stateOfPair } from './key-pair.ts'
import { completePair, dropStaged, makePair } from './make-pair.ts'
import {
  type KeyPairRequest,
  type MakePairOptions,
  type SigningPlan,
  type SigningRequest,
  type UnsignedPlan,
  type UnsignedReason,
  unsignedReasons,
} from './model.ts'
import { findSignTool, signToolCandidates } from './tool.ts'

/**
 * Makes the key pair when there is none, and tells what will be used or why nothing will. What keeps modules from being
 * signed is an answer, not an error: whether they must be is the caller's to know.
 * @throws {FactoryError} FILE_ACCESS when a configuration file cannot be read; DISK_FULL
 */
export async function prepareSigning(request: SigningRequest): Promise<SigningPlan> {
  const plan = await decide(request)
  tell(plan, request)
  return plan
}

async function decide(request: SigningRequest): Promise<SigningPlan> {
  const refusal = refusalOf(request)
  if (refusal !== undefined) return refusal
  const hash = hashOf(request)
  if (typeof hash !== 'string') return hash
  const candidates = signToolCandidates(request)
  const tool = findSignTool(candidates, request.environment)
  if (tool === undefined) return toolMissing(candidates)
  const pair = await locateKeyPair(request)
  const made = await ensurePair(pair, request)
  if (typeof made !== 'boolean') return made
  return { kind: 'sign', command: [tool], hash, key: pair.key, certificate: pair.certificate, generated: made }
}

function refusalOf({ settings, rootFacts }: SigningRequest): UnsignedPlan | undefined {
  if (settings.trySignModules === 'true') return undefined
  if (settings.trySignModules === 'false') return unsigned('DISABLED', 'try_sign_modules is false in framework.conf')
  const verdict = judgeChroot(rootFacts)
  if (!verdict.inside) return undefined
  return unsigned('IN_CHROOT', `this is a chroot (${verdict.why})`, 'set try_sign_modules="true" to sign nevertheless')
}

function hashOf({ kernelConfig, kernelSourceDir }: KeyPairRequest): string | UnsignedPlan {
  if (kernelConfig === undefined) {
    return unsigned('KERNEL_CONFIG_MISSING', `${kernelSourceDir} holds no configuration of the kernel`)
  }
  const hash = readKconfig(kernelConfig).get('CONFIG_MODULE_SIG_HASH')
  if (hash !== undefined && hash !== '') return hash
  return unsigned(
    'KERNEL_DOES_NOT_SIGN',
    `the kernel checks no signatures (no CONFIG_MODULE_SIG_HASH in ${kernelConfig})`,
  )
}

function toolMissing(candidates: readonly string[]): UnsignedPlan {
  const [first = 'sign-file', ...others] = candidates
  const places = others.length === 0 ? first : `any of ${candidates.join(', ')}`
  const hint = others.length === 0 ? 'correct sign_file in framework.conf' : 'install the headers of the kernel'
  return unsigned('TOOL_MISSING', `there is no program to sign with at ${places}`, hint)
}

/** @returns whether the pair had to be made, or why there is none to use */
async function ensurePair(pair: KeyPair, request: SigningRequest): Promise<boolean | UnsignedPlan> {
  try {
    const { state, made } = await settlePair(pair, request)
    return state.state === 'present' || state.state === 'missing' ? made : unusable(pair, state)
  } catch (error) {
    if (!isFactoryError(error) || error.code === 'DISK_FULL') throw error
    return unsigned(
      'KEY_PAIR_NOT_MADE',
      [`no key pair could be made: ${error.message}`, ...error.details].join('; '),
      error.hint ?? `make ${pair.key} and ${pair.certificate} yourself, or correct mok_signing_key in framework.conf`,
    )
  }
}

/**
 * The pair as it is after a missing one was made (not in a dry run) and an interrupted making completed.
 * @throws {FactoryError} as {@link makePair}
 */
export async function settlePair(
  pair: KeyPair,
  request: MakePairOptions & Pick<KeyPairRequest, 'distro'> & { readonly dryRun: boolean },
): Promise<{ readonly state: PairState; readonly made: boolean }> {
  const state = stateOfPair(pair)
  if (request.dryRun) return { state, made: state.state === 'missing' }
  if (state.state === 'incomplete' && state.present === pair.key && completePair(pair)) {
    return { state: { state: 'present' }, made: true }
  }
  if (state.state === 'present') dropStaged(pair)
  if (state.state !== 'missing') return { state, made: false }
  await makePair(pair, request.distro.signingKeys.madeBy, request)
  return { state: { state: 'present' }, made: true }
}

type UnusableState = Exclude<PairState, { state: 'present' | 'missing' }>

function unusable(pair: KeyPair, state: UnusableState): UnsignedPlan {
  switch (state.state) {
    case 'relative':
      return unsigned(
        'KEY_PATH_RELATIVE',
        `${state.path} does not begin with a slash`,
        'write the whole path in framework.conf',
      )
    case 'incomplete':
      if (isToken(state.present)) return withoutFile(state.present, state.absent)
      return unsigned(
        'KEY_PAIR_INCOMPLETE',
        `${state.present} exists and ${state.absent} does not`,
        `bring ${state.absent} back, or move ${state.present} away so that a new pair is made, which must be enrolled again`,
      )
    case 'mismatched':
      return unsigned(
        'KEY_PAIR_MISMATCHED',
        `the certificate ${pair.certificate} does not belong to the key ${pair.key}`,
        'put the two files of one pair there, or move both away so that a new pair is made',
      )
  }
}

/** One of the two is in a token, which nobody moves away. */
function withoutFile(token: string, absent: string): UnsignedPlan {
  return unsigned(
    'KEY_PAIR_INCOMPLETE',
    `${absent}, which goes with ${token}, does not exist`,
    `put it there, or name the right file in framework.conf: a certificate can be exported from the token`,
  )
}

/** The same as an error, for those who asked for the keys themselves. */
export function pairError(pair: KeyPair, state: UnusableState): FactoryError {
  const { text, hint } = unusable(pair, state)
  return new FactoryError('KEY_PAIR_UNUSABLE', text, hint === undefined ? {} : { hint })
}

function unsigned(reason: UnsignedReason, text: string, hint?: string): UnsignedPlan {
  return { kind: 'unsigned', reason, text, ...(hint === undefined ? {} : { hint }) }
}

function tell(
  plan: SigningPlan,
  { kernel, report, dryRun }: { kernel: { release: string }; report: Report; dryRun: boolean },
): void {
  if (plan.kind === 'sign') {
    const made = plan.generated ? (dryRun ? ', a pair that would be made' : ', a pair made just now') : ''
    report({
      kind: 'note',
      message: `Modules for ${kernel.release} are signed by ${plan.command.join(' ')} with ${plan.key} and ${plan.certificate}${made}`,
    })
    return
  }
  const message = `Modules for ${kernel.release} will not be signed: ${plan.text}`
  if (unsignedReasons[plan.reason] === 'note') report({ kind: 'note', message })
  else report({ kind: 'warning', code: plan.reason, message, ...(plan.hint === undefined ? {} : { hint: plan.hint }) })
}
