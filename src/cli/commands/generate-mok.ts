import { generateMok } from '../../runtime/generate-mok.ts'
import type { CommandResult } from '../command.ts'
import type { CommandLine } from '../grammar.ts'
import { lockFor } from '../lock.ts'
import type { Session } from '../session.ts'
import { isInteractive, keyPairRequest } from '../signing.ts'

/** The two lines are those of dkms, which scripts read the paths from. */
export async function runGenerateMok(session: Session, line: CommandLine): Promise<CommandResult> {
  using _lock = await lockFor(session, line)
  const { report, dryRun } = session
  const request = await keyPairRequest(session, line)
  const { key, certificate, made } = await generateMok({ ...request, report, dryRun, interactive: isInteractive() })
  if (made) report({ kind: 'note', message: dryRun ? 'The key pair would be made' : 'Made a new key pair' })
  return {
    json: { key, certificate, made, dryRun },
    text: `Signing key: ${key}\nPublic certificate (MOK): ${certificate}\n`,
  }
}
