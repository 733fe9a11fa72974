import { lockTree } from '../tree/lock.ts'
import type { CommandLine } from './grammar.ts'
import { numberOption, type Session } from './session.ts'

export interface LockUse {
  /** The command changes nothing in the tree but what it may be told to write there. */
  readonly onlyReads?: boolean
}

/** The tree's lock for one command; a dry run changes nothing and takes none. */
export async function lockFor(session: Session, line: CommandLine, use: LockUse = {}): Promise<Disposable> {
  if (session.dryRun) return { [Symbol.dispose]: () => {} }
  const seconds = numberOption(line.options, 'wait')
  return await lockTree(session.roots, {
    purpose: [line.verb ?? '', ...line.words].join(' '),
    report: session.report,
    ...use,
    ...(seconds === undefined ? {} : { waitMs: seconds * 1000 }),
  })
}
