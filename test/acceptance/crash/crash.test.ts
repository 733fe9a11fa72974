/** Real processes, killed at random instants, and many at once: what is left is always whole. */
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { main } from '../../../src/cli/main.ts'
import { loadConf, loadConfPlain } from '../../../src/conf/load.ts'
import type { PackageId } from '../../../src/domain.ts'
import type { ProgressEvent } from '../../../src/report.ts'
import { recordsFromConf } from '../../../src/runtime/module-records.ts'
import { status } from '../../../src/runtime/status.ts'
import { renderStatus } from '../../../src/runtime/status-entries.ts'
import { loadTree } from '../../../src/tree/load.ts'
import { lockTree } from '../../../src/tree/lock.ts'
import {
  afterTime,
  atJournal,
  bundleWorker,
  type CrashWorld,
  crashWorld,
  filesBelow,
  intree,
  kernel,
  killWhen,
  startWorker,
} from './world.ts'

const kernelOption = ['-k', `${kernel.release}/${kernel.arch}`]
let worker: string

beforeAll(async () => {
  worker = await bundleWorker()
})

function lifeCycle(world: CrashWorld): string[][] {
  const [one, two] = ['1.0', '2.0'].map((version) => ({ name: 'foo', version })) as [PackageId, PackageId]
  const commands = [
    ['ldtarball', world.archive(one)],
    ['install', 'foo/1.0', ...kernelOption, '--force'],
    ['ldtarball', world.archive(two), '--force'],
    ['install', 'foo/2.0', ...kernelOption],
    ['uninstall', 'foo/2.0', ...kernelOption],
    ['install', 'foo/1.0', ...kernelOption, '--force'],
    ['remove', 'foo/1.0', '--all'],
    ['remove', 'foo/2.0', '--all'],
  ]
  return commands.map((command) => [...command, ...world.options])
}

/** What the tree says is what is on the disk; what was put aside is in the kernel or whole in the tree. */
async function expectWhole({ roots }: CrashWorld): Promise<void> {
  const tree = loadTree(roots)
  const found = tree.packages.flatMap((entry) => [...entry.anomalies, ...entry.builds.flatMap((b) => b.anomalies)])
  expect([...tree.anomalies, ...found]).toEqual([])
  const names = Object.values(roots).flatMap((root) => readdirSync(root, { recursive: true, encoding: 'utf8' }))
  expect(names.filter((name) => /(?:^|\/)\.(?:tmp_|journal|staging)/.test(name))).toEqual([])

  const installed = filesBelow(roots.installTree)
  const kept = filesBelow(roots.dkmsTree)
  expect([...installed, ...kept].filter(({ bytes }) => bytes.equals(intree))).toHaveLength(1)
  const marked = tree.packages.flatMap(({ builds }) => builds.filter((build) => build.installed))
  const modules = installed.filter(({ bytes }) => !bytes.equals(intree))
  expect(modules.map(({ bytes }) => bytes)).toEqual(
    marked.flatMap(({ files }) => files.map(({ path }) => readFileSync(path))),
  )
  for (const { source, id } of tree.packages) {
    expect(source.kind).toBe('linked')
    expect(readFileSync(join(roots.sourceTree, `foo-${id.version}/Makefile`), 'utf8')).toBe(`# ${id.version}\n`)
  }
  const destination = (location: string) =>
    modules[0]?.path.slice(join(roots.installTree, kernel.release).length).replace(/\/[^/]*$/, '') ?? location
  const recordsOf = recordsFromConf(roots, { plain: loadConfPlain, full: loadConf })
  const { entries } = await status({ roots, report: () => {}, kernels: [], recordsOf, destination })
  for (const line of renderStatus(entries)) expect(line).not.toMatch(/broken|Differences|missing/)
}

function randomCount(below: number): number {
  return 1 + Math.floor(Math.random() * below)
}

/** One process after the other on one tree, each killed; the tree is looked at in between. */
async function killMany(world: CrashWorld, kills: number): Promise<readonly ProgressEvent[]> {
  const events: ProgressEvent[] = []
  for (let kill = 0; kill < kills; kill += 1) {
    const child = startWorker(worker, lifeCycle(world), true)
    await killWhen(
      child,
      kill % 2 === 0
        ? afterTime(child, Math.random() * 80)
        : Promise.race([atJournal(child, world, randomCount(8)), afterTime(child, 300)]),
    )
    ;(await lockTree(world.roots, { purpose: 'look', report: (event) => events.push(event) }))[Symbol.dispose]()
    await expectWhole(world)
  }
  return events
}

it('a process killed at any of 300 random instants leaves nothing half done', { timeout: 300_000 }, async () => {
  using one = await crashWorld(['foo'])
  using two = await crashWorld(['foo'])
  const events = (await Promise.all([one, two].map((world) => killMany(world, 150)))).flat()
  const told = events.map((event) => ('message' in event ? event.message : ''))
  // Otherwise the kills would have hit nothing, and the test would have shown nothing.
  expect(told.filter((text) => text.includes('is now completed')).length).toBeGreaterThan(5)
  expect(told.filter((text) => text.includes('what it left is deleted')).length).toBeGreaterThan(5)
})

/** What can be seen of a tree and of what each command answered, whatever the package is called. */
interface Outcome {
  readonly statuses: readonly (number | null)[]
  readonly state: string
}

function packageCommands(world: CrashWorld, name: string): readonly (readonly string[])[] {
  const [one, two] = ['1.0', '2.0'].map((version) => world.archive({ name, version })) as [string, string]
  return [
    ['ldtarball', one, ...world.options],
    ['ldtarball', two, ...world.options],
    ['install', `${name}/1.0`, ...kernelOption, '--force-version-override', ...world.options],
    ['remove', `${name}/1.0`, '--all', ...world.options],
  ]
}

function stateOf({ roots, base }: CrashWorld, name: string): string {
  const listed = [roots.dkmsTree, roots.sourceTree, roots.installTree].flatMap((root) =>
    readdirSync(root, { recursive: true, withFileTypes: true }).map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return entry.isSymbolicLink() ? `${path} -> ${readlinkSync(path)}` : path
    }),
  )
  const ofPackage = listed.filter((line) => line.includes(`/${name}`))
  return ofPackage.sort().join('\n').replaceAll(base, '').replaceAll(name, 'NAME')
}

async function runOnce(commands: readonly (readonly string[])[]): Promise<number | null> {
  const child = startWorker(worker, commands, false)
  child.stdout?.resume()
  const [status] = (await once(child, 'exit')) as [number | null]
  return status
}

/** The four commands in every order, each alone. */
async function serialOutcomes(): Promise<ReadonlySet<string>> {
  const outcomes = new Set<string>()
  for (const order of permutations([0, 1, 2, 3])) {
    using world = await crashWorld(['pkg'])
    const commands = packageCommands(world, 'pkg')
    const statuses: number[] = []
    for (const index of order) statuses[index] = await main([...(commands[index] ?? []), '--quiet'], 'dkms')
    outcomes.add(JSON.stringify({ statuses, state: stateOf(world, 'pkg') } satisfies Outcome))
  }
  return outcomes
}

function permutations(items: readonly number[]): readonly (readonly number[])[] {
  if (items.length < 2) return [items]
  return items.flatMap((first) => permutations(items.filter((item) => item !== first)).map((rest) => [first, ...rest]))
}

it('16 commands at once on one tree end as if they had come one after the other', { timeout: 300_000 }, async () => {
  const serial = await serialOutcomes()
  expect(serial.size).toBeGreaterThan(3)
  const names = ['alpha', 'beta', 'gamma', 'delta']
  for (let round = 0; round < 3; round += 1) {
    using world = await crashWorld(names)
    const answers = await Promise.all(
      names.map((name) => Promise.all(packageCommands(world, name).map((command) => runOnce([command])))),
    )
    for (const [index, name] of names.entries()) {
      const outcome: Outcome = { statuses: answers[index] ?? [], state: stateOf(world, name) }
      expect(serial).toContain(JSON.stringify(outcome))
    }
    expect(loadTree(world.roots).anomalies).toEqual([])
  }
})
