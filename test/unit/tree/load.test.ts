import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { absolutePath } from '../../../src/domain.ts'
import { findPackage, loadPackage, loadTree } from '../../../src/tree/load.ts'
import type { Anomaly, TreePackage } from '../../../src/tree/model.ts'
import { first, type SyntheticTree, second, syntheticTree } from './synthetic-tree.ts'

const foo = { name: 'foo', version: '1.0' }
let tree: SyntheticTree

beforeEach(() => {
  tree = syntheticTree()
})
afterEach(() => tree[Symbol.dispose]())

function only(): TreePackage {
  const { packages } = loadTree(tree.roots)
  expect(packages).toHaveLength(1)
  return packages[0]!
}

function kinds(anomalies: readonly Anomaly[]): string[] {
  return anomalies.map(({ kind, path }) => `${kind} ${path.slice(tree.roots.dkmsTree.length + 1)}`)
}

describe('loadTree', () => {
  it('takes a tree that does not exist for an empty one', () => {
    expect(loadTree({ ...tree.roots, dkmsTree: absolutePath('/nonexistent/tree') })).toMatchObject({
      packages: [],
      anomalies: [],
    })
  })

  it('passes over files, dot directories and directories without versions', () => {
    tree.write('t/dkms_dbversion', '2.0.0\n')
    tree.write('t/mok.key')
    tree.mkdir('t/lost+found')
    tree.mkdir('t/.hidden/1.0')
    expect(loadTree(tree.roots)).toMatchObject({ packages: [], anomalies: [] })
  })

  it('reads an added package', () => {
    tree.add(foo)
    expect(only()).toEqual({
      id: foo,
      dir: join(tree.roots.dkmsTree, 'foo/1.0'),
      source: {
        kind: 'linked',
        link: join(tree.roots.dkmsTree, 'foo/1.0/source'),
        dir: join(tree.roots.sourceTree, 'foo-1.0'),
      },
      builds: [],
      anomalies: [],
    })
  })

  it('reads builds with their files, sorted, and without Module.symvers', () => {
    tree.add(foo)
    tree.build(foo, second, ['b', 'a'], '.ko.xz')
    tree.write(`t/foo/1.0/${second.release}/x86_64/module/Module.symvers`, 'symbols')
    tree.build(foo, first)
    const { builds, anomalies } = only()
    expect(builds.map(({ kernel, state, installed }) => [kernel, state, installed])).toEqual([
      [first, 'built', false],
      [second, 'built', false],
    ])
    expect(builds[1]?.files.map(({ name, module }) => [name, module])).toEqual([
      ['a.ko.xz', 'a'],
      ['b.ko.xz', 'b'],
    ])
    expect(anomalies).toEqual([])
  })

  it('sees what is installed, by a relative or any other link to the build', () => {
    tree.add(foo)
    for (const kernel of [first, second]) tree.build(foo, kernel)
    tree.install(foo, first)
    tree.link(join(tree.roots.dkmsTree, `foo/1.0/${second.release}/x86_64`), `t/foo/kernel-${second.release}-x86_64`)
    expect(only().builds.map(({ installed }) => installed)).toEqual([true, true])
  })

  it('counts only the version that the marker leads to as installed', () => {
    const newer = { name: 'foo', version: '2.0' }
    for (const id of [foo, newer]) {
      tree.add(id)
      tree.build(id, first)
    }
    tree.install(newer, first)
    const installed = loadTree(tree.roots).packages.map(({ id, builds }) => [id.version, builds[0]?.installed])
    expect(installed).toEqual([
      ['1.0', false],
      ['2.0', true],
    ])
  })

  it('sees archived originals', () => {
    tree.add(foo)
    tree.build(foo, first)
    tree.install(foo, first)
    tree.write(`t/foo/original_module/${first.release}/x86_64/foo.ko`)
    expect(only().builds[0]?.originals).toBe(true)
    expect(loadTree(tree.roots).anomalies).toEqual([])
  })

  it('knows kernels of any name by the module or log directory inside', () => {
    tree.add(foo)
    tree.build(foo, { release: 'linux-custom', arch: 'aarch64' })
    tree.build(foo, { release: 'next', arch: 'riscv64' })
    expect(only().builds.map(({ kernel }) => kernel.release)).toEqual(['linux-custom', 'next'])
  })

  it('takes neither generator outputs nor dot directories nor other directories for kernels', () => {
    tree.add(foo)
    for (const name of ['tarball', 'rpm', 'deb', 'dsc', 'bmdeb', 'driver_disk', '.git', 'notes']) {
      tree.mkdir(`t/foo/1.0/${name}/x86_64`)
    }
    tree.mkdir('t/foo/1.0/build/x86_64/module')
    expect(only().builds).toEqual([])
  })

  it('takes neither markers nor the originals for versions', () => {
    tree.add(foo)
    tree.build(foo, first)
    tree.install(foo, first)
    tree.mkdir(`t/foo/original_module/${first.release}/x86_64`)
    tree.mkdir('t/foo/kernel-real-directory')
    expect(only().id).toEqual(foo)
  })

  it('reads only the packages that are wanted', () => {
    for (const name of ['foo', 'bar']) tree.add({ name, version: '1.0' })
    expect(loadTree(tree.roots, (name) => name === 'bar').packages.map(({ id }) => id.name)).toEqual(['bar'])
  })

  it('lists in the byte order of name/version', () => {
    for (const name of ['foo', 'foo-bar', 'foo.a', 'Foo']) tree.add({ name, version: '1.0' })
    tree.add({ name: 'foo', version: '0.9' })
    expect(loadTree(tree.roots).packages.map(({ id }) => `${id.name}/${id.version}`)).toEqual([
      'Foo/1.0',
      'foo-bar/1.0',
      'foo.a/1.0',
      'foo/0.9',
      'foo/1.0',
    ])
  })
})

describe('sources', () => {
  it('knows a package loaded from a binaries-only archive', () => {
    tree.write('t/foo/1.0/source/dkms.conf')
    expect(only().source).toEqual({ kind: 'binaries-only', dir: join(tree.roots.dkmsTree, 'foo/1.0/source') })
  })

  it.each([
    ['no-link', () => tree.mkdir('t/foo/1.0/build')],
    ['dangling-link', () => tree.link('/nonexistent/foo-1.0', 't/foo/1.0/source')],
    ['dangling-link', () => tree.link(tree.write('s/foo-1.0-is-a-file'), 't/foo/1.0/source')],
    [
      'directory-shadows-source',
      () => {
        tree.mkdir('s/foo-1.0')
        tree.mkdir('t/foo/1.0/source')
      },
    ],
  ] as const)('is broken: %s', (reason, make) => {
    make()
    expect(only().source).toEqual({ kind: 'broken', reason })
  })
})

describe('states that a crash leaves', () => {
  beforeEach(() => tree.add(foo))

  it('A: a build directory with a log and no modules', () => {
    tree.write(`t/foo/1.0/${first.release}/x86_64/log/make.log`)
    const { builds } = only()
    expect(builds).toMatchObject([{ kernel: first, state: 'no-module-directory', files: [] }])
    expect(kinds(builds[0]!.anomalies)).toEqual([`half-build foo/1.0/${first.release}/x86_64`])
  })

  it('A: an empty build directory, which DKMS refuses to build over', () => {
    tree.mkdir(`t/foo/1.0/${first.release}/x86_64`)
    expect(only().builds).toMatchObject([{ kernel: first, state: 'no-module-directory' }])
  })

  it('B: a module directory without modules', () => {
    tree.mkdir(`t/foo/1.0/${first.release}/x86_64/module`)
    const [build] = only().builds
    expect(build?.state).toBe('built')
    expect(kinds(build!.anomalies)).toEqual([`empty-build foo/1.0/${first.release}/x86_64/module`])
  })

  it('E: an empty file in the tree', () => {
    tree.write(`t/foo/1.0/${first.release}/x86_64/module/foo.ko`)
    expect(kinds(only().builds[0]!.anomalies)).toEqual([
      `empty-built-file foo/1.0/${first.release}/x86_64/module/foo.ko`,
    ])
  })

  it('F: a marker that leads nowhere', () => {
    tree.link(`1.0/${first.release}/x86_64`, `t/foo/kernel-${first.release}-x86_64`)
    expect(kinds(loadTree(tree.roots).anomalies)).toEqual([`dangling-marker foo/kernel-${first.release}-x86_64`])
  })

  it('F: a marker that leads to a half-made build', () => {
    tree.write(`t/foo/1.0/${first.release}/x86_64/log/make.log`)
    tree.install(foo, first)
    expect(kinds(loadTree(tree.roots).anomalies)).toEqual([`dangling-marker foo/kernel-${first.release}-x86_64`])
  })

  it('G: a build directory with something in it', () => {
    tree.write('t/foo/1.0/build/make.log')
    expect(kinds(only().anomalies)).toEqual(['stale-build-directory foo/1.0/build'])
  })

  it('staging directories beside builds and beside versions', () => {
    tree.mkdir(`t/foo/1.0/${first.release}/.tmp_x86_64_AbCdEf`)
    tree.mkdir('t/foo/.tmp_1.0_del-1.a.1')
    expect(kinds(only().anomalies)).toEqual([`stale-staging foo/1.0/${first.release}/.tmp_x86_64_AbCdEf`])
    expect(kinds(loadTree(tree.roots).anomalies)).toEqual(['stale-staging foo/.tmp_1.0_del-1.a.1'])
  })

  it('originals of a kernel on which nothing is installed', () => {
    tree.mkdir(`t/foo/original_module/${first.release}/x86_64`)
    expect(kinds(loadTree(tree.roots).anomalies)).toEqual([
      `orphaned-originals foo/original_module/${first.release}/x86_64`,
    ])
  })

  it('the build/ directory that add leaves is no finding', () => {
    expect(only().anomalies).toEqual([])
  })
})

describe('directories that may not be read', () => {
  const uid = process.geteuid?.()

  /** As an ordinary user, whom modes stop; as root nothing would be unreadable. */
  function unprivileged<Result>(action: () => Result): Result {
    if (uid !== 0) return action()
    process.seteuid?.(65534)
    try {
      return action()
    } finally {
      process.seteuid?.(0)
    }
  }

  it('are findings, and everything else is read', () => {
    tree.add(foo)
    tree.add({ name: 'bar', version: '1.0' })
    chmodSync(join(tree.roots.dkmsTree, '..'), 0o755)
    const locked = join(tree.roots.dkmsTree, 'bar/1.0')
    chmodSync(locked, 0)
    const loaded = unprivileged(() => loadTree(tree.roots))
    chmodSync(locked, 0o755)
    expect(loaded.packages.map(({ source }) => source)).toMatchObject([
      { kind: 'broken', reason: 'unreadable' },
      { kind: 'linked' },
    ])
    expect(loaded.packages[0]?.anomalies).toMatchObject([
      { kind: 'unreadable', path: locked, message: expect.stringContaining(`${locked}: permission denied`) },
    ])
  })

  it('stop the loader with the path when it is the tree itself', () => {
    chmodSync(join(tree.roots.dkmsTree, '..'), 0o755)
    chmodSync(tree.roots.dkmsTree, 0)
    expect(() => unprivileged(() => loadTree(tree.roots))).toThrow(`${tree.roots.dkmsTree}: permission denied`)
    chmodSync(tree.roots.dkmsTree, 0o755)
  })
})

describe('loadPackage and findPackage', () => {
  it('give the same as the whole tree', () => {
    tree.add(foo)
    tree.build(foo, first)
    tree.install(foo, first)
    tree.add({ name: 'foo', version: '2.0' })
    const whole = loadTree(tree.roots)
    expect(loadPackage(tree.roots, foo)).toEqual(findPackage(whole, foo))
    expect(loadPackage(tree.roots, foo)?.builds).toHaveLength(1)
  })

  it('answer undefined for what is not there', () => {
    tree.add(foo)
    expect(loadPackage(tree.roots, { name: 'foo', version: '3' })).toBeUndefined()
    expect(loadPackage(tree.roots, { name: 'bar', version: '1.0' })).toBeUndefined()
  })

  it('refuse a name that leads elsewhere', () => {
    expect(() => loadPackage(tree.roots, { name: '../foo', version: '1.0' })).toThrow('slash')
  })
})
