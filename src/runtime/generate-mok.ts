/** The `generate_mok` action: the key pair that signs modules, made when there is none (dkms(8)). */
import { locateKeyPair } from '../signing/key-pair.ts'
import type { KeyPairRequest, MakePairOptions } from '../signing/model.ts'
import { pairError, settlePair } from '../signing/prepare.ts'

export interface GenerateMokRequest extends KeyPairRequest, Pick<MakePairOptions, 'interactive' | 'report'> {
  readonly dryRun: boolean
}

export interface GenerateMokResult {
  readonly key: string
  readonly certificate: string
  /** Whether it was made, or in a dry run would be; else it was there. */
  readonly made: boolean
}

/** @throws {FactoryError} KEY_PAIR_UNUSABLE; FILE_ACCESS, DISK_FULL, TOOL_MISSING, COMMAND_FAILED when it cannot be made */
export async function generateMok(request: GenerateMokRequest): Promise<GenerateMokResult> {
  const pair = await locateKeyPair(request)
  const { state, made } = await settlePair(pair, { ...request, roots: request.roots })
  if (state.state !== 'present' && state.state !== 'missing') throw pairError(pair, state)
  return { key: pair.key, certificate: pair.certificate, made }
}
