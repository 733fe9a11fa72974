import type { CommandResult } from '../command.ts'
import type { CommandLine } from '../grammar.ts'
import type { Session } from '../session.ts'
import { removalFor } from './kernel-prerm.ts'

export async function runKernelPreinst(session: Session, line: CommandLine): Promise<CommandResult> {
  return await removalFor(session, line, 'preinst')
}
