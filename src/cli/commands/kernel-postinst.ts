import type { CommandResult } from '../command.ts'
import type { CommandLine } from '../grammar.ts'
import { oneKernel } from '../many-request.ts'
import type { Session } from '../session.ts'
import { autoinstallFor } from './autoinstall.ts'

export async function runKernelPostinst(session: Session, line: CommandLine): Promise<CommandResult> {
  return await autoinstallFor(session, line, [oneKernel(session, line, true)])
}
