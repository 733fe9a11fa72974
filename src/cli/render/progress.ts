/** Where progress events go: lines, bars on a terminal, NDJSON, or nowhere. */
import { FactoryError } from '../../errors.ts'
import { type ProgressEvent, type Report, silent } from '../../report.ts'
import type { GivenOptions } from '../options.ts'
import type { Output, Progress } from '../output.ts'
import { openBars } from './bars.ts'
import { renderEvent } from './events.ts'

const ways = ['auto', 'plain', 'bar', 'json', 'none'] as const

/** @throws {FactoryError} USAGE for an unknown way */
export function openProgress(output: Output, options: GivenOptions): Progress {
  const given = options.get('progress')?.at(-1) ?? 'auto'
  const way = ways.find((known) => known === given)
  if (way === undefined) {
    throw new FactoryError('USAGE', `--progress takes one of ${ways.join(', ')}, not ${JSON.stringify(given)}`)
  }
  switch (way) {
    case 'none':
      return lines(silent)
    case 'json':
      return lines((event) => output.err(`${JSON.stringify(event)}\n`))
    case 'bar':
      return openBars(output)
    case 'plain':
      return lines((event) => printLine(event, output))
    case 'auto':
      return output.errIsTerminal ? openBars(output) : lines((event) => printLine(event, output))
  }
}

function printLine(event: ProgressEvent, output: Output): void {
  const text = renderEvent(event)
  if (text !== undefined) output.err(`${text}\n`)
}

function lines(report: Report): Progress {
  return { report, close: () => {}, [Symbol.dispose]: () => {} }
}
