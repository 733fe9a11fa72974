/** Builds that fail late, or are stopped: what was there before is there afterwards. As any user. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { programFile } from '../support/program.ts'
import { copyFixture, type KernelHeaders, makeWorld, putFile, runWithOptions, type World } from '../support/world.ts'
import { newer, older, writeKernels } from './scenario.ts'

let dir = ''
let world: World
let kernels: KernelHeaders[] = []

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dkms-interrupted-'))
  kernels = writeKernels(join(dir, 'kernels'))
  world = makeWorld(join(dir, 'world'), kernels)
  copyFixture('hello-1.0', join(world.source, 'hello-1.0'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const run = (...words: readonly string[]) => runWithOptions(world, words)
const module = () => join(world.tree, `hello/1.0/${newer}/x86_64/module/hello.ko`)

function addToConf(text: string): void {
  const conf = join(world.source, 'hello-1.0/dkms.conf')
  putFile(conf, `${readFileSync(conf, 'utf8')}${text}\n`)
}

function postBuild(script: string): void {
  addToConf('POST_BUILD="after.sh"')
  putFile(join(world.source, 'hello-1.0/after.sh'), `#!/bin/sh\n${script}\n`, 0o755)
}

async function waitFor(what: () => boolean): Promise<void> {
  for (let tries = 0; !what(); tries += 1) {
    if (tries > 600) throw new Error('what was waited for did not come')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Starts a build and gives it the signal once `ready`. */
async function stopped(signal: NodeJS.Signals, ready: () => boolean, ...words: readonly string[]) {
  const options = ['--dkmstree', world.tree, '--sourcetree', world.source, '--installtree', world.modules]
  const child = spawn(programFile.here, [...words, ...options, '--etc', join(dir, 'etc')], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let stdout = ''
  child.stdout.on('data', (chunk) => (stdout += String(chunk)))
  const end = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.on('close', (code, by) => resolve({ code, signal: by })),
  )
  await waitFor(ready)
  child.kill(signal)
  return { ...(await end), stdout }
}

describe('a build whose POST_BUILD fails', () => {
  it('leaves nothing when nothing was built before', async () => {
    postBuild('exit 3')
    expect((await run('build', 'hello/1.0', '-k', newer)).status).toBe(3)
    expect((await run('status')).stdout).toBe('hello/1.0: added\n')
    expect(readdirSync(join(world.tree, 'hello/1.0')).sort()).toEqual(['build', 'source'])
  })

  it('leaves the former build, still installed', async () => {
    expect((await run('install', 'hello/1.0', '-k', newer, '--no-depmod')).status).toBe(0)
    const before = readFileSync(module())
    postBuild('exit 3')
    putFile(
      join(world.source, 'hello-1.0/hello.c'),
      '#include <linux/module.h>\nMODULE_LICENSE("GPL");\nMODULE_DESCRIPTION("other");\n',
    )
    expect((await run('build', 'hello/1.0', '-k', newer, '--force')).status).toBe(3)
    expect(readFileSync(module()).equals(before)).toBe(true)
    expect((await run('status')).stdout).toBe(`hello/1.0, ${newer}, x86_64: installed\n`)
  })

  it('finds the build in the tree while it runs, and what it adds there stays', async () => {
    postBuild(`cp hello.c "${world.tree}/hello/1.0/$kernelver/$arch/extra"`)
    expect((await run('build', 'hello/1.0', '-k', newer)).status).toBe(0)
    expect(existsSync(join(world.tree, `hello/1.0/${newer}/x86_64/extra`))).toBe(true)
  })
})

describe('a build that is stopped', () => {
  it('ends with its programs and the lock, with the status of the signal', async () => {
    const started = join(dir, 'started')
    addToConf(`MAKE[0]="touch ${started}; sleep 61.25"`)
    const end = await stopped('SIGTERM', () => existsSync(started), 'build', 'hello/1.0', '-k', newer, '--json')
    expect(end).toMatchObject({ code: 143, signal: null })
    expect(JSON.parse(end.stdout)).toMatchObject({ error: { code: 'INTERRUPTED' } })
    const sleepers = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandLineOf(pid).includes('61.25'))
    expect(sleepers).toEqual([])
    expect((await run('remove', 'hello/1.0', '--all', '--wait', '0')).status).toBe(0)
  })

  it('during POST_BUILD is taken back by the next command, which says so', async () => {
    expect((await run('build', 'hello/1.0', '-k', newer)).status).toBe(0)
    const before = readFileSync(module())
    const started = join(dir, 'started')
    postBuild(`touch ${started}; exec sleep 5`)
    putFile(join(world.source, 'hello-1.0/hello.c'), '#include <linux/module.h>\nMODULE_LICENSE("MIT");\n')
    await stopped('SIGKILL', () => existsSync(started), 'build', 'hello/1.0', '-k', newer, '--force')
    const next = await run('unbuild', 'hello/1.0', '-k', older)
    expect(next.stderr).toContain('taken back: build hello/1.0')
    expect(readFileSync(module()).equals(before)).toBe(true)
    expect(readdirSync(world.tree).sort()).toEqual(['.lock', 'hello'])
  })
})

it('the same kernel twice is built once', async () => {
  const { status, stderr } = await run('build', 'hello/1.0', '-k', newer, '-k', newer)
  expect(status, stderr).toBe(0)
  expect(stderr.match(/Building /g)).toHaveLength(1)
})

it('a --config that is not there is an error', async () => {
  expect((await run('build', 'hello/1.0', '-k', newer, '--config', '/nonexistent')).status).toBe(1)
})

it('a directory can be planned before it is added', async () => {
  const source = join(dir, 'elsewhere')
  copyFixture('hello-2.0', source)
  const { status, stdout, stderr } = await run('build', source, '-k', newer, '--dry-run')
  expect(status, stderr).toBe(0)
  expect(stdout).toContain('would run make')
  expect(existsSync(join(world.tree, 'hello'))).toBe(false)
})

it('a build_environment whose last command fails is sourced all the same', async () => {
  putFile(join(world.etc, 'framework.conf'), `build_environment="${join(dir, 'env.sh')}"\n`)
  putFile(join(dir, 'env.sh'), 'export FLAVOUR=mint\n[ -f /nonexistent ] && . /nonexistent\n')
  addToConf(`MAKE[0]="make -C $kernel_source_dir M=\\$PWD && echo \\$FLAVOUR > ${join(dir, 'seen')}"`)
  const { status, stderr } = await run('build', 'hello/1.0', '-k', newer)
  expect(status, stderr).toBe(0)
  expect(readFileSync(join(dir, 'seen'), 'utf8')).toBe('mint\n')
})

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
