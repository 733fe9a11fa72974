import { describe, expect, it } from 'vitest'
import { findOnPath } from '../../../src/kernel/toolchain.ts'
import { run } from '../../../src/system/run.ts'
import { compareDeb, parseDebVersion } from '../../../src/version/deb.ts'
import { expectOrder, samplePairs, versionText } from './orders.ts'

const hasDpkg = findOnPath('dpkg', process.env['PATH'] ?? '') !== undefined

/** -1, 0 or 1 for each pair. dpkg warns about versions it would not accept in a package, and compares them all the same. */
async function dpkgAnswers(pairs: readonly [string, string][]): Promise<number[]> {
  const script = `while IFS=' ' read -r a b; do
    if dpkg --compare-versions "$a" lt "$b"; then echo -1
    elif dpkg --compare-versions "$a" eq "$b"; then echo 0; else echo 1; fi
  done`
  const input = pairs.map(([a, b]) => `${a} ${b}\n`).join('')
  const { stdout } = await run(['bash', '-c', script], { input })
  return stdout.trim().split('\n').map(Number)
}

describe('compareDeb', () => {
  it.each([
    ['1.0', '1.0', 0],
    ['1.0', '1.0-0', 0],
    ['1.0-1', '1.0-2', -1],
    ['1.0~rc1', '1.0', -1],
    ['1.0~~', '1.0~', -1],
    ['1.0a', '1.0+', -1],
    ['1:0.1', '9.9', 1],
    ['0:1.0', '1.0', 0],
    ['1.2.10', '1.2.9', 1],
    ['1.0-1-2', '1.0-1', 1],
  ])('compares %s with %s as %i', (a, b, expected) => {
    expect(Math.sign(compareDeb(a, b))).toBe(expected)
    expect(Math.sign(compareDeb(b, a))).toBe(-expected + 0)
  })

  it('takes epoch and revision apart', () => {
    expect(parseDebVersion('3:1.2-4-5')).toEqual({ epoch: 3, upstream: '1.2-4', revision: '5' })
    expect(parseDebVersion('1.2')).toEqual({ epoch: 0, upstream: '1.2', revision: '' })
  })

  it('is an order', () => {
    expectOrder(compareDeb, versionText('.-+~'))
  })

  it.skipIf(!hasDpkg)('answers as dpkg does (needs dpkg)', async () => {
    // A leading digit, and a revision that is not empty, make each a version dpkg takes.
    const valid = versionText('.-+~').map((text) => `1${text.replace(/-+$/, '')}`)
    const epochs = samplePairs(valid, 50).map(([a, b]): [string, string] => [`0:${a}`, `1:${b}`])
    const pairs = [...samplePairs(valid, 400), ...epochs]
    const ours = pairs.map(([a, b]) => `${a} ${b} ${Math.sign(compareDeb(a, b))}`)
    expect(ours).toEqual((await dpkgAnswers(pairs)).map((answer, index) => `${pairs[index]?.join(' ')} ${answer}`))
  })
})
