import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { absoluteFromHere, childEnvironment, thisMachine } from '../../../src/system/env.ts'
import { run } from '../../../src/system/run.ts'

const main = resolve(import.meta.dirname, '../../../src/cli/main.ts')

/** Runs the command line in a directory that has just been deleted. */
function runNowhere(...argv: readonly string[]) {
  const program = [
    `import { main } from ${JSON.stringify(main)}`,
    `import { mkdtempSync, rmdirSync } from 'node:fs'`,
    `const here = mkdtempSync('/tmp/gone-')`,
    `process.chdir(here)`,
    `rmdirSync(here)`,
    `process.exitCode = await main(process.argv.slice(1), 'dkms')`,
  ]
  return spawnSync(process.execPath, ['--input-type=module', '--eval', program.join('\n'), '--', ...argv], {
    encoding: 'utf8',
  })
}

describe('in a working directory that was deleted', () => {
  it('commands that do not need one work', () => {
    const { status, stderr } = runNowhere('status', '--dkmstree', '/nonexistent/tree', '--etc', '/nonexistent/etc')
    expect([status, stderr]).toEqual([0, ''])
  })

  it.each([
    ['lint', 'relative'],
    ['status', '--dkmstree', 'relative'],
  ])('%s %s says that it cannot tell what is meant', (...argv) => {
    const { status, stderr } = runNowhere(...argv)
    expect(stderr).toContain('the working directory cannot be told')
    expect(stderr).toContain('FILE_ACCESS')
    expect(status).toBe(1)
  })
})

it('absoluteFromHere leaves absolute paths alone and begins others in the working directory', () => {
  expect(absoluteFromHere('/a/../b/')).toBe('/b')
  expect(absoluteFromHere('a/')).toBe(`${process.cwd()}/a`)
  expect(absoluteFromHere('.')).toBe(process.cwd())
  expect(thisMachine().workingDirectory).toBe(process.cwd())
})

it('a shell that gets its input from us does not read the ~/.bashrc of who runs us', async () => {
  const home = mkdtempSync(join(tmpdir(), 'env-home-'))
  try {
    writeFileSync(join(home, '.bashrc'), 'echo read\n')
    const options = { env: { HOME: home }, input: '' }
    expect((await run(['bash', '-c', 'echo done'], options)).stdout).toBe('done\n')
    const { SHLVL: _, ...without } = childEnvironment({ HOME: home })
    expect((await run(['bash', '-c', 'echo done'], { ...options, wholeEnv: without })).stdout).toBe('read\ndone\n')
  } finally {
    rmSync(home, { recursive: true })
  }
})
