/** Every command is ended before each of its changes in turn, as a kill would; then the next command is looked at. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConf } from '../../../../src/conf/load.ts'
import { absolutePath, type PackageId } from '../../../../src/domain.ts'
import { silent } from '../../../../src/report.ts'
import { add } from '../../../../src/runtime/add.ts'
import { install } from '../../../../src/runtime/install/install.ts'
import { uninstall } from '../../../../src/runtime/install/uninstall.ts'
import { remove } from '../../../../src/runtime/remove.ts'
import { unbuild } from '../../../../src/runtime/unbuild.ts'
import { observeChanges } from '../../../../src/tree/changing.ts'
import { hasPendingChange, recover } from '../../../../src/tree/journal.ts'
import { loadTree } from '../../../../src/tree/load.ts'
import { clearStaged } from '../../../../src/tree/staging.ts'
import { listTree } from '../../../support/tree-listing.ts'
import { confOf, first, type SyntheticTree, second, syntheticTree } from '../../tree/synthetic-tree.ts'
import { addBuilt, destination, installRequest, moduleFile, uninstallRequest } from './modules.ts'

const foo = { name: 'foo', version: '1.0' }
const foo2 = { name: 'foo', version: '2.0' }
const intree = moduleFile({ version: '0.9' })
const originals = [`i/${first.release}/kernel/drivers/foo.ko`, `i/${first.release}/extra/foo.ko`]

class Killed extends Error {}

interface Scenario {
  readonly title: string
  readonly furnish: (tree: SyntheticTree) => Promise<void>
  readonly act: (tree: SyntheticTree) => Promise<unknown>
  /** States between before and after that are whole, too: the command consists of several changes. */
  readonly between: number
}

function furnishBuilt(tree: SyntheticTree): void {
  for (const path of originals) tree.write(path, intree)
  tree.mkdir(`i/${second.release}/kernel`)
  addBuilt(tree, foo, first, { 'foo.ko': moduleFile({ version: '1.0' }), 'bar.ko': moduleFile({ version: '1.0' }) })
  addBuilt(tree, foo2, first, { 'foo.ko': moduleFile({ version: '2.0' }) })
}

async function installIt(tree: SyntheticTree, id: PackageId, force = false): Promise<void> {
  const { kernels } = await install(installRequest(tree, id, { force }))
  // What a command tells as an outcome must not hide that it was killed.
  for (const outcome of kernels) if ('error' in outcome) throw outcome.error
}

async function furnishInstalled(tree: SyntheticTree): Promise<void> {
  furnishBuilt(tree)
  await installIt(tree, foo)
}

const scenarios: readonly Scenario[] = [
  {
    title: 'install, with modules in the way',
    furnish: async (tree) => furnishBuilt(tree),
    act: (tree) => installIt(tree, foo),
    between: 0,
  },
  {
    title: 'install of another version, with fewer modules',
    furnish: furnishInstalled,
    act: (tree) => installIt(tree, foo2),
    between: 0,
  },
  {
    title: 'install --force of what is installed',
    furnish: furnishInstalled,
    act: (tree) => installIt(tree, foo, true),
    between: 1,
  },
  {
    title: 'uninstall',
    furnish: furnishInstalled,
    act: (tree) => uninstall(uninstallRequest(tree, foo)),
    between: 0,
  },
  {
    title: 'unbuild of what is installed',
    furnish: furnishInstalled,
    act: (tree) => unbuild(uninstallRequest(tree, foo)),
    between: 1,
  },
  {
    title: 'remove of what is installed',
    furnish: furnishInstalled,
    act: (tree) => remove({ ...uninstallRequest(tree, foo), rpmSafeUpgrade: false }),
    between: 2,
  },
  {
    title: 'add of a directory, in place of a broken package',
    furnish: async (tree) => {
      tree.link('/nonexistent', 't/foo/1.0/source')
      tree.write('s/foo-1.0/old.c', 'old')
      tree.write('home/dkms.conf', confOf(foo))
    },
    act: (tree) =>
      add({
        roots: tree.roots,
        what: { kind: 'path', path: absolutePath(join(tree.roots.dkmsTree, '../home')) },
        kernel: first,
        force: true,
        report: silent,
        loadConf,
      }),
    between: 0,
  },
]

/** One command: recover, work, tidy up, as lockTree has it. Killed before its change number `at`, with all it would have done afterwards. */
async function command(
  tree: SyntheticTree,
  work: () => Promise<unknown>,
  at = Number.POSITIVE_INFINITY,
): Promise<number> {
  const counted = { changes: 0 }
  using _observed = observeChanges(() => {
    counted.changes += 1
    if (counted.changes > at) throw new Killed()
  })
  try {
    recover(tree.roots, silent)
    try {
      await work()
    } finally {
      if (!hasPendingChange(tree.roots)) clearStaged(tree.roots)
    }
  } catch (error) {
    if (counted.changes <= at) throw error
  }
  return counted.changes
}

function everything(tree: SyntheticTree): string {
  const { dkmsTree, sourceTree, installTree } = tree.roots
  const without = (path: string) => path === '.lock'
  // They hold absolute paths, which differ from tree to tree.
  const contentless = (path: string) => path.endsWith('.origin')
  return [dkmsTree, sourceTree, installTree].flatMap((root) => listTree(root, { without, contentless })).join('\n')
}

/** What the tree says must be what is on the disk. */
function expectTruth(tree: SyntheticTree): void {
  const { packages, anomalies } = loadTree(tree.roots)
  const found = [
    ...anomalies,
    ...packages.flatMap((entry) => [...entry.anomalies, ...entry.builds.flatMap((b) => b.anomalies)]),
  ]
  expect(found).toEqual([])
  const marked = packages.flatMap(({ builds }) => builds.filter(({ installed }) => installed))
  const base = join(tree.roots.dkmsTree, '..')
  const place = join(base, destination(''))
  const files = marked.flatMap((build) => build.files)
  for (const file of files) expect(readFileSync(join(place, file.name)).equals(readFileSync(file.path))).toBe(true)
  let names: string[] = []
  try {
    names = readdirSync(place)
  } catch {
    // Nothing is installed.
  }
  expect(names.sort()).toEqual(files.map(({ name }) => name).sort())
}

/** The originals are in the kernel, or whole in the tree; nowhere else and never both. */
function originalsIntact(tree: SyntheticTree): void {
  const copies = [tree.roots.dkmsTree, tree.roots.installTree]
    .flatMap((root) => readdirSync(root, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).equals(intree))
  expect(copies).toHaveLength(originals.length)
}

describe.each(scenarios)('$title', ({ furnish, act, between }) => {
  it('ends as before or as after wherever it is killed, and is completed by running it again', async () => {
    const [before, after] = [new Set<string>(), new Set<string>()]
    const seen = new Set<string>()
    let kills = 0
    for (let at = 0; ; at += 1) {
      using tree = syntheticTree()
      await furnish(tree)
      const base = join(tree.roots.dkmsTree, '..')
      const hasOriginals = existsSync(tree.roots.installTree) && readdirSync(tree.roots.installTree).length > 0
      const state = () => everything(tree).replaceAll(base, '')
      before.add(state())
      const changes = await command(tree, () => act(tree), at)
      if (changes <= at) {
        after.add(state())
        break
      }
      kills += 1
      recover(tree.roots, silent)
      seen.add(state())
      expect(state()).not.toMatch(/\.tmp_|\.journal|\.staging/)
      if (!before.has(state())) expectTruth(tree)
      if (hasOriginals) originalsIntact(tree)
      await command(tree, () => act(tree).catch(() => undefined))
      after.add(state())
    }
    expect(kills).toBeGreaterThan(10)
    expect(before.size).toBe(1)
    expect(after.size).toBe(1)
    for (const state of [...before, ...after]) seen.delete(state)
    expect(seen.size).toBeLessThanOrEqual(between)
  })
})
