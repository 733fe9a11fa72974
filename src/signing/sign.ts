/** Appends a signature to a module. */
import { rmSync } from 'node:fs'
import { FactoryError, isFactoryError } from '../errors.ts'
import { readModuleInfo } from '../kernel/modinfo.ts'
import { run } from '../system/run.ts'
import type { SignPlan } from './model.ts'

export type SignResult =
  | { readonly state: 'signed' }
  /** The module is as it was. */
  | { readonly state: 'failed'; readonly error: FactoryError }

/**
 * Runs `SIGN-FILE HASH KEY CERTIFICATE MODULE` (scripts/sign-file of the kernel; kmodsign takes the same). A program that
 * ends well and leaves no signature has failed too.
 * @param path an uncompressed module, after it was stripped: both would take the signature away
 */
export async function signModule(plan: SignPlan, path: string): Promise<SignResult> {
  try {
    await run([...plan.command, plan.hash, plan.key, plan.certificate, path], { purpose: 'sign modules' })
    const { signature } = await readModuleInfo(path)
    if (signature !== undefined) return { state: 'signed' }
    return { state: 'failed', error: signingFailed(plan, path, ['it ended well and appended no signature']) }
  } catch (error) {
    if (!isFactoryError(error)) throw error
    // sign-file writes beside the module before it replaces it.
    rmSync(`${path}.~signed~`, { force: true })
    return { state: 'failed', error: signingFailed(plan, path, [error.message, ...error.details]) }
  }
}

function signingFailed(plan: SignPlan, path: string, details: readonly string[]): FactoryError {
  return new FactoryError('SIGNING_FAILED', `${plan.command[0]} did not sign ${path}`, {
    details,
    hint: `check that ${plan.key} and ${plan.certificate} can be read and belong together, and that sign_file in framework.conf is right`,
  })
}
