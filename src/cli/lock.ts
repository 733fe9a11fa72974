import { lockTree } from '../tree/lock.ts'
import type { CommandLine } from './grammar.ts'
import { numberOption, type Session } from './session.ts'

/** The tree's lock for one command; a dry run changes nothing and takes none. */
export async function lockFor(session: Session, line: CommandLine): Promise<Disposable> {
  if (session.dryRun) return { [Symbol.dispose]: () => {} }
  const seconds = numberOption(line.options, 'wait')
  return await lockTree(session.roots, {
    purpose: [line.verb ?? '', ...line.words].join(' '),
    report: session.report,
    ...(seconds === undefined ? {} : { waitMs: seconds * 1000 }),
  })
}
