import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findOnPath } from '../../../src/kernel/toolchain.ts'
import { temporaryDirectory } from '../../../src/system/fs.ts'
import { run } from '../../../src/system/run.ts'
import { compareRpm, compareRpmPart, parseEvr } from '../../../src/version/rpm.ts'
import { expectOrder, samplePairs, versionText } from './orders.ts'

const hasRpm = findOnPath('rpm', process.env['PATH'] ?? '') !== undefined

/** -1, 0 or 1 for each pair, from the library of the installed rpm. */
async function rpmAnswers(pairs: readonly [string, string][]): Promise<number[]> {
  using directory = temporaryDirectory(tmpdir(), 'rpm-order-')
  const file = join(directory.path, 'pairs')
  writeFileSync(file, pairs.map(([a, b]) => `${a} ${b}\n`).join(''))
  const program = `for line in io.lines("${file}") do a, b = line:match("^(.-) (.*)$"); print(rpm.vercmp(a, b) .. "\\n") end`
  const { stdout } = await run(['rpm', '--eval', `%{lua: ${program}}`])
  return stdout.split('\n').flatMap((line) => (line.trim() === '' ? [] : [Number(line)]))
}

describe('compareRpm', () => {
  it.each([
    ['1.0', '1.0', 0],
    ['1.0', '2.0', -1],
    ['2.0.1a', '2.0.1', 1],
    ['5.5p1', '5.5p10', -1],
    ['10xyz', '10.1xyz', -1],
    ['xyz10', 'xyz10.1', -1],
    ['1.0~rc1', '1.0', -1],
    ['1.0~rc1', '1.0~rc2', -1],
    ['1.0^', '1.0', 1],
    ['1.0^git1', '1.0^git2', -1],
    ['1.0^20160101', '1.0.1', -1],
    ['1.0^git1~pre', '1.0^git1', -1],
    ['1_0', '1.0', 0],
    ['1:1.0', '2.0', 1],
    ['0:1.0-1', '1.0-1', 0],
    ['1.0-1', '1.0-2', -1],
    ['1.0', '1.0-~1', -1],
  ])('compares %s with %s as %i', (a, b, expected) => {
    expect(Math.sign(compareRpm(a, b))).toBe(expected)
    expect(Math.sign(compareRpm(b, a))).toBe(-expected + 0)
  })

  it('takes epoch and release apart', () => {
    expect(parseEvr('3:1.2-4-5')).toEqual({ epoch: '3', version: '1.2-4', release: '5' })
    expect(parseEvr('1.2')).toEqual({ epoch: '0', version: '1.2', release: undefined })
  })

  it('is an order', () => {
    expectOrder(compareRpm, versionText('.-_+'))
  })

  it('is an order of versions with tildes and carets', () => {
    expectOrder(compareRpmPart, versionText('._~^'))
  })

  it.skipIf(!hasRpm)('answers as rpm does (needs the rpm package)', async () => {
    const pairs = [...samplePairs(versionText('.-_+~^'), 3000), ...samplePairs(versionText('.~^'), 1000)]
    const ours = pairs.map(([a, b]) => `${a} ${b} ${Math.sign(compareRpm(a, b))}`)
    expect(ours).toEqual((await rpmAnswers(pairs)).map((answer, index) => `${pairs[index]?.join(' ')} ${answer}`))
  })
})
