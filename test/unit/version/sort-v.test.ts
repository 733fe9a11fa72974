import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { run } from '../../../src/system/run.ts'
import { compareSortV } from '../../../src/version/sort-v.ts'
import { expectOrder, versionText } from './orders.ts'

const anything = fc
  .string({ unit: 'grapheme', minLength: 1 })
  .filter((text) => !/[\n\0]/.test(text) && text.isWellFormed())

async function sortV(lines: readonly string[]): Promise<string[]> {
  const { stdout } = await run(['sort', '-V'], { input: `${lines.join('\n')}\n`, env: { LC_ALL: 'C' } })
  return stdout.slice(0, -1).split('\n')
}

describe('compareSortV', () => {
  it.each([
    ['kernels', ['5.10.0-9', '6.1.0-9-amd64', '6.1.0-10-amd64', '6.1.0-56-amd64', '6.10.0', '6.10.0-rc1']],
    ['a tilde before the end', ['1.0~rc1', '1.0', '1.0-1']],
    ['dot files first', ['.', '..', '.a', 'a']],
    ['file suffixes set aside', ['a-1.tar.gz', 'a-1.1.tar.gz', 'a-2.tar.gz']],
    ['leading zeros equal, then bytes', ['a01', 'a1', 'a2']],
  ])('orders %s', (_, expected) => {
    expect(expected.toReversed().sort(compareSortV)).toEqual(expected)
  })

  it('is a total order', () => {
    expectOrder(compareSortV, fc.oneof(versionText('.-_+~:'), anything))
    fc.assert(fc.property(anything, anything, (a, b) => (compareSortV(a, b) === 0) === (a === b)))
  })

  it.each([
    ['versions', versionText('.-_+~:')],
    ['any text', anything],
  ])('sorts %s as sort -V does', async (_, arbitrary) => {
    // coreutils before 9.2 takes a whole dot file for a suffix; no kernel and no version begins with a dot.
    const lines = fc.sample(arbitrary, { numRuns: 2000, seed: 7 }).filter((line) => !line.startsWith('.'))
    expect(lines.toSorted(compareSortV)).toEqual(await sortV(lines))
  })
})
