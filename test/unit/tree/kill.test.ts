import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { silent } from '../../../src/report.ts'
import { treePaths } from '../../../src/tree/layout.ts'
import { loadPackage } from '../../../src/tree/load.ts'
import { lockTree } from '../../../src/tree/lock.ts'
import { first, syntheticTree } from './synthetic-tree.ts'

const foo = { name: 'foo', version: '1.0' }
const treeModule = (name: string) => pathToFileURL(join(import.meta.dirname, '../../../src/tree', name)).href

/** Replaces source and build without end; each has two files that must always be of one generation. */
const endlessChanges = `
  import { mkdirSync, writeFileSync, writeSync } from 'node:fs'
  const { commitBuild, commitPackage } = await import(${JSON.stringify(treeModule('change.ts'))})
  const { treePaths } = await import(${JSON.stringify(treeModule('layout.ts'))})
  const { stagingPlace } = await import(${JSON.stringify(treeModule('staging.ts'))})
  const { roots, foo, kernel } = JSON.parse(process.argv[1])
  const paths = treePaths(roots)
  function stage(dir, names, text) {
    mkdirSync(dir, { recursive: true })
    for (const name of names) writeFileSync(dir + '/' + name, text)
  }
  for (let round = 0; ; round += 1) {
    const source = stagingPlace(roots, paths.sourceDir(foo))
    stage(source, ['dkms.conf', 'foo.c'], 'round ' + round)
    commitPackage(roots, foo, { source })
    const build = stagingPlace(roots, paths.kernelDir(foo, kernel))
    stage(build + '/module', ['a.ko', 'b.ko'], 'round ' + round)
    commitBuild(roots, foo, kernel, build, { replace: true })
    if (round === 0) writeSync(1, 'started')
  }
`

async function changeAndKill(argument: string, afterMs: number): Promise<void> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', endlessChanges, argument], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  await Promise.race([once(child.stdout, 'data'), ended])
  await new Promise((resolve) => setTimeout(resolve, afterMs))
  child.kill('SIGKILL')
  expect(await ended).toEqual([null, 'SIGKILL'])
}

it('a process killed at any instant leaves a whole source and a whole build, old or new', async () => {
  using tree = syntheticTree()
  tree.add(foo)
  tree.build(foo, first, ['a', 'b'])
  const paths = treePaths(tree.roots)
  const argument = JSON.stringify({ roots: tree.roots, foo, kernel: first })
  for (let attempt = 0; attempt < 12; attempt += 1) {
    await changeAndKill(argument, attempt * 1.7)
    using _lock = await lockTree(tree.roots, { purpose: 'look', report: silent })
    for (const dir of [paths.sourceDir(foo), paths.moduleDir(foo, first)]) {
      const contents = readdirSync(dir).map((name) => readFileSync(join(dir, name), 'utf8'))
      expect(contents).toHaveLength(2)
      expect(contents[0]).toMatch(/^round \d+$/)
      expect(contents[1]).toBe(contents[0])
    }
    expect(readdirSync(tree.roots.sourceTree)).toEqual(['foo-1.0'])
    expect(loadPackage(tree.roots, foo)).toMatchObject({
      source: { kind: 'linked' },
      builds: [{ state: 'built', anomalies: [] }],
      anomalies: [],
    })
  }
})
