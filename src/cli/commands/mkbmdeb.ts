import { makeBmdebs } from '../../packaging/deb/make-bmdeb.ts'
import type { CommandResult } from '../command.ts'
import { choiceOption, runDebianCommand } from '../debian-command.ts'
import type { CommandLine } from '../grammar.ts'
import type { Session } from '../session.ts'

export async function runMkbmdeb(session: Session, line: CommandLine): Promise<CommandResult> {
  const compression = choiceOption(line.options, 'compress', ['gzip', 'xz', 'zstd', 'none'])
  return await runDebianCommand(session, line, {
    verb: 'mkbmdeb',
    content: 'binaries-only',
    make: (request) => makeBmdebs({ ...request, compression }),
  })
}
