/** What every part of the benchmark is given. */
import { join } from 'node:path'
import { compare, type Effort, type Pair } from './measure.ts'
import { type Command, ours } from './programs.ts'
import type { Finding } from './report.ts'

export interface Context {
  /** Scratch space, removed at the end. */
  readonly scratch: string
  /** The distribution's dkms, if it is installed. */
  readonly dkms: string | undefined
}

export interface Part {
  readonly name: string
  readonly about: string
  run(context: Context): Promise<readonly Finding[]> | readonly Finding[]
}

/** Times the same command of both programs, each in a directory of its own below the scratch space. */
export function contest(
  context: Context,
  commandFor: (program: string, dir: string) => Command,
  effort?: Effort,
): Pair {
  const { scratch, dkms } = context
  return compare(
    commandFor(ours, join(scratch, 'ours')),
    dkms === undefined ? undefined : commandFor(dkms, join(scratch, 'dkms')),
    effort,
  )
}
