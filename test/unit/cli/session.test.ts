import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { parseCommandLine } from '../../../src/cli/grammar.ts'
import { numberOption, openSession } from '../../../src/cli/session.ts'
import { type ProgressEvent } from '../../../src/report.ts'

const etc = mkdtempSync(join(tmpdir(), 'cli-session-'))
afterAll(() => rmSync(etc, { recursive: true }))
beforeEach(() => {
  rmSync(etc, { recursive: true })
  mkdirSync(etc)
})

async function open(...words: readonly string[]) {
  const events: ProgressEvent[] = []
  const { options, verb } = parseCommandLine([...words, '--etc', etc])
  const session = await openSession(options, (event) => events.push(event), verb)
  return { session, events }
}

describe('a framework.conf with errors', () => {
  beforeEach(() => writeFileSync(join(etc, 'framework.conf'), 'dkms_tree=/t\nverbose=please\nif [ x\n'))

  it.each([
    ['status'],
    ['lint', 'x'],
    ['inspect', 'x'],
  ])('is warned about by %s, which uses the rest', async (...words) => {
    const { session, events } = await open(...words)
    expect(session.roots.dkmsTree).toBe('/t')
    expect(events).toMatchObject([
      { kind: 'warning', code: 'CONF_INVALID', where: `${etc}/framework.conf:4` },
      { kind: 'warning', where: `${etc}/framework.conf:2`, message: 'verbose is "please"', hint: 'write yes or no' },
    ])
  })

  it.each(['add', 'build', 'install', 'remove', 'autoinstall', 'mktarball'])('ends %s', async (verb) => {
    await expect(open(verb)).rejects.toMatchObject({
      code: 'CONF_INVALID',
      details: [expect.stringContaining('framework.conf:4: '), expect.stringContaining('framework.conf:2: ')],
    })
  })
})

describe('a number among the options', () => {
  it.each(['9999999', '-1', 'x', '1.5', ''])('is refused with the range it must be in: %j', (text) => {
    const { options } = parseCommandLine(['build', '-j', text])
    expect(() => numberOption(options, 'jobs')).toThrow(/from 0 to 999999, not /)
  })

  it.each([
    ['0', 0],
    ['999999', 999_999],
  ])('is read: %s', (text, value) => {
    expect(numberOption(parseCommandLine(['build', '-j', text]).options, 'jobs')).toBe(value)
  })
})
