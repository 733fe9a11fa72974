import { formatKernel, formatPackage } from '../../domain.ts'
import type { ProgressEvent } from '../../report.ts'

type BuildEvent = Extract<ProgressEvent, { kind: 'build' }>

/** One event as a line of plain text; undefined for what plain output leaves out. */
export function renderEvent(event: ProgressEvent): string | undefined {
  switch (event.kind) {
    case 'note':
      return event.message
    case 'warning': {
      const where = event.where === undefined ? '' : `${event.where}: `
      const hint = event.hint === undefined ? '' : `\n  What to do: ${event.hint}`
      return `Warning: ${where}${event.message}${hint}`
    }
    case 'deprecated':
      return `Deprecated feature: ${event.feature}${event.where === undefined ? '' : ` (${event.where})`}`
    case 'build':
      return renderBuild(event)
    case 'bytes':
      return undefined
  }
}

/** With package and kernel in each line: several of both may be at work at once. */
function renderBuild(event: BuildEvent): string | undefined {
  const what = `${formatPackage(event.package)} for kernel ${formatKernel(event.kernel)}`
  if (event.step === 'kernel') {
    if (event.state === 'begin') return `Building ${what}`
    if (event.state === 'failed') return `Failed: ${what}`
    return event.state === 'end' ? `Built ${what} in ${event.detail ?? ''}` : undefined
  }
  if (event.state !== 'begin') return undefined
  return `  ${formatPackage(event.package)}, ${event.kernel.release}: ${stepText(event)}`
}

export function stepText(event: BuildEvent): string {
  const detail = event.detail === undefined ? '' : ` ${event.detail}`
  return `${stepNames[event.step]}${detail}`
}

const stepNames = {
  kernel: 'starting',
  patch: 'applying patch',
  pre_build: 'running the pre_build script',
  make: 'building module(s)',
  strip: 'checking and keeping module(s)',
  sign: 'signing',
  compress: 'compressing module(s)',
  post_build: 'running the post_build script',
} as const satisfies Record<BuildEvent['step'], string>
