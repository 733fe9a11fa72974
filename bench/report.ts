/** What a benchmark found, and the table of it. */
import type { Pair } from './measure.ts'

export interface Finding {
  readonly what: string
  readonly ours: string
  readonly theirs: string
  /** How many times faster we are, or another measure that the target is about. */
  readonly measure: string
  readonly runs: string
  readonly target: string
  readonly verdict: 'met' | 'missed' | ''
}

export interface Target {
  /** Our time may be at most this many times theirs. */
  readonly atMost?: number
  /** We must be at least this many times faster. */
  readonly timesFaster?: number
}

export function findingOf(what: string, pair: Pair, target: Target = {}, note = ''): Finding {
  const { ours, theirs } = pair
  const ratio = theirs === undefined ? undefined : theirs.median / ours.median
  return {
    what,
    ours: formatTime(ours.median),
    theirs: theirs === undefined ? note || 'not run' : formatTime(theirs.median),
    measure: ratio === undefined ? '' : `${formatNumber(ratio)} x`,
    runs: String(ours.runs),
    target: describeTarget(target),
    verdict: ratio === undefined ? '' : judge(ratio, target),
  }
}

function describeTarget(target: Target): string {
  if (target.timesFaster !== undefined) return `${target.timesFaster} x or more`
  return target.atMost === undefined ? '' : `${formatNumber(1 / target.atMost)} x or more`
}

function judge(ratio: number, target: Target): Finding['verdict'] {
  const least = target.timesFaster ?? (target.atMost === undefined ? undefined : 1 / target.atMost)
  if (least === undefined) return ''
  return ratio >= least ? 'met' : 'missed'
}

export function formatTime(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds.toFixed(1)} ms` : `${(milliseconds / 1000).toFixed(2)} s`
}

export function formatNumber(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

const headings: Finding = {
  what: '',
  ours: 'ours',
  theirs: 'dkms',
  measure: 'result',
  runs: 'n',
  target: 'target',
  verdict: '',
}

const columns = ['what', 'ours', 'theirs', 'measure', 'runs', 'target', 'verdict'] as const

/** Plain columns; text to the left, numbers to the right. */
export function renderTable(findings: readonly Finding[]): string {
  const rows = [headings, ...findings]
  const widths = columns.map((column) => Math.max(...rows.map((row) => row[column].length)))
  const lines = rows.map((row) =>
    columns
      .map((column, index) => pad(row[column], widths[index] ?? 0, column === 'what' || column === 'verdict'))
      .join('  ')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n`
}

function pad(text: string, width: number, left: boolean): string {
  return left ? text.padEnd(width) : text.padStart(width)
}
