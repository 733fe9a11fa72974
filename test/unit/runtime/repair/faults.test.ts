/** Actions on many packages are ended before each of their changes in turn, as a kill would; then repair is run. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConf, loadConfPlain } from '../../../../src/conf/load.ts'
import { silent } from '../../../../src/report.ts'
import { autoinstall } from '../../../../src/runtime/autoinstall/autoinstall.ts'
import { install } from '../../../../src/runtime/install/install.ts'
import { removeFromKernel } from '../../../../src/runtime/kernel-actions.ts'
import { recordsFromConf } from '../../../../src/runtime/module-records.ts'
import { diagnose } from '../../../../src/runtime/repair/diagnose.ts'
import type { RepairRequest } from '../../../../src/runtime/repair/model.ts'
import { remedyOf } from '../../../../src/runtime/repair/remedies.ts'
import { repair } from '../../../../src/runtime/repair/repair.ts'
import { status } from '../../../../src/runtime/status.ts'
import { observeChanges } from '../../../../src/tree/changing.ts'
import { recover } from '../../../../src/tree/journal.ts'
import { first, type SyntheticTree, syntheticTree } from '../../tree/synthetic-tree.ts'
import { addBuilt, destination, installRequest, moduleFile } from '../install/modules.ts'

const foo = { name: 'foo', version: '1.0' }
const bar = { name: 'bar', version: '1.0' }
const origin = `i/${first.release}/extra/foo.ko`
const original = moduleFile({ version: '0.9' })

class Killed extends Error {}

function request(tree: SyntheticTree): RepairRequest {
  const recordsOf = recordsFromConf(tree.roots, { plain: loadConfPlain, full: loadConf })
  return { ...installRequest(tree, foo), depmod: 'run', recordsOf }
}

function furnishBuilt(tree: SyntheticTree): void {
  tree.write(origin, original)
  addBuilt(tree, foo, first, { 'foo.ko': moduleFile({ version: '1.0' }) })
  addBuilt(tree, bar, first, { 'bar.ko': moduleFile({ version: '1.0' }) }, 'BUILD_DEPENDS[0]="foo"\n')
}

async function furnishInstalled(tree: SyntheticTree): Promise<void> {
  furnishBuilt(tree)
  for (const id of [foo, bar]) await install(installRequest(tree, id))
}

/** As an older DKMS leaves it: without a marker, and with a directory of its own. */
async function furnishDamaged(tree: SyntheticTree): Promise<void> {
  await furnishInstalled(tree)
  rmSync(join(tree.roots.dkmsTree, `foo/kernel-${first.release}-x86_64`))
  tree.write(destination('bar.ko'), '')
  tree.write(`t/bar/1.0/build/make.log`, 'log')
  tree.mkdir(`t/bar/1.0/${first.release}/.tmp_x86_64_x`)
  tree.link('9.9/gone/x86_64', 't/bar/kernel-gone-x86_64')
  rmSync(join(tree.roots.dkmsTree, 'bar/1.0/source'))
}

const scenarios = [
  {
    title: 'autoinstall',
    furnish: async (tree: SyntheticTree) => furnishBuilt(tree),
    act: async (tree: SyntheticTree) => autoinstall(request(tree), [first]),
  },
  {
    title: 'kernel_prerm',
    furnish: furnishInstalled,
    act: async (tree: SyntheticTree) =>
      removeFromKernel({ ...request(tree), kernel: first, action: 'prerm', directives: [] }),
  },
  { title: 'repair', furnish: furnishDamaged, act: async (tree: SyntheticTree) => repair(request(tree)) },
] as const

/** @returns whether it was killed before it had ended */
async function killedAt(change: number, act: () => Promise<unknown>): Promise<boolean> {
  let count = 0
  using _observer = observeChanges(() => {
    if (count++ === change) throw new Killed()
  })
  try {
    await act()
    return false
  } catch (error) {
    if (error instanceof Killed) return true
    throw error
  }
}

function originalIsKept(tree: SyntheticTree): boolean {
  const base = join(tree.roots.dkmsTree, '..')
  return [origin, `t/foo/original_module/${first.release}/x86_64/foo.ko`]
    .map((path) => join(base, path))
    .some((path) => existsSync(path) && readFileSync(path).equals(original))
}

describe.each(scenarios)('$title', ({ furnish, act }) => {
  it('leaves nothing that repair does not put right, wherever it is killed, and loses no original', async () => {
    let change = 0
    for (let killed = true; killed; change++) {
      using tree = syntheticTree()
      await furnish(tree)
      killed = await killedAt(change, () => act(tree))
      // The next command takes the lock.
      recover(tree.roots, silent)
      const { left } = await repair(request(tree))
      expect(left).toEqual([])
      expect(await diagnose(request(tree))).toEqual([])
      expect(originalIsKept(tree)).toBe(true)
    }
    expect(change).toBeGreaterThan(10)
  })

  it('ends as if nothing had happened when it is run again after being killed', async () => {
    using whole = syntheticTree()
    await furnish(whole)
    await act(whole)
    const expected = await linesOf(whole)
    for (let change = 0, killed = true; killed; change += 3) {
      using tree = syntheticTree()
      await furnish(tree)
      killed = await killedAt(change, () => act(tree))
      recover(tree.roots, silent)
      await act(tree)
      expect(await linesOf(tree)).toEqual(expected)
      expect(await diagnose(request(tree))).toEqual([])
    }
  })
})

async function linesOf(tree: SyntheticTree): Promise<readonly string[]> {
  const { entries } = await status({ ...statusRequest(tree), kernels: [] })
  return entries.map((entry) => JSON.stringify(entry))
}

function statusRequest(tree: SyntheticTree) {
  const { roots, recordsOf, host } = request(tree)
  return { roots, recordsOf, destination: host.destination, report: silent }
}

describe('diagnose', () => {
  it('finds what status --json finds', async () => {
    using tree = syntheticTree()
    await furnishDamaged(tree)
    tree.write(`t/foo/1.0/${first.release}/i686/log/make.log`, 'log')
    const { anomalies, entries } = await status({ ...statusRequest(tree), kernels: [] })
    const broken = entries.filter(({ state }) => state === 'broken').map(() => 'broken')
    const found = (await diagnose(request(tree))).map(({ kind }) => kind)
    expect([...found].sort()).toEqual([...anomalies.map(({ kind }) => kind), ...broken].sort())
    expect(found).toEqual(expect.arrayContaining(['half-build', 'dangling-marker', 'stale-staging', 'broken']))
  })

  it('leaves to a person what cannot be read', async () => {
    using tree = syntheticTree()
    const finding = { kind: 'unreadable', path: tree.roots.dkmsTree, message: '' } as const
    expect((await remedyOf(request(tree), finding)).kind).toBe('advice')
  })
})
