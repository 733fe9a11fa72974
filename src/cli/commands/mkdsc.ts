import type { SourceFormat } from '../../packaging/deb/format/source-description.ts'
import { makeDsc } from '../../packaging/deb/make-dsc.ts'
import type { CommandResult } from '../command.ts'
import { choiceOption, runDebianCommand, sourceUnlessAsked } from '../debian-command.ts'
import type { CommandLine } from '../grammar.ts'
import type { Session } from '../session.ts'

const formats = {
  '1.0': '1.0',
  '3.0-native': '3.0 (native)',
  '3.0-quilt': '3.0 (quilt)',
} as const satisfies Readonly<Record<string, SourceFormat>>

export async function runMkdsc(session: Session, line: CommandLine): Promise<CommandResult> {
  const compression = choiceOption(line.options, 'compress', ['gzip', 'xz', 'bzip2'])
  const format = formats[choiceOption(line.options, 'format', ['1.0', '3.0-native', '3.0-quilt'])]
  return await runDebianCommand(session, line, {
    verb: 'mkdsc',
    content: sourceUnlessAsked(line.options),
    make: (request) => makeDsc({ ...request, compression, format }),
  })
}
