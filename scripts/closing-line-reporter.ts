/** Vitest's own report, then every skipped test with its reason, then one line of counts that a pipeline can read. */
import { DefaultReporter, type TestCase, type TestModule } from 'vitest/node'

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export class ClosingLineReporter extends DefaultReporter {
  override onTestRunEnd(...[modules, errors, reason]: Parameters<DefaultReporter['onTestRunEnd']>): void {
    super.onTestRunEnd(modules, errors, reason)
    const counts = countTests(modules, errors.length)
    for (const line of skippedTests(modules)) this.ctx.logger.log(line)
    if (counts.passed + counts.failed === 0) {
      this.ctx.logger.log('no test ran')
      process.exitCode = 1
    }
    this.ctx.logger.log(closingLine(counts))
  }
}

export function closingLine(counts: Counts): string {
  return `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`
}

/** A file that could not be loaded and an error outside of tests each count as one failure. */
function countTests(modules: readonly TestModule[], errorsOutside: number): Counts {
  const counts = { passed: 0, failed: errorsOutside, skipped: 0 }
  for (const module of modules) {
    if (module.errors().length > 0) counts.failed += 1
    for (const test of module.children.allTests()) counts[outcome(test)] += 1
  }
  return counts
}

function outcome(test: TestCase): keyof Counts {
  const { state } = test.result()
  return state === 'passed' || state === 'failed' ? state : 'skipped'
}

/** One line per file and reason: forty tests that miss one program are one piece of news. */
function skippedTests(modules: readonly TestModule[]): string[] {
  const titles = new Map<string, string[]>()
  for (const module of modules) {
    for (const test of module.children.allTests('skipped')) {
      const { note } = test.result() as { readonly note?: string }
      const why = `skipped in ${module.relativeModuleId}: ${note ?? reasonInTitle(test.fullName)}`
      titles.set(why, [...(titles.get(why) ?? []), test.fullName])
    }
  }
  return [...titles].map(([why, [first, ...others]]) => {
    const more = others.length === 0 ? '' : ` and ${others.length} more`
    return `${why}: ${first ?? ''}${more}`
  })
}

/** What is skipped before it begins has its reason in a title: in brackets, or beside the name of the group. */
function reasonInTitle(title: string): string {
  return [...title.matchAll(/\(([^()]+)\)/g)].at(-1)?.[1] ?? title.replace(/ > .*/s, '')
}
