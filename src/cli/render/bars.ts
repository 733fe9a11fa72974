/** One bar for each package and kernel on a terminal, redrawn in place; lines that must stay are printed above them. */
import { formatKernel, formatPackage } from '../../domain.ts'
import type { BuildStep, ProgressEvent } from '../../report.ts'
import type { Output, Progress } from '../output.ts'
import { renderEvent, stepText } from './events.ts'

interface Bar {
  readonly title: string
  share: number
  text: string
}

/** Roughly how much of a build lies behind when a step begins. */
const shares: Readonly<Record<BuildStep, number>> = {
  kernel: 0,
  patch: 0.05,
  pre_build: 0.1,
  make: 0.2,
  strip: 0.85,
  sign: 0.88,
  compress: 0.9,
  post_build: 0.95,
}

const cells = 24

export function openBars(output: Output): Progress {
  const bars = new Map<string, Bar>()
  let drawn = 0
  function erase(): void {
    if (drawn > 0) output.err(`\u001B[${drawn}A\u001B[J`)
    drawn = 0
  }
  function draw(): void {
    const lines = [...bars.values()].map((bar) => renderBar(bar, output.errColumns))
    if (lines.length > 0) output.err(`${lines.join('\n')}\n`)
    drawn = lines.length
  }
  function report(event: ProgressEvent): void {
    erase()
    if (!update(bars, event)) {
      const text = renderEvent(event)
      if (text !== undefined) output.err(`${text}\n`)
    }
    draw()
  }
  function close(): void {
    bars.clear()
    drawn = 0
  }
  return { report, close, [Symbol.dispose]: close }
}

/** @returns whether a bar shows the event */
function update(bars: Map<string, Bar>, event: ProgressEvent): boolean {
  if (event.kind === 'bytes') {
    const bar = barFor(bars, event.label)
    bar.share = event.total === undefined || event.total === 0 ? 0 : event.done / event.total
    bar.text = `${Math.round(event.done / 1_048_576)} MiB`
    return true
  }
  if (event.kind !== 'build') return false
  const bar = barFor(bars, `${formatPackage(event.package)}, ${formatKernel(event.kernel)}`)
  if (event.step === 'kernel' && event.state !== 'begin') {
    bar.share = event.state === 'end' ? 1 : bar.share
    bar.text = event.state === 'end' ? `built in ${event.detail ?? ''}` : event.state
  } else if (event.state === 'begin') {
    bar.share = shares[event.step]
    bar.text = stepText(event)
  }
  return true
}

function barFor(bars: Map<string, Bar>, title: string): Bar {
  const known = bars.get(title)
  if (known !== undefined) return known
  const bar = { title, share: 0, text: '' }
  bars.set(title, bar)
  return bar
}

export function renderBar(bar: Bar, columns: number): string {
  const full = Math.round(Math.min(Math.max(bar.share, 0), 1) * cells)
  const line = `${bar.title}  [${'#'.repeat(full)}${'.'.repeat(cells - full)}] ${bar.text}`
  return line.slice(0, Math.max(columns - 1, 20))
}
