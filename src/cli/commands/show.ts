import { showImage } from '../../packaging/driverdisk/show.ts'
import type { CommandResult } from '../command.ts'
import { packageReader } from '../driverdisk-rooms.ts'
import type { CommandLine } from '../grammar.ts'
import { imageArgument } from '../image-argument.ts'
import { contentsText } from '../render/driverdisk.ts'
import type { Session } from '../session.ts'

/** Needs no root and mounts nothing; a dry run is no different, for nothing is changed anyway. */
export async function runShow(session: Session, line: CommandLine): Promise<CommandResult> {
  const file = imageArgument(line)
  const contents = await showImage(file, { tmp: session.roots.tmp, reader: packageReader })
  return { json: { file, ...contents }, text: contentsText(file, contents) }
}
