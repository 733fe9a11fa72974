import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { absolutePath } from '../../../src/domain.ts'
import { loadArchive } from '../../../src/importer/load.ts'
import type { LoadRequest, LoadResult } from '../../../src/importer/model.ts'
import { silent } from '../../../src/report.ts'
import { observeChanges } from '../../../src/tree/changing.ts'
import { recover } from '../../../src/tree/journal.ts'
import { loadPackage } from '../../../src/tree/load.ts'
import { stagingPlace } from '../../../src/tree/staging.ts'
import type { RawEntry } from '../archive/raw-tar.ts'
import { confOf, first, type SyntheticTree, second, syntheticTree } from '../tree/synthetic-tree.ts'
import {
  archiveOf,
  binariesEntries,
  buildEntries,
  directory,
  foo,
  fullEntries,
  loadRequest,
  moduleFor,
  sourceEntries,
  warningsInto,
} from './archives.ts'

let tree: SyntheticTree
beforeEach(() => {
  tree = syntheticTree()
})
afterEach(() => tree[Symbol.dispose]())

function load(entries: readonly RawEntry[], change: Partial<LoadRequest> = {}): Promise<LoadResult> {
  return loadArchive(loadRequest(tree, archiveOf(tree, entries), change))
}

/** Every path below the tree, the source tree and the temporary directory, with the content of files. */
function everything(): string[] {
  const { dkmsTree, sourceTree, tmp } = tree.roots
  return [dkmsTree, sourceTree, tmp].flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .sort()
      .map((path) => {
        const stats = lstatSync(join(root, path))
        if (stats.isSymbolicLink()) return `${root}/${path} -> ${readlinkSync(join(root, path))}`
        const content = stats.isFile() ? `: ${readFileSync(join(root, path)).toString('base64')}` : '/'
        return `${root}/${path}${content}`
      }),
  )
}

function builtFile(kernel = first): string {
  return join(tree.roots.dkmsTree, 'foo/1.0', kernel.release, kernel.arch, 'module/foo.ko')
}

function source(file = ''): string {
  return join(tree.roots.sourceTree, 'foo-1.0', file)
}

describe('a package that is new', () => {
  it('is loaded with its source and every kernel', async () => {
    const result = await load(fullEntries(first, second))
    expect(result).toMatchObject({
      package: foo,
      kind: 'full',
      compression: 'gzip',
      source: 'loaded',
      sourceDir: source().replace(/\/$/, ''),
      added: true,
      kernels: [
        { kernel: first, outcome: 'loaded' },
        { kernel: second, outcome: 'loaded' },
      ],
    })
    expect(readFileSync(builtFile(second)).equals(moduleFor(second))).toBe(true)
    expect(lstatSync(source('configure')).mode & 0o7777).toBe(0o755)
    expect(lstatSync(source()).mode & 0o7777).toBe(0o755)
    expect(readlinkSync(join(tree.roots.dkmsTree, 'foo/1.0/source'))).toBe(result.sourceDir)
    expect(readdirSync(join(tree.roots.dkmsTree, 'foo/1.0')).sort()).toEqual([
      first.release,
      second.release,
      'build',
      'source',
    ])
    expect(readdirSync(tree.roots.dkmsTree)).toEqual(['foo'])
    expect(readdirSync(tree.roots.sourceTree)).toEqual(['foo-1.0'])
  })

  it('is loaded without builds', async () => {
    const result = await load([directory('./dkms_main_tree'), ...sourceEntries('./dkms_source_tree')])
    expect(result).toMatchObject({ kind: 'source-only', source: 'loaded', kernels: [] })
    expect(loadPackage(tree.roots, foo)?.source.kind).toBe('linked')
  })

  it('is loaded without its source: a directory with just the dkms.conf takes its place', async () => {
    const result = await load(binariesEntries(first))
    expect(result).toMatchObject({ kind: 'binaries-only', source: 'not-in-archive', added: true })
    expect(result.sourceDir).toBe(`${tree.roots.dkmsTree}/foo/1.0/source`)
    expect(readdirSync(result.sourceDir)).toEqual(['dkms.conf'])
    expect(readFileSync(join(result.sourceDir, 'dkms.conf'), 'utf8')).toBe(confOf(foo))
    const loaded = loadPackage(tree.roots, foo)
    expect(loaded?.source.kind).toBe('binaries-only')
    expect(loaded?.builds).toHaveLength(1)
    expect(existsSync(source())).toBe(false)
  })

  it('without its source is linked to the source that is on the host', async () => {
    tree.write('s/foo-1.0/dkms.conf', confOf(foo))
    const result = await load(binariesEntries(first))
    expect(result.sourceDir).toBe(source().replace(/\/$/, ''))
    expect(loadPackage(tree.roots, foo)?.source.kind).toBe('linked')
  })

  it('takes over the same source that is there already', async () => {
    await load(fullEntries(first))
    rmSync(join(tree.roots.dkmsTree, 'foo'), { recursive: true })
    expect(await load(fullEntries(first))).toMatchObject({ source: 'unchanged', added: true })
  })

  it('does not take the place of another source without --force', async () => {
    tree.write('s/foo-1.0/precious.c', 'mine')
    const before = everything()
    await expect(load(fullEntries(first))).rejects.toMatchObject({ code: 'SOURCE_CONFLICT' })
    expect(everything()).toEqual(before)
    expect(await load(fullEntries(first), { force: true })).toMatchObject({ source: 'replaced' })
    expect(existsSync(source('precious.c'))).toBe(false)
  })
})

describe('a plain source', () => {
  it.each([
    ['at the top', '.'],
    ['one directory down', 'foo-1.0'],
    ['deep below', 'a/b/c'],
  ])('%s is loaded', async (_, top) => {
    const result = await load(sourceEntries(top))
    expect(result).toMatchObject({ kind: 'plain-source', source: 'loaded', added: true })
    expect(readdirSync(source()).sort()).toEqual(['configure', 'dkms.conf', 'foo.c'])
    expect(lstatSync(source()).mode & 0o7777).toBe(0o755)
    expect(readdirSync(tree.roots.sourceTree)).toEqual(['foo-1.0'])
  })

  it('with several dkms.conf is that of the one nearest to the top', async () => {
    await load([...sourceEntries('x'), ...sourceEntries('x/debian/examples', 'PACKAGE_NAME=other\n')])
    expect(loadPackage(tree.roots, foo)).toBeDefined()
  })

  it('with two packages side by side is refused', async () => {
    const before = everything()
    await expect(load([...sourceEntries('a'), ...sourceEntries('b')])).rejects.toMatchObject({
      code: 'ARCHIVE_NO_PACKAGE',
      message: expect.stringContaining('a/dkms.conf, b/dkms.conf'),
    })
    expect(everything()).toEqual(before)
  })

  it('may have its dkms.conf behind a link', async () => {
    const conf: RawEntry[] = [
      { name: 'x/debian/real.conf', content: confOf(foo) },
      { name: 'x/dkms.conf', type: '2', link: 'debian/real.conf' },
    ]
    expect(await load(conf)).toMatchObject({ package: foo })
    expect(readFileSync(source('dkms.conf'), 'utf8')).toBe(confOf(foo))
  })
})

describe('archives of other eras', () => {
  it('with dkms_dbversion 2.0.0, 2.1.0 or 1.x are loaded', async () => {
    for (const version of ['2.0.0\n', '2.1.7\n', '1.90\n']) {
      const entries = [...fullEntries(first), { name: './dkms_main_tree/dkms_dbversion', content: version }]
      expect(await load(entries, { force: true })).toMatchObject({ package: foo })
    }
  })

  it('of a newer major layout are refused', async () => {
    const entries = [...fullEntries(first), { name: './dkms_main_tree/dkms_dbversion', content: '3.0.0\n' }]
    await expect(load(entries)).rejects.toMatchObject({ code: 'ARCHIVE_TOO_NEW' })
    expect(everything()).toEqual([])
  })

  it('before 2.0 do not tell the architecture: the given one is taken, with a warning', async () => {
    const warnings: string[] = []
    const arm = { ...first, arch: 'aarch64' }
    const entries = [...buildEntries(first, moduleFor(first), false), ...sourceEntries('./dkms_source_tree')]
    const result = await load(entries, { arch: 'aarch64', report: warningsInto(warnings) })
    expect(result.kernels).toEqual([{ kernel: arm, outcome: 'loaded' }])
    expect(readdirSync(join(tree.roots.dkmsTree, 'foo/1.0', first.release, 'aarch64')).sort()).toEqual([
      'log',
      'module',
    ])
    expect(warnings).toEqual([expect.stringMatching(/does not say for which architecture .* taken as aarch64/)])
  })

  it('with modules of Linux 2.4 are loaded as they are', async () => {
    const old = { release: '2.4.21-4.EL', arch: 'i686' }
    const entries = [
      ...sourceEntries('./dkms_source_tree'),
      { name: './dkms_main_tree/2.4.21-4.EL/i686/module/foo.o', content: 'object' },
    ]
    expect((await load(entries)).kernels).toEqual([{ kernel: old, outcome: 'loaded' }])
  })

  it('with an unfinished build are loaded without it', async () => {
    const warnings: string[] = []
    const entries = [...fullEntries(first), { name: './dkms_main_tree/6.9/x86_64/log/make.log', content: '' }]
    const result = await load(entries, { report: warningsInto(warnings) })
    expect(result.kernels).toHaveLength(1)
    expect(warnings).toEqual([expect.stringContaining('dkms_main_tree/6.9/x86_64')])
  })
})

describe('a package that is added already', () => {
  it('gets the kernels that are new', async () => {
    await load(fullEntries(first))
    const result = await load(fullEntries(first, second))
    expect(result).toMatchObject({ source: 'unchanged', added: false })
    expect(result.kernels.map(({ outcome }) => outcome)).toEqual(['unchanged', 'loaded'])
    expect(existsSync(builtFile(second))).toBe(true)
  })

  it('gets the kernels of a binaries-only archive, whether it has its source or not', async () => {
    await load(sourceEntries('foo'))
    expect((await load(binariesEntries(first))).kernels).toEqual([{ kernel: first, outcome: 'loaded' }])
    rmSync(join(tree.roots.dkmsTree, 'foo'), { recursive: true })
    rmSync(source(), { recursive: true })
    await load(binariesEntries(first))
    expect((await load(binariesEntries(second))).kernels).toEqual([{ kernel: second, outcome: 'loaded' }])
    expect(loadPackage(tree.roots, foo)).toMatchObject({ source: { kind: 'binaries-only' }, builds: [{}, {}] })
  })

  it('is told apart from work to do when all is there already', async () => {
    for (const entries of [fullEntries(first), binariesEntries(first), sourceEntries('foo')]) {
      await load(entries).catch(() => {})
      const before = everything()
      await expect(load(entries)).rejects.toMatchObject({ code: 'ARCHIVE_ALREADY_ADDED' })
      expect(everything()).toEqual(before)
      expect(await load(entries, { force: true })).toMatchObject({ package: foo })
    }
  })

  it('keeps a build that differs, unless forced', async () => {
    await load(fullEntries(first))
    const other = Buffer.concat([moduleFor(first), Buffer.from('other')])
    const changed = [...sourceEntries('./dkms_source_tree'), ...buildEntries(first, other)]
    await expect(load(changed)).rejects.toMatchObject({ code: 'ARCHIVE_ALREADY_ADDED' })
    const warnings: string[] = []
    const withNew = await load([...changed, ...buildEntries(second)], { report: warningsInto(warnings) })
    expect(withNew.kernels.map(({ outcome }) => outcome)).toEqual(['skipped', 'loaded'])
    expect(warnings).toEqual([expect.stringMatching(/exists and differs; it is kept/)])
    expect(readFileSync(builtFile()).equals(moduleFor(first))).toBe(true)
    const forced = await load(changed, { force: true })
    expect(forced.kernels).toEqual([{ kernel: first, outcome: 'replaced' }])
    expect(readFileSync(builtFile()).equals(other)).toBe(true)
  })

  it('says so when a build that is installed was replaced', async () => {
    await load(fullEntries(first))
    tree.install(foo, first)
    const warnings: string[] = []
    const other = buildEntries(first, Buffer.concat([moduleFor(first), Buffer.from('other')]))
    await load([...sourceEntries('./dkms_source_tree'), ...other], { force: true, report: warningsInto(warnings) })
    expect(warnings).toEqual([expect.stringContaining('is installed')])
    expect(loadPackage(tree.roots, foo)?.builds[0]?.installed).toBe(true)
  })

  it('keeps a source that differs, unless forced', async () => {
    await load(fullEntries(first))
    writeFileSync(source('foo.c'), 'int mine;\n')
    const before = everything()
    await expect(load(fullEntries(first, second))).rejects.toMatchObject({ code: 'ARCHIVE_ALREADY_ADDED' })
    expect(everything()).toEqual(before)
    expect(await load(fullEntries(first, second), { force: true })).toMatchObject({ source: 'replaced', added: false })
    expect(readFileSync(source('foo.c'), 'utf8')).toBe('int foo;\n')
  })

  it('is the same source though an older DKMS left its dot files out of the archive', async () => {
    await load(fullEntries(first))
    writeFileSync(source('.gitignore'), '*.o\n')
    expect(await load(fullEntries(first, second))).toMatchObject({ source: 'unchanged' })
    expect(existsSync(source('.gitignore'))).toBe(true)
  })

  it('gets the source it was loaded without', async () => {
    await load(binariesEntries(first))
    const result = await load(fullEntries(first))
    expect(result).toMatchObject({ source: 'loaded', kernels: [{ outcome: 'unchanged' }] })
    expect(loadPackage(tree.roots, foo)).toMatchObject({ source: { kind: 'linked' }, builds: [{ state: 'built' }] })
  })

  it('warns when binaries were built with another dkms.conf than the source on the host has', async () => {
    await load(sourceEntries('foo', `${confOf(foo)}# mine\n`))
    const warnings: string[] = []
    await load(binariesEntries(first), { report: warningsInto(warnings) })
    expect(warnings).toEqual([expect.stringContaining('another dkms.conf')])
  })

  it('is repaired when its source was gone', async () => {
    await load(fullEntries(first))
    rmSync(source(), { recursive: true })
    expect(loadPackage(tree.roots, foo)?.source.kind).toBe('broken')
    expect(await load(fullEntries(first))).toMatchObject({ source: 'loaded' })
    expect(loadPackage(tree.roots, foo)?.source.kind).toBe('linked')
  })

  it('with a half-made build in the way gets the build', async () => {
    await load(fullEntries(first))
    rmSync(join(builtFile(), '..'), { recursive: true })
    expect((await load(fullEntries(first))).kernels).toEqual([{ kernel: first, outcome: 'replaced' }])
    rmSync(join(builtFile(), '../..'), { recursive: true })
    mkdirSync(join(builtFile(), '../../odd'), { recursive: true })
    expect((await load(fullEntries(first))).kernels).toEqual([{ kernel: first, outcome: 'replaced' }])
    expect(existsSync(builtFile())).toBe(true)
  })
})

describe('a load that is killed', () => {
  class Killed extends Error {}

  /** Ends before its nth change of the disk. What it unpacked is cleaned up here; a real kill leaves that to recover(). */
  async function loadKilledAt(step: number, entries: readonly RawEntry[], force: boolean): Promise<boolean> {
    let changes = 0
    using _observed = observeChanges(() => {
      changes += 1
      if (changes === step) throw new Killed()
    })
    try {
      await load(entries, { force })
      return false
    } catch (error) {
      if (error instanceof Killed) return true
      throw error
    }
  }

  function visible(): string[] {
    const base = dirname(tree.roots.dkmsTree)
    return everything()
      .filter((line) => !/\/\.(?:tmp_|journal|staging)/.test(line))
      .map((line) => line.replaceAll(base, ''))
  }

  const other = Buffer.concat([moduleFor(first), Buffer.from('other')])
  it.each<[string, readonly RawEntry[] | undefined, readonly RawEntry[]]>([
    ['new', undefined, fullEntries(first, second)],
    ['new and without its source', undefined, binariesEntries(first, second)],
    ['a source of its own', undefined, sourceEntries('x')],
    ['getting more kernels', fullEntries(first), fullEntries(first, second)],
    ['getting its source', binariesEntries(first), fullEntries(first)],
    [
      'replaced, source and build',
      fullEntries(first),
      [...sourceEntries('./dkms_source_tree', `${confOf(foo)}# new\n`), ...buildEntries(first, other)],
    ],
  ])('leaves the old state or the new one of a package that is %s, at every instant', async (_, before, after) => {
    const prepare = async (): Promise<void> => {
      tree[Symbol.dispose]()
      tree = syntheticTree()
      if (before !== undefined) await load(before)
    }
    await prepare()
    const old = visible()
    await load(after, { force: true })
    const renewed = visible()
    const seen = new Set<string>()
    for (let step = 1, killed = true; killed; step += 1) {
      await prepare()
      killed = await loadKilledAt(step, after, true)
      recover(tree.roots, silent)
      expect(everything(), 'no staging place, journal or list is left').toHaveLength(visible().length)
      expect([old, renewed], `killed before change ${step}`).toContainEqual(visible())
      seen.add(visible().join('\n'))
      expect(loadPackage(tree.roots, foo)?.anomalies ?? []).toEqual([])
    }
    expect(seen.size).toBe(2)
  })

  it('is found by the next command, also when it was unpacking', async () => {
    const place = stagingPlace(tree.roots, absolutePath(join(tree.roots.sourceTree, 'load')))
    mkdirSync(join(place, 'dkms_source_tree'), { recursive: true })
    recover(tree.roots, silent)
    expect(everything()).toEqual([])
  })
})

describe('archives that are refused with nothing written', () => {
  const bad = (conf: string): RawEntry[] => sourceEntries('./dkms_source_tree', conf)
  const named = (name: string, version: string): RawEntry[] => bad(confOf({ name, version }))
  const wrong = { release: '6.9.0', arch: 'x86_64' }
  it.each<[string, readonly RawEntry[], string]>([
    ['a version that climbs out', named('foo', '1/../../../x'), 'CONF_INVALID'],
    ['a name that is two dots', named('..', '1'), 'CONF_INVALID'],
    ['a name with a slash', named('a/b', '1'), 'CONF_INVALID'],
    ['a name that is an option', named('-rf', '1'), 'CONF_INVALID'],
    ['a name with a blank', named('a b', '1'), 'CONF_INVALID'],
    ['a version with a control character', named('foo', '1\u0007'), 'CONF_INVALID'],
    ['a name that hides', named('.foo', '1'), 'CONF_INVALID'],
    ['a version that the tree uses for something else', named('foo', 'original_module'), 'CONF_INVALID'],
    [
      'a kernel that the tree uses for something else',
      [...fullEntries(first), { name: './dkms_main_tree/source/x86_64/module/x.ko' }],
      'NAME_UNSAFE',
    ],
    [
      'a kernel that hides',
      [...fullEntries(first), { name: './dkms_main_tree/.tmp/x86_64/module/x.ko' }],
      'NAME_UNSAFE',
    ],
    [
      'an architecture that is an option',
      [...fullEntries(first), { name: './dkms_main_tree/6.1/-a/module/x.ko' }],
      'NAME_UNSAFE',
    ],
    ['a kernel with a blank', [...fullEntries(first), { name: './dkms_main_tree/6 1/x/module/x.ko' }], 'NAME_UNSAFE'],
    ['no name', bad('PACKAGE_VERSION=1\n'), 'ARCHIVE_NO_CONF'],
    ['an empty dkms.conf', bad(''), 'ARCHIVE_NO_CONF'],
    [
      'a dkms.conf that is not valid',
      bad('PACKAGE_NAME=foo\nPACKAGE_VERSION=1\nAUTOINSTALL="maybe"\n'),
      'CONF_INVALID',
    ],
    [
      'a dkms.conf that is a directory',
      [directory('./dkms_main_tree'), directory('./dkms_source_tree/dkms.conf')],
      'ARCHIVE_NO_CONF',
    ],
    ['a dkms.conf of a megabyte', bad(`#${'x'.repeat(1_000_000)}\n${confOf(foo)}`), 'ARCHIVE_NO_CONF'],
    ['no dkms.conf beside the builds', [directory('./dkms_main_tree'), ...buildEntries(first)], 'ARCHIVE_NO_CONF'],
    ['nothing of a package', [{ name: 'README', content: 'x' }], 'ARCHIVE_NO_PACKAGE'],
    [
      'a module for another kernel',
      [...sourceEntries('./dkms_source_tree'), ...buildEntries(first, moduleFor(wrong))],
      'VERMAGIC_MISMATCH',
    ],
    [
      'a module that is none',
      [...sourceEntries('./dkms_source_tree'), ...buildEntries(first, Buffer.from('#!/bin/sh\n'))],
      'ELF_INVALID',
    ],
    [
      'a link from the source into the builds',
      [...fullEntries(first), { name: './dkms_source_tree/l', type: '2', link: '../dkms_main_tree' }],
      'ARCHIVE_UNSAFE',
    ],
    [
      'a link from a build into the source',
      [
        ...fullEntries(first),
        {
          name: `./dkms_main_tree/${first.release}/x86_64/module/l.ko`,
          type: '2',
          link: '../../../../dkms_source_tree/foo.c',
        },
      ],
      'ARCHIVE_UNSAFE',
    ],
    [
      'a link out of a plain source to what lies beside it',
      [...sourceEntries('x'), { name: 'x/l', type: '2', link: '../y' }],
      'ARCHIVE_UNSAFE',
    ],
    [
      'builds with and without the architecture in each other',
      [...fullEntries(first), ...buildEntries(first, moduleFor(first), false)],
      'ARCHIVE_UNREADABLE',
    ],
    [
      'a member that climbs at its very end',
      [...fullEntries(first), { name: '../../etc/cron.d/x', content: 'x' }],
      'ARCHIVE_UNSAFE',
    ],
    [
      'a link to write through at its very end',
      [
        ...fullEntries(first),
        { name: './dkms_source_tree/l', type: '2', link: 'foo.c' },
        { name: './dkms_source_tree/l', content: 'x' },
      ],
      'ARCHIVE_UNSAFE',
    ],
  ])('%s', async (_, entries, code) => {
    await expect(load(entries)).rejects.toMatchObject({ code })
    expect(everything()).toEqual([])
    expect(readdirSync(tree.roots.etc)).toHaveLength(1)
  })

  it.each([
    ['PK\x03\x04', /zip/],
    ['LZIP\x01', /lzip/],
    ['#!/bin/sh\necho\n', /no tar archive/],
    ['', /no tar archive/],
  ])('%j', async (content, reason) => {
    const archive = archiveOf(tree, Buffer.from(content, 'latin1'))
    await expect(loadArchive(loadRequest(tree, archive))).rejects.toMatchObject({
      code: 'ARCHIVE_UNREADABLE',
      message: expect.stringMatching(reason),
    })
  })

  it('with a wrong module they are taken when forced, with a warning', async () => {
    const warnings: string[] = []
    const entries = [...sourceEntries('./dkms_source_tree'), ...buildEntries(first, moduleFor(wrong))]
    const result = await load(entries, { force: true, report: warningsInto(warnings) })
    expect(result.kernels).toEqual([{ kernel: first, outcome: 'loaded' }])
    expect(warnings).toEqual([expect.stringContaining('is a module for kernel 6.9.0')])
  })
})

describe('what an archive asks to run', () => {
  it('is not run: commands in dkms.conf, scripts it names, scripts it brings', async () => {
    const mark = join(tree.roots.tmp, 'ran')
    const conf = `${confOf(foo)}touch ${mark}\nx=$(touch ${mark})\nPOST_ADD="run.sh"\nPRE_BUILD="run.sh"\n`
    const entries = [
      ...sourceEntries('x', conf),
      { name: 'x/run.sh', content: `#!/bin/sh\ntouch ${mark}\n`, mode: 0o755 },
    ]
    await load(entries).catch(() => {})
    expect(existsSync(mark)).toBe(false)
    expect(readdirSync(tree.roots.tmp)).toEqual([])
  })

  it('stays refused when its answer matters, and is run by bash only for who says so', async () => {
    const conf = confOf({ name: 'foo', version: '$(cat /proc/sys/kernel/ostype)' })
    await expect(load(sourceEntries('x', conf))).rejects.toMatchObject({ code: 'CONF_NEEDS_BASH' })
    expect(everything()).toEqual([])
    expect(await load(sourceEntries('x', conf), { trustConf: true })).toMatchObject({
      package: { name: 'foo', version: 'Linux' },
    })
  })
})

describe('a dry run', () => {
  it('says what would be done, and leaves no trace', async () => {
    await load(fullEntries(first))
    const before = everything()
    const result = await load(fullEntries(first, second), { dryRun: true })
    expect(result).toMatchObject({ dryRun: true, added: false, source: 'unchanged' })
    expect(result.kernels.map(({ outcome }) => outcome)).toEqual(['unchanged', 'loaded'])
    expect(everything()).toEqual(before)
  })

  it('fails where the real one would', async () => {
    await load(fullEntries(first))
    await expect(load(fullEntries(first), { dryRun: true })).rejects.toMatchObject({ code: 'ARCHIVE_ALREADY_ADDED' })
  })
})

describe('a tree that cannot be written', () => {
  it('is left as it was', async () => {
    // A file where the package directory should be.
    writeFileSync(join(tree.roots.dkmsTree, 'foo'), '')
    await expect(load(fullEntries(first))).rejects.toMatchObject({ code: 'FILE_ACCESS' })
    expect(everything()).toEqual([`${tree.roots.dkmsTree}/foo: `])
    rmSync(join(tree.roots.dkmsTree, 'foo'))
    expect(await load(fullEntries(first))).toMatchObject({ added: true })
  })

  it('has a file where the directory of a kernel should be', async () => {
    await load(sourceEntries('foo'))
    writeFileSync(join(tree.roots.dkmsTree, 'foo/1.0', first.release), '')
    const before = everything()
    await expect(load(fullEntries(second, first))).rejects.toMatchObject({ code: 'FILE_ACCESS' })
    expect(everything()).toEqual(before)
  })

  it('has a dangling link where the source belongs: it gives way to --force only', async () => {
    symlinkSync('/nowhere', join(tree.roots.sourceTree, 'foo-1.0'))
    await expect(load(fullEntries(first))).rejects.toMatchObject({ code: 'SOURCE_CONFLICT' })
    await load(fullEntries(first), { force: true })
    expect(lstatSync(source()).isDirectory()).toBe(true)
  })

  it('may be reached through a link', async () => {
    const real = join(tree.roots.tmp, 'real')
    mkdirSync(real)
    rmSync(tree.roots.sourceTree, { recursive: true })
    symlinkSync(real, tree.roots.sourceTree)
    await load(fullEntries(first))
    expect(readdirSync(real)).toEqual(['foo-1.0'])
  })
})
