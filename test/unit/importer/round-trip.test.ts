import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { absolutePath } from '../../../src/domain.ts'
import { loadArchive } from '../../../src/importer/load.ts'
import { makeTarball } from '../../../src/packaging/tarball/make.ts'
import type { TarballMode, TarballResult } from '../../../src/packaging/tarball/model.ts'
import { silent } from '../../../src/report.ts'
import { confOf, first, type SyntheticTree, second, syntheticTree } from '../tree/synthetic-tree.ts'
import { foo, loadRequest, moduleFor } from './archives.ts'

function pack(tree: SyntheticTree, mode: TarballMode, archive: string): Promise<TarballResult> {
  return makeTarball({
    roots: tree.roots,
    package: foo,
    kernels: 'all',
    mode,
    archive,
    workingDirectory: () => tree.roots.etc,
    runningKernel: first,
    dryRun: false,
    report: silent,
  })
}

function filled(): SyntheticTree {
  const tree = syntheticTree()
  tree.add(foo, confOf(foo))
  for (const kernel of [first, second]) {
    tree.build(foo, kernel)
    writeFileSync(join(tree.roots.dkmsTree, 'foo/1.0', kernel.release, kernel.arch, 'module/foo.ko'), moduleFor(kernel))
  }
  return tree
}

/** Names, kinds, executable bits, link targets and content below a directory, links to directories not followed. */
function contentOf(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((path) => {
      const stats = lstatSync(join(dir, path))
      if (stats.isSymbolicLink()) return `${path} -> ${readlinkSync(join(dir, path))}`
      if (stats.isDirectory()) return `${path}/`
      const mode = (stats.mode & 0o100) === 0 ? '' : '*'
      return `${path}${mode} ${readFileSync(join(dir, path)).toString('base64')}`
    })
}

const formats = ['tar', 'tar.gz', 'tar.bz2', 'tar.xz', 'tar.zst']

describe('a package that is packed and loaded', () => {
  it.each(formats)('as .%s is the same on the other host, and packs to the same bytes there', async (format) => {
    using here = filled()
    using there = syntheticTree()
    const packed = await pack(here, 'full', `./a.${format}`)
    const loaded = await loadArchive(loadRequest(there, packed.path))
    expect(loaded).toMatchObject({ added: true, source: 'loaded', kernels: [{ kernel: first }, { kernel: second }] })
    expect(contentOf(there.roots.sourceTree)).toEqual(contentOf(here.roots.sourceTree))
    for (const { release } of [first, second]) {
      const build = (tree: SyntheticTree): string => join(tree.roots.dkmsTree, 'foo/1.0', release)
      expect(contentOf(build(there))).toEqual(contentOf(build(here)))
    }
    expect((await pack(there, 'full', `./a.${format}`)).written).toEqual(packed.written)
  })

  it.each<TarballMode>(['full', 'source-only', 'binaries-only'])('%s packs to the same bytes there', async (mode) => {
    using here = filled()
    using there = syntheticTree()
    const packed = await pack(here, mode, './a.tar.gz')
    await loadArchive(loadRequest(there, packed.path))
    expect((await pack(there, mode, './a.tar.gz')).written).toEqual(packed.written)
  })

  it('is the same whatever its source holds', async () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .filter((text) => !/[/\p{Cc}\uFFFD]/u.test(text) && !/^\.{1,2}$/.test(text) && Buffer.byteLength(text) < 200)
    const file = fc.record({
      name,
      depth: fc.integer({ min: 0, max: 3 }),
      content: fc.oneof(fc.uint8Array({ maxLength: 2000 }), fc.constant(undefined)),
      executable: fc.boolean(),
      time: fc.integer({ min: 1, max: 1_600_000_000 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(file, { maxLength: 12, selector: (one) => one.name }), async (files) => {
        using here = filled()
        using there = syntheticTree()
        for (const { name, depth, content, executable, time } of files) {
          const dir = join(
            here.roots.sourceTree,
            'foo-1.0',
            ...Array.from({ length: depth }, (_, level) => `=dir${level}`),
          )
          mkdirSync(dir, { recursive: true })
          const path = join(dir, `_${name}`)
          if (content === undefined) symlinkSync(depth > 0 ? '../x' : 'y', path)
          else {
            writeFileSync(path, content)
            chmodSync(path, executable ? 0o700 : 0o640)
            utimesSync(path, time, time)
          }
        }
        const packed = await pack(here, 'full', './a.tar')
        await loadArchive(loadRequest(there, absolutePath(packed.path)))
        expect(contentOf(there.roots.sourceTree)).toEqual(contentOf(here.roots.sourceTree))
        expect((await pack(there, 'full', './a.tar')).written).toEqual(packed.written)
      }),
      { numRuns: 25 },
    )
  })
})
