import { spawnSync } from 'node:child_process'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nameMatcher } from '../../../src/runtime/glob.ts'

describe('nameMatcher', () => {
  it.each([
    [undefined, 'anything', true],
    ['', 'anything', true],
    ['foo', 'foo', true],
    ['foo', 'foo2', false],
    ['foo*', 'foo', true],
    ['f?o', 'fxo', true],
    ['f?o', 'fo', false],
    ['f[a-c]o', 'fbo', true],
    ['f[!a-c]o', 'fbo', false],
    ['f[!a-c]o', 'fxo', true],
    ['6.1.*', '6x1.0', false],
    ['f[', 'f[', true],
    ['a+b*', 'a+bc', true],
  ])('%j matches %j: %s', (pattern, name, expected) => {
    expect(nameMatcher(pattern)(name)).toBe(expected)
  })

  it('agrees with the patterns of bash', () => {
    const pattern = fc.stringMatching(/^[ab.*?[\]!^-]{1,6}$/)
    const name = fc.stringMatching(/^[ab.-]{1,5}$/)
    const cases = fc.sample(fc.tuple(pattern, name), { numRuns: 500, seed: 7 })
    const test = 'while read -r p && read -r n; do [[ $n == $p ]] && echo 1 || echo 0; done'
    const input = cases.map(([p, n]) => `${p}\n${n}\n`).join('')
    const { stdout } = spawnSync('bash', ['-c', test], { input, encoding: 'utf8', env: { LC_ALL: 'C' } })
    const answers = stdout.trim().split('\n')
    for (const [index, [p, n]] of cases.entries()) {
      expect([p, n, nameMatcher(p)(n)]).toEqual([p, n, answers[index] === '1'])
    }
  })
})
