import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AbsolutePath } from '../../../src/domain.ts'
import { commitBuild, commitPackage, linkSource, removeBuild, removePackage } from '../../../src/tree/change.ts'
import { stageSource } from '../../../src/tree/copy-source.ts'
import { type TreePaths, treePaths } from '../../../src/tree/layout.ts'
import { loadPackage, loadTree } from '../../../src/tree/load.ts'
import { clearAllStaging, clearStaging, stagingPlace } from '../../../src/tree/staging.ts'
import { first, type SyntheticTree, second, syntheticTree } from './synthetic-tree.ts'

const foo = { name: 'foo', version: '1.0' }
let tree: SyntheticTree
let paths: TreePaths

beforeEach(() => {
  tree = syntheticTree()
  paths = treePaths(tree.roots)
})
afterEach(() => tree[Symbol.dispose]())

/** Every path below the tree, relative, links with their targets. */
function shape(root: string = tree.roots.dkmsTree): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      const target = entry.isSymbolicLink() ? ` -> ${readlinkSync(path)}` : ''
      return `${path.slice(root.length + 1)}${target}`
    })
    .sort()
}

function stageBuild(content: string): AbsolutePath {
  const staged = stagingPlace(tree.roots, paths.kernelDir(foo, first))
  mkdirSync(join(staged, 'module'), { recursive: true })
  writeFileSync(join(staged, 'module/foo.ko'), content)
  return staged
}

describe('linkSource', () => {
  it('makes the version, its build directory and the absolute link', () => {
    tree.mkdir('s/foo-1.0')
    linkSource(tree.roots, foo)
    expect(shape()).toEqual(['foo', 'foo/1.0', 'foo/1.0/build', `foo/1.0/source -> ${tree.roots.sourceTree}/foo-1.0`])
  })

  it.each([
    ['a dangling link', () => tree.link('/nonexistent', 't/foo/1.0/source')],
    ['a directory', () => tree.write('t/foo/1.0/source/dkms.conf')],
    ['nothing', () => tree.mkdir('t/foo/1.0')],
  ])('puts the link in the place of %s and keeps the builds', (_, make) => {
    tree.mkdir('s/foo-1.0')
    make()
    tree.build(foo, first)
    linkSource(tree.roots, foo)
    expect(loadPackage(tree.roots, foo)).toMatchObject({ source: { kind: 'linked' }, builds: [{ kernel: first }] })
    expect(readdirSync(paths.versionDir(foo)).sort()).toEqual([first.release, 'build', 'source'])
  })
})

describe('commitBuild', () => {
  it('makes a staged build the build of the kernel', () => {
    tree.add(foo)
    commitBuild(tree.roots, foo, first, stageBuild('new'), { replace: false })
    expect(loadPackage(tree.roots, foo)?.builds).toMatchObject([{ kernel: first, state: 'built', anomalies: [] }])
    expect(readdirSync(join(paths.versionDir(foo), first.release))).toEqual(['x86_64'])
  })

  it('replaces a build when told to, and only then', () => {
    tree.add(foo)
    tree.build(foo, first)
    expect(() => commitBuild(tree.roots, foo, first, stageBuild('new'), { replace: false })).toThrow(
      'a build is in the way',
    )
    commitBuild(tree.roots, foo, first, stageBuild('newer'), { replace: true })
    expect(readFileSync(join(paths.moduleDir(foo, first), 'foo.ko'), 'utf8')).toBe('newer')
    expect(existsSync(paths.makeLog(foo, first))).toBe(false)
  })
})

describe('removeBuild', () => {
  it('deletes the build and the directory of the kernel', () => {
    tree.add(foo)
    tree.build(foo, first)
    tree.build(foo, second)
    removeBuild(tree.roots, foo, first)
    expect(readdirSync(paths.versionDir(foo)).sort()).toEqual([second.release, 'source'])
  })

  it('keeps the directory of the kernel while another architecture or a running build is in it', () => {
    tree.add(foo)
    tree.build(foo, first)
    tree.build(foo, { release: first.release, arch: 'i686' })
    removeBuild(tree.roots, foo, first)
    tree.mkdir(`t/foo/1.0/${first.release}/.tmp_x86_64_build`)
    removeBuild(tree.roots, foo, { release: first.release, arch: 'i686' })
    expect(readdirSync(join(paths.versionDir(foo), first.release))).toEqual(['.tmp_x86_64_build'])
  })

  it('takes a marker that leads to the build with it, and no other', () => {
    const newer = { name: 'foo', version: '2.0' }
    for (const id of [foo, newer]) {
      tree.add(id)
      for (const kernel of [first, second]) tree.build(id, kernel)
    }
    tree.install(foo, first)
    tree.install(newer, second)
    for (const kernel of [first, second]) removeBuild(tree.roots, foo, kernel)
    expect(readdirSync(paths.packageDir('foo')).filter((name) => name.startsWith('kernel-'))).toEqual([
      `kernel-${second.release}-x86_64`,
    ])
    expect(loadTree(tree.roots).anomalies).toEqual([])
  })
})

describe('removePackage', () => {
  it('deletes the version and the directory of the package, and never the source', () => {
    tree.add(foo)
    tree.build(foo, first)
    removePackage(tree.roots, foo)
    expect(shape()).toEqual([])
    expect(existsSync(paths.sourceDir(foo))).toBe(true)
  })

  it('keeps the directory of the package for other versions', () => {
    tree.add(foo)
    tree.add({ name: 'foo', version: '2.0' })
    removePackage(tree.roots, foo)
    expect(readdirSync(paths.packageDir('foo'))).toEqual(['2.0'])
  })
})

describe('sources', () => {
  it('are copied whole: dot files, modes, times, links as they are', () => {
    const from = tree.mkdir('home/foo')
    tree.write('home/foo/.config/x', 'x')
    tree.write('home/foo/.git/HEAD', 'ref')
    tree.write('home/foo/run.sh', '#!/bin/sh\n')
    tree.link('run.sh', 'home/foo/relative')
    tree.link('/nonexistent', 'home/foo/dangling')
    const before = shape(from)
    commitPackage(tree.roots, foo, { source: stageSource(tree.roots, foo, from as AbsolutePath) })
    expect(shape(paths.sourceDir(foo))).toEqual(before)
    expect(readdirSync(tree.roots.sourceTree)).toEqual(['foo-1.0'])
  })

  it('replace what was there, without a mixture', () => {
    tree.write('s/foo-1.0/old.c')
    const from = tree.mkdir('home/foo')
    tree.write('home/foo/new.c')
    commitPackage(tree.roots, foo, { source: stageSource(tree.roots, foo, from as AbsolutePath) })
    expect(readdirSync(paths.sourceDir(foo))).toEqual(['new.c'])
    expect(readdirSync(tree.roots.sourceTree)).toEqual(['foo-1.0'])
  })

  it('are refused when they hold the source tree', () => {
    const everything = join(tree.roots.sourceTree, '..') as AbsolutePath
    expect(() => stageSource(tree.roots, foo, everything)).toThrow('holds the source tree')
  })
})

describe('commitPackage', () => {
  it('makes source, link and builds of a new package appear together', () => {
    const source = stagingPlace(tree.roots, paths.sourceDir(foo))
    mkdirSync(source)
    commitPackage(tree.roots, foo, { source, tie: 'link', builds: [{ kernel: first, staged: stageBuild('new') }] })
    expect(loadPackage(tree.roots, foo)).toMatchObject({
      source: { kind: 'linked' },
      builds: [{ kernel: first, state: 'built' }],
      anomalies: [],
    })
    expect(readdirSync(tree.roots.dkmsTree)).toEqual(['foo'])
  })

  it.each([
    ['a new package', () => {}],
    ['a package whose source is gone', () => tree.link('/nonexistent', 't/foo/1.0/source')],
    ['a package with another stub', () => tree.write('t/foo/1.0/source/old.conf')],
  ])('puts a stub in the place of the source of %s', (_, make) => {
    make()
    const stub = stagingPlace(tree.roots, paths.sourceLink(foo))
    mkdirSync(stub)
    writeFileSync(join(stub, 'dkms.conf'), '')
    commitPackage(tree.roots, foo, { tie: { stub } })
    expect(loadPackage(tree.roots, foo)?.source).toMatchObject({ kind: 'binaries-only' })
    expect(readdirSync(paths.sourceLink(foo))).toEqual(['dkms.conf'])
  })
})

it('clearStaging deletes what any DKMS staged for the architecture', () => {
  tree.add(foo)
  const theirs = tree.mkdir(`t/foo/1.0/${first.release}/.tmp_x86_64_AbCdEf`)
  clearStaging(tree.roots, foo, { release: first.release, arch: 'i686' })
  expect(existsSync(theirs)).toBe(true)
  clearStaging(tree.roots, foo, first)
  expect(existsSync(theirs)).toBe(false)
})

it('clearAllStaging deletes the staging of every kernel and directories that held nothing else', () => {
  tree.add(foo)
  tree.build(foo, second)
  tree.mkdir(`t/foo/1.0/${first.release}/.tmp_x86_64_AbCdEf`)
  tree.mkdir(`t/foo/1.0/${second.release}/.tmp_i686_AbCdEf`)
  clearAllStaging(tree.roots, foo)
  expect(readdirSync(paths.versionDir(foo)).sort()).toEqual([second.release, 'source'])
  expect(readdirSync(join(paths.versionDir(foo), second.release))).toEqual(['x86_64'])
})
