import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { absolutePath } from '../../../../src/domain.ts'
import { makeTarball } from '../../../../src/packaging/tarball/make.ts'
import type { TarballRequest } from '../../../../src/packaging/tarball/model.ts'
import { type ProgressEvent, silent } from '../../../../src/report.ts'
import { confOf, first, type SyntheticTree, second, syntheticTree } from '../../tree/synthetic-tree.ts'

const foo = { name: 'foo', version: '1.0' }
let tree: SyntheticTree
let source: string

function request(change: Partial<TarballRequest> = {}): TarballRequest {
  return {
    roots: tree.roots,
    package: foo,
    kernels: [first],
    mode: 'full',
    workingDirectory: () => tree.roots.tmp,
    runningKernel: first,
    sourceDateEpoch: 1_700_000_000,
    dryRun: false,
    report: silent,
    ...change,
  }
}

function listed(path: string): string[] {
  return execFileSync('tar', ['-t', '-f', path], { encoding: 'utf8' }).trim().split('\n')
}

function fileOf(path: string, member: string): string {
  return execFileSync('tar', ['-x', '-O', '-f', path, member], { encoding: 'utf8' })
}

beforeEach(() => {
  tree = syntheticTree()
  tree.add(foo, confOf(foo))
  tree.build(foo, first)
  tree.build(foo, second)
  source = join(tree.roots.sourceTree, 'foo-1.0')
  writeFileSync(join(source, 'foo.c'), 'int foo;\n')
  writeFileSync(join(source, '.hidden'), 'kept\n')
})
afterEach(() => tree[Symbol.dispose]())

describe('what -c and --directive say', () => {
  it('is what the package is checked with', async () => {
    const other = absolutePath(join(tree.roots.tmp, 'other.conf'))
    writeFileSync(other, 'PACKAGE_NAME=foo\n')
    await expect(makeTarball(request({ given: { confFile: other } }))).rejects.toMatchObject({
      code: 'CONF_INVALID',
      details: [expect.stringContaining('other.conf: PACKAGE_VERSION is not set')],
    })
    const directives = ['PACKAGE_VERSION=1.0', 'DEST_MODULE_LOCATION=/extra']
    await makeTarball(request({ mode: 'source-only', given: { confFile: other, directives } }))
  })

  it('tells which modules a build must have', async () => {
    const directives = ['BUILT_MODULE_NAME[1]=more', 'DEST_MODULE_LOCATION[1]=/extra']
    await expect(makeTarball(request({ given: { directives } }))).rejects.toMatchObject({
      code: 'BUILD_INCOMPLETE',
      message: expect.stringContaining('lacks more.ko'),
    })
  })
})

describe('a full tarball', () => {
  it('holds the source with its dot files, the build, and the version that DKMS 2.x asks for', async () => {
    const { path } = await makeTarball(request())
    expect(path).toBe(`${tree.roots.dkmsTree}/foo/1.0/tarball/foo-1.0-kernel6.1.0-55-amd64-x86_64.dkms.tar.gz`)
    const build = readdirSync(join(tree.roots.dkmsTree, 'foo/1.0', first.release, first.arch)).sort()
    const members = listed(path)
    expect(members.filter((member) => !member.startsWith('./dkms_main_tree/6'))).toEqual([
      './dkms_main_tree/',
      './dkms_main_tree/dkms_dbversion',
      './dkms_source_tree/',
      './dkms_source_tree/.hidden',
      ...readdirSync(source)
        .filter((name) => name !== '.hidden')
        .sort()
        .map((name) => `./dkms_source_tree/${name}`),
    ])
    for (const name of build) expect(members.join('\n')).toContain(`./dkms_main_tree/6.1.0-55-amd64/x86_64/${name}`)
    expect(members.join('\n')).not.toContain(second.release)
    expect(fileOf(path, './dkms_main_tree/dkms_dbversion')).toBe('2.0.0\n')
  })

  it('tells what it wrote', async () => {
    const events: ProgressEvent[] = []
    const result = await makeTarball(request({ report: (event) => events.push(event) }))
    const bytes = readFileSync(result.path)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    expect(result.written).toEqual({ bytes: bytes.length, sha256 })
    expect(result.members).toBe(listed(result.path).length)
    expect(events.at(-1)).toEqual({
      kind: 'bytes',
      label: 'pack',
      done: result.contentBytes,
      total: result.contentBytes,
    })
  })

  it('has every kernel that is asked for, or all that are built in version order', async () => {
    const named = await makeTarball(request({ kernels: [second, first, second] }))
    expect(named.kernels).toEqual([second, first])
    const all = await makeTarball(request({ kernels: 'all', archive: 'all.tar' }))
    expect(all.kernels).toEqual([first, second])
    expect(listed(all.path)).toEqual(expect.arrayContaining([expect.stringContaining(second.release)]))
    expect(listed(named.path).sort()).toEqual(listed(all.path).sort())
  })

  it('has the same bytes whatever the times, modes, umask, order of kernels or time zone', async () => {
    const once = await makeTarball(request({ kernels: [first, second], archive: 'once.tar.gz' }))
    utimesSync(join(source, 'foo.c'), 1_800_000_000, 1_800_000_000)
    utimesSync(source, 1000, 1000)
    chmodSync(join(source, 'foo.c'), 0o600)
    chmodSync(source, 0o700)
    const mask = process.umask(0o077)
    rmSync(join(source, '.hidden'))
    writeFileSync(join(source, '.hidden'), 'kept\n')
    process.umask(mask)
    const again = await makeTarball(request({ kernels: [second, first], archive: 'again.tar.gz' }))
    expect(again.written).toEqual(once.written)
  })

  it('without SOURCE_DATE_EPOCH has no time later than the newest file of the source', async () => {
    for (const name of readdirSync(source)) utimesSync(join(source, name), 1_600_000_000, 1_600_000_000)
    utimesSync(join(source, 'foo.c'), 1_650_000_000, 1_650_000_000)
    const once = await makeTarball(request({ sourceDateEpoch: undefined, archive: 'once.tar' }))
    expect(once.mtime).toBe(1_650_000_000)
    tree.build(foo, first)
    const again = await makeTarball(request({ sourceDateEpoch: undefined, archive: 'again.tar' }))
    expect(again.written).toEqual(once.written)
    const times = execFileSync('tar', ['-t', '-v', '-f', once.path], { env: { ...process.env, TZ: 'UTC' } }).toString()
    expect(times).toMatch(/2022-04-15 05:20 \.\/dkms_source_tree\/foo\.c/)
    expect(times).toMatch(/2020-09-13 12:26 \.\/dkms_source_tree\/dkms\.conf/)
  })

  it('is planned, and nothing written, in a dry run', async () => {
    const result = await makeTarball(request({ dryRun: true, archive: 'new/a.tar.gz' }))
    expect(result.path).toBe(`${tree.roots.tmp}/new/a.tar.gz`)
    expect(result.written).toBeUndefined()
    expect(existsSync(join(tree.roots.tmp, 'new'))).toBe(false)
  })
})

describe('the other modes', () => {
  it('source-only needs no build and names no kernel', async () => {
    rmSync(join(tree.roots.dkmsTree, 'foo/1.0', first.release), { recursive: true })
    const result = await makeTarball(request({ mode: 'source-only', kernels: 'all' }))
    expect(result.fileName).toBe('foo-1.0-source-only.dkms.tar.gz')
    expect(listed(result.path).filter((name) => /main/.test(name))).toEqual([
      './dkms_main_tree/',
      './dkms_main_tree/dkms_dbversion',
    ])
  })

  it('binaries-only has the conf, the name and the version in place of the source', async () => {
    const { path } = await makeTarball(request({ mode: 'binaries-only' }))
    expect(listed(path).filter((name) => !/main/.test(name))).toEqual([
      './dkms_binaries_only/',
      './dkms_binaries_only/PACKAGE_NAME',
      './dkms_binaries_only/PACKAGE_VERSION',
      './dkms_binaries_only/dkms.conf',
    ])
    expect(fileOf(path, './dkms_binaries_only/PACKAGE_NAME')).toBe('foo\n')
    expect(fileOf(path, './dkms_binaries_only/PACKAGE_VERSION')).toBe('1.0\n')
    expect(fileOf(path, './dkms_binaries_only/dkms.conf')).toBe(confOf(foo))
  })

  it('a package that was loaded without its source can be packed binaries-only, and not otherwise', async () => {
    const stub = { name: 'stub', version: '2' }
    tree.write('t/stub/2/source/dkms.conf', confOf(stub))
    tree.build(stub, first)
    const { path } = await makeTarball(request({ package: stub, mode: 'binaries-only' }))
    expect(listed(path)).toContain('./dkms_binaries_only/dkms.conf')
    await expect(makeTarball(request({ package: stub }))).rejects.toMatchObject({ code: 'SOURCE_MISSING' })
    await expect(makeTarball(request({ package: stub, mode: 'source-only' }))).rejects.toMatchObject({
      code: 'SOURCE_MISSING',
    })
  })
})

describe('links in the source', () => {
  it('that stay inside are packed as they are', async () => {
    mkdirSync(join(source, 'sub'))
    symlinkSync('../foo.c', join(source, 'sub/up.c'))
    symlinkSync('missing.c', join(source, 'dangling.c'))
    const { path } = await makeTarball(request({ archive: 'a.tar' }))
    const text = execFileSync('tar', ['-t', '-v', '-f', path]).toString()
    expect(text).toMatch(/up\.c -> \.\.\/foo\.c/)
    expect(text).toMatch(/dangling\.c -> missing\.c/)
  })

  it('that name a place inside absolutely or in a roundabout way become relative', async () => {
    mkdirSync(join(source, 'sub'))
    symlinkSync(join(source, 'foo.c'), join(source, 'sub/absolute.c'))
    symlinkSync('sub/../foo.c', join(source, 'roundabout.c'))
    symlinkSync(source, join(source, 'sub/all'))
    const { path } = await makeTarball(request({ archive: 'a.tar' }))
    const text = execFileSync('tar', ['-t', '-v', '-f', path]).toString()
    expect(text).toMatch(/absolute\.c -> \.\.\/foo\.c/)
    expect(text).toMatch(/roundabout\.c -> foo\.c/)
    expect(text).toMatch(/all -> \.\.\n/)
  })

  it('that leave, and files that are no files, are refused all at once', async () => {
    symlinkSync('/etc/passwd', join(source, 'a-leaves.c'))
    symlinkSync('../elsewhere', join(source, 'b-climbs'))
    execFileSync('mkfifo', [join(source, 'c-fifo')])
    writeFileSync(Buffer.from(`${source}/d-\xe4`, 'latin1'), '')
    writeFileSync(join(source, 'e-\n\x7f'), '')
    const outcome = makeTarball(request())
    await expect(outcome).rejects.toMatchObject({
      code: 'SOURCE_UNPACKABLE',
      message: expect.stringMatching(/a-leaves\.c is a link to the absolute path \/etc\/passwd \(and 4 more\)/),
      hint: expect.stringMatching(/cp --dereference.*; delete pipes.*; rename/),
      details: [
        expect.stringMatching(/b-climbs is a link that leaves/),
        expect.stringMatching(/c-fifo is neither/),
        expect.stringMatching(/d-.* not UTF-8/),
        `${source}/e-\\x0a\\x7f has a name with control characters or that is not UTF-8`,
      ],
    })
    expect(existsSync(join(tree.roots.dkmsTree, 'foo/1.0/tarball'))).toBe(false)
  })
})

describe('what cannot be packed', () => {
  it.each<[string, Partial<TarballRequest>, string]>([
    ['a package that is not in the tree', { package: { name: 'bar', version: '1' } }, 'NOT_IN_TREE'],
    ['a version that is not in the tree', { package: { name: 'foo', version: '2' } }, 'NOT_IN_TREE'],
    ['a name that is none', { package: { name: '../foo', version: '2' } }, 'NAME_UNSAFE'],
    ['a kernel it is not built for', { kernels: [first, { release: '6.9', arch: 'x86_64' }] }, 'NOT_BUILT'],
    ['no kernel at all', { kernels: [] }, 'NOT_BUILT'],
    ['an archive of unknown kind', { archive: 'a.rar' }, 'USAGE'],
  ])('%s', async (_, change, code) => {
    await expect(makeTarball(request(change))).rejects.toMatchObject({ code })
  })

  it('all kernels of a package that is built for none', async () => {
    const bar = { name: 'bar', version: '1' }
    tree.add(bar, confOf(bar))
    await expect(makeTarball(request({ package: bar, kernels: 'all' }))).rejects.toMatchObject({ code: 'NOT_BUILT' })
  })

  it('a build that lacks a module its dkms.conf promises', async () => {
    rmSync(join(tree.roots.dkmsTree, 'foo/1.0', first.release, first.arch, 'module/foo.ko'))
    await expect(makeTarball(request())).rejects.toThrow(expect.objectContaining({ code: 'BUILD_INCOMPLETE' }))
    expect(existsSync(join(tree.roots.dkmsTree, 'foo/1.0/tarball'))).toBe(false)
  })

  it('a half-made build', async () => {
    rmSync(join(tree.roots.dkmsTree, 'foo/1.0', first.release, first.arch, 'module'), { recursive: true })
    await expect(makeTarball(request())).rejects.toMatchObject({ code: 'NOT_BUILT' })
  })

  it('a package whose source is gone', async () => {
    rmSync(source, { recursive: true })
    await expect(makeTarball(request())).rejects.toMatchObject({ code: 'PACKAGE_BROKEN' })
  })

  it('a package whose dkms.conf is not valid', async () => {
    writeFileSync(join(source, 'dkms.conf'), 'PACKAGE_NAME=foo\n')
    await expect(makeTarball(request())).rejects.toMatchObject({ code: 'CONF_INVALID' })
  })

  it('into a place that cannot be written', async () => {
    writeFileSync(join(tree.roots.tmp, 'file'), '')
    mkdirSync(join(tree.roots.tmp, 'a.tar'))
    for (const archive of ['./file/a.tar', './a.tar', '/proc/nowhere/a.tar']) {
      await expect(makeTarball(request({ archive }))).rejects.toMatchObject({ code: 'DESTINATION_NOT_WRITABLE' })
    }
  })

  it('replaces an older archive of the same name only when it succeeds', async () => {
    const path = absolutePath(join(tree.roots.tmp, 'a.tar.gz'))
    writeFileSync(path, 'old')
    await expect(
      makeTarball(request({ archive: './a.tar.gz', package: { name: 'no', version: '1' } })),
    ).rejects.toThrow()
    expect(readFileSync(path, 'utf8')).toBe('old')
    await makeTarball(request({ archive: './a.tar.gz' }))
    expect(listed(path)).toContain('./dkms_source_tree/dkms.conf')
    expect(readdirSync(tree.roots.tmp)).toEqual(['a.tar.gz'])
  })
})
