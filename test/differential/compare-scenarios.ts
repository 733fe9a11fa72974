/** This project's dkms against the distribution's: the same commands in private worlds, step by step, as one suite. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { comparisonImpossible } from '../support/program.ts'
import type { KernelHeaders } from '../support/world.ts'
import { compare } from './compare.ts'
import { EXPECTED_EVERYWHERE, type ExpectedDifference, patternsFor } from './expected-differences.ts'
import { type Scenario, writeKernels } from './scenario.ts'

/** Commands that both programs are given and that are compared. */
function countCommands(scenarios: readonly Scenario[]): number {
  return scenarios.flatMap(({ steps }) => steps).filter((step) => typeof step === 'string').length
}

/** A suite with a test for each scenario; to be called at the top of a test file. */
export function compareScenarios(scenarios: readonly Scenario[], meant: readonly ExpectedDifference[]): void {
  const impossible = comparisonImpossible()
  const title = `${countCommands(scenarios)} commands compared with dkms ${impossible ?? '3.0'}`
  describe.skipIf(impossible !== undefined)(title, () => suite(scenarios, [...EXPECTED_EVERYWHERE, ...meant]))
}

function suite(scenarios: readonly Scenario[], expected: readonly ExpectedDifference[]): void {
  const used = new Set<RegExp>()
  const compared = new Set<string>()
  let dir = ''
  let kernels: KernelHeaders[] = []

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'dkms-worlds-'))
    kernels = writeKernels(join(dir, 'kernels'))
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  it.each(scenarios.map((scenario, index) => ({ ...scenario, index })))('$title', async (scenario) => {
    const differences = await compare(scenario, join(dir, `${scenario.index}`), kernels)
    compared.add(scenario.title)
    const unexpected = differences.filter((difference) => {
      const patterns = patternsFor(expected, difference)
      for (const pattern of patterns) used.add(pattern)
      return patterns.length === 0
    })
    expect(unexpected.map(({ where, what }) => `${where}: ${what}`)).toEqual([])
  })

  it('differs in every way that the list of expected differences names', ({ skip }) => {
    if (compared.size < scenarios.length) skip('only part of the scenarios ran to their end')
    const unused = expected.flatMap(({ reason, what }) =>
      what.filter((pattern) => !used.has(pattern)).map((pattern) => `${reason}: ${String(pattern)}`),
    )
    expect(unused).toEqual([])
  })
}
