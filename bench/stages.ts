/** How the time of a command is shared out among its stages (src/system/stage.ts). */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { median } from './measure.ts'
import { checkout, timeOnce } from './programs.ts'

export interface Stage {
  readonly name: string
  /** Milliseconds, of all its runs within one command together. */
  readonly milliseconds: number
  /** Of the whole command, 0 to 1. */
  readonly share: number
}

interface Recorded {
  /** From the start of the process, in milliseconds. */
  readonly total: number
  readonly entries: readonly { readonly name: string; readonly startTime: number; readonly duration: number }[]
}

/**
 * Medians over several runs, in the order the stages begin: first what comes before any of them, last what comes between
 * and after them.
 *
 * @param args of our program
 * @param scratch an existing directory
 */
export function measureStages(args: readonly string[], scratch: string, prepare: () => void, runs = 7): Stage[] {
  const file = join(scratch, 'stages.json')
  const recorded = Array.from({ length: runs }, () => {
    timeOnce({ argv: withEntries(args), prepare, env: { BENCH_STAGES: file } })
    return JSON.parse(readFileSync(file, 'utf8')) as Recorded
  })
  const totals = recorded.map(totalsOf)
  const whole = median(recorded.map(({ total }) => total))
  const names = [...(totals[0]?.keys() ?? [])]
  return names.map((name) => {
    const milliseconds = median(totals.map((one) => one.get(name) ?? 0))
    return { name, milliseconds, share: milliseconds / whole }
  })
}

/** The Node that runs the benchmark is the one bin/dkms would take. */
function withEntries(args: readonly string[]): [string, ...string[]] {
  const preload = join(checkout, 'bench/stage-entries.cjs')
  return [process.execPath, '--require', preload, join(checkout, 'dist/main.cjs'), 'dkms', ...args]
}

const before = 'start, command line, tree'
const between = 'between and after'

function totalsOf({ total, entries }: Recorded): ReadonlyMap<string, number> {
  const sorted = entries.toSorted((a, b) => a.startTime - b.startTime)
  const first = sorted[0]?.startTime ?? total
  const sums = new Map([[before, first]])
  for (const { name, duration } of sorted) sums.set(name, (sums.get(name) ?? 0) + duration)
  const known = [...sums.values()].reduce((sum, part) => sum + part, 0)
  return sums.set(between, total - known)
}
