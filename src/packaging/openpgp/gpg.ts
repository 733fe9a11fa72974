/** Signing with gpg and its key ring: agents, smart cards and passphrases are its business. */
import { FactoryError, isFactoryError } from '../../errors.ts'
import { runFilter } from '../../system/run.ts'
import type { SignedData } from './signature-packet.ts'

export interface GpgKey {
  /** What `gpg --local-user` takes: a key id, a fingerprint, an address. */
  readonly user: string
  /** gpg's home; absent: its default. */
  readonly home?: string
}

/**
 * @param how `--detach-sign` or `--clear-sign`, the latter with its armor
 * @throws {FactoryError} PACKAGE_SIGNING_FAILED; TOOL_MISSING; what reading `data` throws
 */
export async function signWithGpg(
  data: SignedData,
  { user, home }: GpgKey,
  how: '--detach-sign' | '--clear-sign',
): Promise<Uint8Array> {
  const homeOption: readonly string[] = home === undefined ? [] : ['--homedir', home]
  const options = ['--batch', '--no-tty', '--no-armor', '--digest-algo', 'sha256', '--local-user', user, how]
  const parts: Uint8Array[] = []
  try {
    const output = runFilter(['gpg', ...homeOption, ...options], chunksOf(data), {
      purpose: 'sign packages with a key of its key ring',
    })
    for await (const part of output) parts.push(part)
  } catch (error) {
    if (!isFactoryError(error, 'COMMAND_FAILED')) throw error
    throw new FactoryError('PACKAGE_SIGNING_FAILED', `gpg did not sign with the key ${user}`, {
      hint: 'look at `gpg --list-secret-keys`, and unlock the key in the agent',
      cause: error,
      details: error.details,
    })
  }
  return Buffer.concat(parts)
}

async function* chunksOf(data: SignedData): AsyncGenerator<Uint8Array> {
  if (data instanceof Uint8Array) yield data
  else yield* data
}
