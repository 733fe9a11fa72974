import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'

const main = resolve(import.meta.dirname, '../../../src/cli/main.ts')

/** Runs the command line with standard output, or standard error, on a device that is always full. */
function run(argv: readonly string[], full: { readonly out?: boolean; readonly err?: boolean }) {
  const device = openSync('/dev/full', 'w')
  try {
    const program = `import { main } from ${JSON.stringify(main)}; process.exitCode = await main(process.argv.slice(1), 'dkms')`
    return spawnSync(process.execPath, ['--input-type=module', '--eval', program, '--', ...argv], {
      encoding: 'utf8',
      stdio: ['ignore', full.out === true ? device : 'pipe', full.err === true ? device : 'pipe'],
    })
  } finally {
    closeSync(device)
  }
}

it('a result that cannot be written is an error with a name and status 1', () => {
  const { status, stderr } = run(['--version'], { out: true })
  expect(stderr).toContain('cannot write the result to standard output: no space left')
  expect(stderr).not.toContain('bug')
  expect(status).toBe(1)
})

it('with --json the error goes where it can still be read', () => {
  const { status, stderr } = run(['--version', '--json'], { out: true })
  expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'OUTPUT_FAILED' } })
  expect(status).toBe(1)
})

it('messages that cannot be written change neither the result nor the status', () => {
  const good = run(['--version'], { err: true })
  expect([good.status, good.stdout]).toEqual([0, expect.stringContaining('dkms')])
  expect(run(['no-such-action'], { err: true }).status).toBe(2)
})

it('a result and messages that cannot be written end with status 1', () => {
  expect(run(['--version'], { out: true, err: true }).status).toBe(1)
})
