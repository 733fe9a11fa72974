import { formatPackage } from '../domain.ts'
import { silent } from '../report.ts'
import { lockTree } from '../tree/lock.ts'
import type { CommandLine } from './grammar.ts'
import { numberOption, type Session } from './session.ts'
import { readArchive, readTarget, type Target } from './target.ts'
import { verbTable } from './verbs.ts'

export interface LockUse {
  /** The command changes nothing in the tree but what it may be told to write there. */
  readonly onlyReads?: boolean
}

/** The tree's lock for one command; a dry run changes nothing and takes none. */
export async function lockFor(session: Session, line: CommandLine, use: LockUse = {}): Promise<Disposable> {
  if (session.dryRun) return { [Symbol.dispose]: () => {} }
  const seconds = numberOption(line.options, 'wait')
  return await lockTree(session.roots, {
    purpose: purposeOf(line),
    report: session.report,
    ...use,
    ...(seconds === undefined ? {} : { waitMs: seconds * 1000 }),
  })
}

/** What others who wait are told: the action and what it is about, however that was given. */
export function purposeOf(line: CommandLine): string {
  const { verb } = line
  if (verb === undefined) return ''
  if (verb === 'ldtarball') return `${verb} ${readArchive(line, silent)}`
  const about = verbTable[verb].words === 'package' ? aboutWhat(readTarget(line, silent)) : undefined
  return about === undefined ? verb : `${verb} ${about}`
}

function aboutWhat({ name, version, source, archive }: Target): string | undefined {
  if (name === undefined) return source ?? archive
  return version === undefined ? name : formatPackage({ name, version })
}
