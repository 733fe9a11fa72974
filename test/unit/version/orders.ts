/** What every version order must hold, and versions that look like those people write. */
import * as fc from 'fast-check'
import { expect } from 'vitest'

/** Digits, letters and the given separators, in the short runs in which rules meet. */
export function versionText(separators: string): fc.Arbitrary<string> {
  const run = fc.oneof(
    fc.constantFrom('0', '00', '1', '01', '9', '10', '56', '099', '100', '1000', '20240101000000000000'),
    fc.constantFrom('a', 'b', 'Z', 'rc', 'amd', 'el9', 'git'),
    fc.constantFrom(...separators.split('')),
  )
  return fc.array(run, { minLength: 1, maxLength: 6 }).map((runs) => runs.join(''))
}

type Compare = (a: string, b: string) => number

export function expectOrder(compare: Compare, text: fc.Arbitrary<string>): void {
  fc.assert(
    fc.property(text, text, text, (a, b, c) => {
      expect(Math.sign(compare(a, a))).toBe(0)
      expect(Math.sign(compare(a, b))).toBe(-Math.sign(compare(b, a)) + 0)
      if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0)
    }),
    { numRuns: 2000 },
  )
}

/** The same pairs on every run, so that a difference can be looked into. */
export function samplePairs(text: fc.Arbitrary<string>, count: number): [string, string][] {
  return fc.sample(fc.tuple(text, text), { numRuns: count, seed: 20240229 })
}
