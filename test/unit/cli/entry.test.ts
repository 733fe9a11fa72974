import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, it } from 'vitest'

const dist = mkdtempSync(join(tmpdir(), 'entry-test-'))

/** The entry as the build makes it, with a command line that only says that it was asked. */
beforeAll(async () => {
  await build({
    entryPoints: [resolve(import.meta.dirname, '../../../src/cli/entry.ts')],
    outfile: join(dist, 'main.cjs'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'silent',
  })
  writeFileSync(
    join(dist, 'cli.js'),
    `(function (exports) { exports.main = async (argv) => { console.error('asked', argv); return 7 } })`,
  )
})
afterAll(() => rmSync(dist, { recursive: true }))

function version(out: number | 'pipe') {
  const argv = [join(dist, 'main.cjs'), 'dkms', '--version']
  return spawnSync(process.execPath, argv, { encoding: 'utf8', stdio: ['ignore', out, 'pipe'] })
}

it('--version is answered without the command line', () => {
  expect(version('pipe')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^dkms-/) as string, stderr: '' })
})

it('--version that cannot be written is left to the command line, which can say so', () => {
  const full = openSync('/dev/full', 'w')
  try {
    expect(version(full)).toMatchObject({ status: 7, stderr: "asked [ '--version' ]\n" })
  } finally {
    closeSync(full)
  }
})
