/** What an action is to the command line: a session and its words, to a result. */
import type { FactoryError } from '../errors.ts'
import type { CommandLine } from './grammar.ts'
import type { Session } from './session.ts'

export interface CommandResult {
  /** The document of --json. */
  readonly json: Readonly<Record<string, unknown>>
  /** What is printed otherwise; empty, or ending in a newline. */
  readonly text: string
  /** Work that was done in part or not at all; its exit status is that of the program. */
  readonly failure?: FactoryError
  /** What is told on standard error, where that is not just `failure`: each error of several, or none. */
  readonly errors?: readonly FactoryError[]
}

export type Command = (session: Session, line: CommandLine) => Promise<CommandResult>
