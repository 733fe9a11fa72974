/** Packages that are stopped while they are made leave nothing where they were to go, nor in the place for temporary files. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { programFile } from '../support/program.ts'
import { copyFixture, putFile } from '../support/world.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'stopped-'))
  copyFixture('hello-1.0', join(dir, 'source'))
  mkdirSync(join(dir, 'tmp'))
  mkdirSync(join(dir, 'out'))
  // Numbers that gzip has to work on for a while.
  putFile(
    join(dir, 'source/table.h'),
    Array.from({ length: 3_000_000 }, (_, line) => `${(line * 2654435761) % 4294967296},`).join('\n'),
  )
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const left = (place: string): string[] => readdirSync(join(dir, place))

describe('mkrpm', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('that gets %s ends with %s and leaves nothing', async (signal, expected) => {
    const child = spawn(programFile.here, ['mkrpm', join(dir, 'source'), '--output', join(dir, 'out')], {
      env: { ...process.env, TMPDIR: join(dir, 'tmp') },
      stdio: 'ignore',
    })
    const status = new Promise<number | null>((resolve) => child.on('close', resolve))
    while (!left('out').some((name) => name.endsWith('.noarch.rpm') || name.includes('.noarch.rpm.'))) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect(left('tmp')).not.toEqual([])
    child.kill(signal)
    expect([await status, left('out').filter((name) => name.startsWith('.')), left('tmp')]).toEqual([expected, [], []])
  })
})
