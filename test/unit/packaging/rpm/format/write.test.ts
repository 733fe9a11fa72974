import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Compression } from '../../../../../src/archive/compression.ts'
import { absolutePath } from '../../../../../src/domain.ts'
import { FactoryError } from '../../../../../src/errors.ts'
import type { RpmBinaryDescription, RpmEntry } from '../../../../../src/packaging/rpm/format/description.ts'
import { rpmFormat, writeRpm } from '../../../../../src/packaging/rpm/format/write.ts'
import { binaryDescription, epoch, sourceDescription } from './feature-package.ts'
import { attempt, isRoot, lacks, rpm, scratchDirectory, tool } from './rpm-tools.ts'

const scratch = scratchDirectory('rpm-write')
let places = 0
function place(): string {
  places += 1
  return join(scratch, String(places))
}

const plain: RpmBinaryDescription = {
  kind: 'binary',
  name: 'plain',
  version: '1.0',
  release: '1',
  arch: 'noarch',
  summary: 'Plain',
  description: 'Plain.',
  license: 'MIT',
  buildHost: 'reproducible',
  buildTime: epoch,
  entries: [],
}

function text(path: string, content: string): RpmEntry {
  return { kind: 'file', path, mode: 0o644, mtime: epoch, content: { text: content } }
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

async function refusal(promise: Promise<unknown>): Promise<FactoryError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof FactoryError)) throw new Error(`expected a FactoryError, got ${String(error)}`)
  return error
}

describe.skipIf(lacks('rpm'))('rpm takes what we write (needs rpm)', () => {
  it.each([
    'none',
    'gzip',
    'bzip2',
    'xz',
    'zstd',
  ] as const satisfies readonly Compression[])('with every digest in order and a %s payload', async (compression) => {
    const path = place()
    await writeRpm(binaryDescription, path, { compression })
    const said = attempt('rpm', '-Kv', path)
    // Of a payload that is not compressed rpm checks both digests.
    expect(said.output.match(/OK$/gm)).toHaveLength(compression === 'none' ? 5 : 4)
    expect(said.status).toBe(0)
    expect(tool('sh', '-c', `rpm2cpio '${path}' | cpio -i --to-stdout ./usr/src/feat-1.0/Makefile 2>/dev/null`)).toBe(
      'obj-m := feat.o\n',
    )
  })

  it('when a package has no files at all', async () => {
    const path = place()
    await writeRpm(plain, path)
    expect(attempt('rpm', '-K', path).status).toBe(0)
    expect(rpm('-qpl', path)).toBe('(contains no files)\n')
  })

  it.skipIf(lacks('createrepo_c'))('and createrepo_c indexes it (needs createrepo_c)', async () => {
    const repository = absolutePath(place())
    const { path } = await rpmFormat.write(binaryDescription, repository, {})
    expect(path).toBe(join(repository, 'feat-1.0~rc1-3.dkms.noarch.rpm'))
    await rpmFormat.write(sourceDescription, repository, {})
    tool('createrepo_c', '--compress-type=gz', '--quiet', repository)
    const primary = readdirSync(join(repository, 'repodata')).find((name) => name.endsWith('primary.xml.gz')) ?? ''
    const xml = tool('zcat', join(repository, 'repodata', primary))
    expect(xml).toContain('<rpm:entry name="modalias(pci:v00008086d*)"/>')
    expect(xml).toContain('packages="2"')
  })

  it.skipIf(lacks('rpmlint'))(
    'and rpmlint finds nothing but the missing signature in a tidy package (needs rpmlint)',
    async () => {
      const directory = place()
      const { path } = await rpmFormat.write(
        {
          ...plain,
          summary: 'Plain things in a package',
          description: 'A package to be looked at.',
          packager: 'Jane <jane@example.org>',
          url: 'https://example.org/',
          group: 'System Environment/Kernel',
          changelog: [{ time: epoch, author: 'Jane <jane@example.org> - 1.0-1', text: '- First' }],
          entries: [{ ...text('/usr/share/doc/plain/README', 'read me\n'), doc: true }],
        },
        directory,
        {},
      )
      const said = attempt('rpmlint', path)
      expect(said.output.match(/E: .*/g)).toEqual(['E: no-signature'])
    },
  )

  it.skipIf(!isRoot)('and installs and verifies it, in a root of its own (needs to be root)', async () => {
    const root = place()
    const path = place()
    mkdirSync(root)
    await writeRpm(binaryDescription, path, { compression: 'xz' })
    rpm('-i', '--root', root, '--nodeps', '--noscripts', '--notriggers', '--nosignature', path)
    const verify = attempt('rpm', '-V', '--root', root, '--nodeps', '--noscripts', 'feat')
    // The ghost is not there, which is no fault.
    expect(verify.output.split('\n').filter((line) => line !== '' && !line.includes('/etc/ghost'))).toEqual([])
    expect(readFileSync(join(root, 'usr/src/feat-1.0/GNUmakefile'), 'utf8')).toBe('obj-m := feat.o\n')
    expect(statSync(join(root, 'usr/src/feat-1.0/run.sh')).mode & 0o7777).toBe(0o755)
    expect(statSync(join(root, 'usr/src/feat-1.0/run.sh')).mtimeMs).toBe(epoch * 1000)
    writeFileSync(join(root, 'usr/src/feat-1.0/Makefile'), 'changed\n')
    const changed = attempt('rpm', '-V', '--root', root, '--nodeps', '--noscripts', 'feat')
    expect(changed.output).toContain('S.5....T.    /usr/src/feat-1.0/Makefile')
    rpm('-e', '--root', root, '--nodeps', '--noscripts', '--notriggers', 'feat')
    expect(existsSync(join(root, 'usr/src/feat-1.0'))).toBe(false)
  })

  it('and unpacks our source package where specs and sources belong', async () => {
    const topdir = place()
    const path = place()
    await writeRpm(sourceDescription, path)
    rpm('-i', '--define', `_topdir ${topdir}`, '--dbpath', join(scratch, 'db'), path)
    expect(readdirSync(join(topdir, 'SOURCES')).sort()).toEqual(['fix.patch', 'fix2.patch', 'hello.txt', 'second.txt'])
    expect(readdirSync(join(topdir, 'SPECS'))).toEqual(['package.spec'])
  })

  it.skipIf(lacks('rpmbuild'))('and rpmbuild rebuilds it into an equal binary package (needs rpmbuild)', async () => {
    const topdir = place()
    const path = `${place()}.src.rpm`
    await writeRpm(sourceDescription, path)
    tool(
      'env',
      `SOURCE_DATE_EPOCH=${epoch}`,
      'rpmbuild',
      '--rebuild',
      '--nodeps',
      '--define',
      `_topdir ${topdir}`,
      path,
    )
    const rebuilt = join(topdir, 'RPMS/noarch/feat-1.0~rc1-3.dkms.noarch.rpm')
    const own = place()
    await writeRpm(binaryDescription, own)
    expect(rpm('-qp', '--dump', '--scripts', '--requires', rebuilt)).toBe(
      rpm('-qp', '--dump', '--scripts', '--requires', own),
    )
  })
})

describe('the bytes of a package', () => {
  it('are the same for the same description, in any order of its files', async () => {
    const [first, second] = [place(), place()]
    await writeRpm(binaryDescription, first)
    await writeRpm({ ...binaryDescription, entries: [...binaryDescription.entries].reverse() }, second)
    expect(sha256(first)).toBe(sha256(second))
  })

  it('are the same whether a file comes from disk or from memory', async () => {
    const content = 'x'.repeat(300_000)
    const from = absolutePath(place())
    writeFileSync(from, content)
    const [first, second] = [place(), place()]
    await writeRpm({ ...plain, entries: [text('/a/b', content)] }, first)
    const entry: RpmEntry = { kind: 'file', path: '/a/b', mode: 0o644, mtime: epoch, content: { from, bytes: 300_000 } }
    await writeRpm({ ...plain, entries: [entry] }, second)
    expect(sha256(first)).toBe(sha256(second))
  })

  it('are named by the MD5 that the package carries', async () => {
    const { packageId, bytes, path } = await writeRpm(plain, place())
    expect(statSync(path).size).toBe(bytes)
    if (!lacks('rpm')) expect(rpm('-qp', '--qf', '%{PKGID}', path)).toBe(packageId)
  })
})

describe('a package that cannot be written', () => {
  const file = text('/a/b', '')
  it.each<[string, Partial<RpmBinaryDescription>, RegExp]>([
    ['a version with a dash', { version: '1-2' }, /the version "1-2"/],
    ['a version with two dots in a row', { version: '1..2' }, /the version "1..2"/],
    ['a name with a slash', { name: 'a/b' }, /the name "a\/b"/],
    ['an empty license', { license: '' }, /the license is empty/],
    ['a summary of two lines', { summary: 'a\nb' }, /the summary "a\\nb" is not one line/],
    ['a NUL in the description', { description: 'a\0b' }, /the description holds control characters/],
    ['an epoch beyond 32 bits', { epoch: 2 ** 32 }, /the epoch is 4294967296/],
    ['a time before 1970', { buildTime: -1 }, /the build time is -1/],
    ['a relation without a name', { relations: { requires: [{ name: '' }] } }, /requires: "" is not a name/],
    [
      'a rich relation with a version',
      { relations: { requires: [{ name: '(a if b)', constraint: { operator: '=', version: '1' } }] } },
      /is an expression/,
    ],
    [
      'a relation to a version with a blank',
      { relations: { provides: [{ name: 'x', constraint: { operator: '=', version: '1 2' } }] } },
      /x has the version "1 2"/,
    ],
    ['two files at one place', { entries: [file, file] }, /"\/a\/b" is listed twice/],
    ['a file below a file', { entries: [file, text('/a/b/c', '')] }, /"\/a\/b\/c" lies below "\/a\/b"/],
    ['a relative path', { entries: [text('a', '')] }, /"a" cannot be the place/],
    ['a path with ..', { entries: [text('/a/../b', '')] }, /cannot be the place/],
    ['a path that ends in a slash', { entries: [text('/a/', '')] }, /cannot be the place/],
    ['a path with a line end', { entries: [text('/a\nb', '')] }, /cannot be the place/],
    ['a path with half a character', { entries: [text('/a\uD800', '')] }, /cannot be the place/],
    ['an owner with a blank', { entries: [{ ...file, user: 'a b' }] }, /"a b" cannot own/],
    ['a link to nowhere', { entries: [{ kind: 'symlink', path: '/l', target: '', mtime: 0 }] }, /leads to ""/],
    ['a mode with a type', { entries: [{ ...file, mode: 0o100644 } as RpmEntry] }, /has the mode 100644/],
    [
      'two scripts for one phase',
      {
        scriptlets: [
          { phase: 'post', body: 'a' },
          { phase: 'post', body: 'b' },
        ],
      },
      /more than one %post/,
    ],
    [
      'a script without an interpreter',
      { scriptlets: [{ phase: 'post', body: 'a', interpreter: ['sh'] }] },
      /run by "sh"/,
    ],
    ['a trigger on nothing', { triggers: [{ event: 'in', targets: [], body: 'a' }] }, /names no package/],
    [
      'a changelog with the oldest first',
      {
        changelog: [
          { time: 1, author: 'a', text: '' },
          { time: 2, author: 'a', text: '' },
        ],
      },
      /entry 2 is newer/,
    ],
  ])('has %s', async (_, change, message) => {
    const path = place()
    const error = await refusal(writeRpm({ ...plain, ...change }, path))
    expect(error.code).toBe('PACKAGE_REFUSED')
    expect(error.message).toMatch(message)
    expect(existsSync(path)).toBe(false)
  })

  it('hears all of its problems at once', async () => {
    const error = await refusal(writeRpm({ ...plain, version: '1-2', license: '' }, place()))
    expect(error.details).toHaveLength(2)
  })

  it('needs one spec file to be a source package', async () => {
    const entries = sourceDescription.entries.filter(({ role }) => role !== 'spec')
    const error = await refusal(writeRpm({ ...sourceDescription, entries }, place()))
    expect(error.message).toContain('a source package has one spec file, this one 0')
  })

  it.each([
    ['is missing', () => {}, 3],
    ['is shorter than was told', (path: string) => writeFileSync(path, 'ab'), 3],
    ['is longer than was told', (path: string) => writeFileSync(path, 'abcd'), 3],
    ['is a link', (path: string) => symlinkSync('/etc/passwd', path), 3],
  ])('leaves nothing behind when a file %s', async (_, make, bytes) => {
    const directory = place()
    mkdirSync(directory)
    const from = absolutePath(place())
    make(from)
    writeFileSync(join(directory, 'x.rpm'), 'the old one')
    const entry: RpmEntry = { kind: 'file', path: '/a', mode: 0o644, mtime: 0, content: { from, bytes } }
    const error = await refusal(writeRpm({ ...plain, entries: [entry] }, join(directory, 'x.rpm')))
    expect(error.code).toBe('FILE_ACCESS')
    expect(readdirSync(directory)).toEqual(['x.rpm'])
    expect(readFileSync(join(directory, 'x.rpm'), 'utf8')).toBe('the old one')
  })
})
