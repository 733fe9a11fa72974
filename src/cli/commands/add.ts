import { formatPackage } from '../../domain.ts'
import type { AddResult, AddTarget } from '../../runtime/add.ts'
import type { CommandResult } from '../command.ts'
import type { CommandLine } from '../grammar.ts'
import { lockFor } from '../lock.ts'
import type { Session } from '../session.ts'
import { readTarget, requirePackage, type Target } from '../target.ts'
import { addWhat } from './add-target.ts'

/** An archive in place of a package is loaded, as with ldtarball. */
export async function runAdd(session: Session, line: CommandLine): Promise<CommandResult> {
  const target = readTarget(line, session.report)
  if (target.archive !== undefined && target.source === undefined && target.name === undefined) {
    const { runLdtarball } = await import('./ldtarball.ts')
    return runLdtarball(session, line)
  }
  using _lock = await lockFor(session, line)
  const result = await addWhat(session, line, whatOf(target))
  return { json: addDocument(session, result), text: addText(session, result) }
}

function whatOf(target: Target): AddTarget {
  if (target.source !== undefined) return { kind: 'path', path: target.source }
  return { kind: 'package', id: requirePackage(target) }
}

function addDocument(session: Session, { package: id, postAdd, ...rest }: AddResult): Record<string, unknown> {
  return { module: id.name, version: id.version, ...rest, postAdd: postAdd.kind, dryRun: session.dryRun }
}

function addText(session: Session, result: AddResult): string {
  const done = session.dryRun ? 'would be added' : outcomes[result.outcome]
  const copied = result.copiedFrom === undefined ? '' : ` (source copied from ${result.copiedFrom})`
  return `${formatPackage(result.package)}: ${done}${copied}\n`
}

const outcomes = {
  added: 'added',
  relinked: 'added again, its link to the source was repaired',
  kept: 'its source was replaced',
} as const satisfies Record<AddResult['outcome'], string>
