import { makeDeb } from '../../packaging/deb/make-deb.ts'
import type { CommandResult } from '../command.ts'
import { choiceOption, runDebianCommand, sourceUnlessAsked } from '../debian-command.ts'
import type { CommandLine } from '../grammar.ts'
import type { Session } from '../session.ts'

export async function runMkdeb(session: Session, line: CommandLine): Promise<CommandResult> {
  const compression = choiceOption(line.options, 'compress', ['gzip', 'xz', 'zstd', 'none'])
  return await runDebianCommand(session, line, {
    verb: 'mkdeb',
    content: sourceUnlessAsked(line.options),
    make: (request) => makeDeb({ ...request, compression }),
  })
}
