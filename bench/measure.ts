/** Medians of two commands run in turn, so that both meet the same moods of the machine. */
import { type Command, type Timed, timeOnce } from './programs.ts'

export interface Sample {
  /** Milliseconds. */
  readonly median: number
  readonly runs: number
  /** What the last run printed. */
  readonly stdout: string
}

export interface Pair {
  readonly ours: Sample
  /** Absent where there is nothing to compare with. */
  readonly theirs?: Sample
}

export interface Effort {
  readonly runs: number
  /** No further round begins after this many seconds, once there are three. */
  readonly seconds: number
}

const usual: Effort = { runs: 25, seconds: 20 }

export function compare(ours: Command, theirs: Command | undefined, effort: Effort = usual): Pair {
  const timesOfOurs: Timed[] = []
  const timesOfTheirs: Timed[] = []
  const end = performance.now() + effort.seconds * 1000
  if (effort.runs > 3) warmUp(ours, theirs)
  for (let round = 0; round < effort.runs && (round < 3 || performance.now() < end); round += 1) {
    timesOfOurs.push(timeOnce(ours))
    if (theirs !== undefined) timesOfTheirs.push(timeOnce(theirs))
  }
  const sample = sampleOf(timesOfOurs)
  return theirs === undefined ? { ours: sample } : { ours: sample, theirs: sampleOf(timesOfTheirs) }
}

function warmUp(...commands: readonly (Command | undefined)[]): void {
  for (const command of commands) if (command !== undefined) timeOnce(command)
}

function sampleOf(runs: readonly Timed[]): Sample {
  return { median: median(runs.map((run) => run.milliseconds)), runs: runs.length, stdout: runs.at(-1)?.stdout ?? '' }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle]
  if (upper === undefined) throw new Error('no values to take the median of')
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2
}
