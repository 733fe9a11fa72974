import { chmodSync, closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { absolutePath } from '../../../src/domain.ts'
import type { ProgressEvent } from '../../../src/report.ts'
import { runScript, type ScriptOutcome, type ScriptRequest } from '../../../src/runtime/scripts.ts'
import { type SyntheticTree, syntheticTree } from '../tree/synthetic-tree.ts'

let tree: SyntheticTree
let events: ProgressEvent[]

beforeEach(() => {
  tree = syntheticTree()
  tree.mkdir('src')
  events = []
})
afterEach(() => tree[Symbol.dispose]())

/** @returns the outcome and what the script wrote */
async function running(line: string | undefined, more: Partial<ScriptRequest> = {}): Promise<[ScriptOutcome, string]> {
  const log = join(tree.roots.tmp, 'log')
  const logTo = openSync(log, 'w')
  try {
    const outcome = await runScript({
      roots: tree.roots,
      package: { name: 'foo', version: '1.0' },
      name: 'pre_build',
      line,
      directory: absolutePath(join(tree.roots.tmp, '../src')),
      logTo,
      report: (event) => events.push(event),
      ...more,
    })
    return [outcome, readFileSync(log, 'utf8')]
  } finally {
    closeSync(logTo)
  }
}

function script(path: string, text: string): string {
  const file = tree.write(path, text)
  chmodSync(file, 0o755)
  return file
}

it.each([undefined, '', '  '])('does nothing for the directive %j', async (line) => {
  expect(await running(line)).toEqual([{ kind: 'none' }, ''])
})

it('hands arguments over as words, without a shell, and logs both outputs in order', async () => {
  script('src/run', '#!/bin/sh\nfor word; do echo "[$word]"; done; echo error >&2; echo end\n')
  expect((await running(' run  $HOME\t*  "a b" '))[1]).toBe('[$HOME]\n[*]\n["a]\n[b"]\nerror\nend\n')
})

it('adds to the environment', async () => {
  script('src/run', '#!/bin/sh\necho "$kernelver $CC"\n')
  expect((await running('run', { environment: { kernelver: '6.1' } }))[1]).toBe('6.1 \n')
})

it('runs an executable text without an interpreter line, as a shell does', async () => {
  script('src/run', 'echo plain $1\n')
  expect((await running('run x'))[1]).toBe('plain x\n')
})

it('takes the script of the administrator in place of the one of the package, and runs it in its own directory', async () => {
  script('src/sub/run', '#!/bin/sh\necho theirs\n')
  const own = script('e/foo/sub/run', '#!/bin/sh\npwd\n')
  expect(await running('sub/run')).toEqual([{ kind: 'ran', script: own }, `${join(tree.roots.etc, 'foo')}\n`])
  chmodSync(own, 0o644)
  expect((await running('sub/run'))[1]).toBe('theirs\n')
})

it.each([
  ['exit 3', 3],
  ['kill -9 $$', undefined],
])('fails with the status of a script that ends with %s', async (text, exitStatus) => {
  script('src/run', `#!/bin/sh\n${text}\n`)
  await expect(running('run')).rejects.toMatchObject({
    code: 'SCRIPT_FAILED',
    exitStatus,
    message: expect.stringContaining('pre_build script of foo/1.0'),
  })
})

it('fails when the interpreter of a script does not exist', async () => {
  script('src/run', '#!/nonexistent/interpreter\n')
  await expect(running('run')).rejects.toMatchObject({ code: 'SCRIPT_FAILED' })
})

it.each([
  ['missing', 'does not exist', () => {}],
  ['run', 'is not executable', () => tree.write('src/run', '#!/bin/sh\n')],
])('warns about %s, which %s, and goes on', async (line, why, furnish) => {
  furnish()
  expect(await running(line)).toMatchObject([{ kind: 'not-executable' }, ''])
  expect(events).toMatchObject([{ kind: 'warning', message: expect.stringContaining(why) }])
})

it('names the file of the source that is to be executable, not the copy in the build directory', async () => {
  tree.write('src/run', '#!/bin/sh\n')
  await running('run')
  expect(events).toMatchObject([{ hint: `chmod +x ${tree.roots.dkmsTree}/foo/1.0/source/run` }])
})
