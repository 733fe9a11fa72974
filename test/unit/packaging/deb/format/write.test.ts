import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { absolutePath } from '../../../../../src/domain.ts'
import type { DebDescription } from '../../../../../src/packaging/deb/format/description.ts'
import { listDeb, openDeb } from '../../../../../src/packaging/deb/format/read.ts'
import { summarizeDeb } from '../../../../../src/packaging/deb/format/summary.ts'
import { descriptionProblems } from '../../../../../src/packaging/deb/format/validate.ts'
import { verifyDebFiles } from '../../../../../src/packaging/deb/format/verify.ts'
import { debFormat, writeDeb } from '../../../../../src/packaging/deb/format/write.ts'
import { attempt, isRoot, lacks, scratchDirectory, tool } from './deb-tools.ts'
import { sampleDescription, time, writeSampleTree } from './sample-package.ts'

const scratch = scratchDirectory('deb-write')
const tree = absolutePath(join(scratch, 'tree'))
const compressions = ['none', 'gzip', 'xz', 'zstd'] as const
let sample: DebDescription
const packages = new Map<string, string>()

beforeAll(async () => {
  mkdirSync(tree)
  writeSampleTree(tree)
  sample = sampleDescription(tree)
  for (const compression of compressions) {
    const path = join(scratch, compression, 'sample.deb')
    await writeDeb(sample, path, { compression })
    packages.set(compression, path)
  }
})

function packageOf(compression: string): string {
  return packages.get(compression) ?? ''
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

describe('a package', () => {
  it.each(compressions)('has the same bytes when it is written again (%s)', async (compression) => {
    const again = join(scratch, 'again', `${compression}.deb`)
    const shuffled = { ...sample, entries: [...sample.entries].reverse() }
    const { bytes } = await writeDeb(shuffled, again, { compression })
    expect(sha256(again)).toBe(sha256(packageOf(compression)))
    expect(bytes).toBe(statSync(again).size)
  })

  it('is named by name, version without epoch, and architecture', async () => {
    expect(debFormat.fileName({ ...sample, version: '3:1.0-2', arch: 'amd64' })).toBe('sample-dkms_1.0-2_amd64.deb')
    const { path } = await debFormat.write(sample, join(scratch, 'named'), {})
    expect(readdirSync(join(scratch, 'named'))).toEqual(['sample-dkms_1.2~rc1+b_all.deb'])
    expect(path).toBe(join(scratch, 'named', 'sample-dkms_1.2~rc1+b_all.deb'))
  })

  it('is told back as it was described', async () => {
    using deb = openDeb(packageOf('gzip'))
    const told = await summarizeDeb(deb)
    expect(told).toMatchObject({
      name: sample.name,
      version: sample.version,
      arch: 'all',
      maintainer: sample.maintainer,
      section: 'kernel',
      priority: 'optional',
      homepage: sample.homepage,
      summary: sample.summary,
      relations: sample.relations,
      conffiles: ['/etc/sample.conf'],
      triggers: sample.triggers,
    })
    expect(told.scripts.prerm).toBe(sample.scripts?.prerm?.body)
    expect(told.scripts.postrm).toBe(`#!/bin/sh -e\n${sample.scripts?.postrm?.body}\n`)
    expect(told.controlFiles.join(' ')).toBe('conffiles control md5sums postinst postrm prerm shlibs triggers')
    const members = await listDeb(deb)
    for (const entry of sample.entries) {
      const member = members.find(({ path }) => `/${path}` === entry.path)
      expect(member).toMatchObject({ kind: entry.kind, uid: 0, gid: 0, mtime: Math.min(entry.mtime, time) })
      if (entry.kind !== 'symlink') expect(member?.mode).toBe(entry.mode)
    }
    expect(members).toHaveLength(sample.entries.length + 1)
  })

  it('vouches for its files by md5sums, configuration files excepted', async () => {
    using deb = openDeb(packageOf('zstd'))
    const checks = await verifyDebFiles(deb)
    expect(checks.filter(({ state }) => state !== 'ok')).toEqual([{ path: '/etc/sample.conf', state: 'unlisted' }])
    expect(checks.length).toBe(sample.entries.filter(({ kind }) => kind === 'file').length)
  })

  it('leaves an older package and nothing else when a file is not what it was said to be', async () => {
    const place = join(scratch, 'failing')
    const path = join(place, 'x.deb')
    mkdirSync(place)
    writeFileSync(path, 'older')
    const from = absolutePath(join(tree, 'etc/sample.conf'))
    const bad = { kind: 'file', path: '/x', mode: 0o644, mtime: 0, content: { from, bytes: 5 } } as const
    await expect(writeDeb({ ...sample, entries: [bad] }, path)).rejects.toThrow(/changed its size/)
    expect(readdirSync(place)).toEqual(['x.deb'])
    expect(readFileSync(path, 'utf8')).toBe('older')
  })
})

describe('a description that dpkg cannot hold', () => {
  const file = { kind: 'file', path: '/x', mode: 0o644, mtime: 0, content: { text: '' } } as const
  const cases: readonly (readonly [string, Partial<DebDescription>, RegExp])[] = [
    ['a name with upper case', { name: 'Sample' }, /does not take the name "Sample"/],
    ['a name of one letter', { name: 's' }, /the name "s"/],
    ['a version that begins with a letter', { version: 'v1' }, /the version "v1"/],
    ['a version with an underscore', { version: '1_2' }, /the version/],
    ['a version with an empty revision', { version: '1.2-' }, /the version/],
    ['an architecture that is a wildcard', { arch: 'any' }, /the architecture "any"/],
    ['a maintainer without an address', { maintainer: 'Ann' }, /the maintainer/],
    ['a maintainer of two lines', { maintainer: 'A\nB <a@b>' }, /the maintainer/],
    ['an empty summary', { summary: ' ' }, /summary is empty/],
    ['a summary of two lines', { summary: 'a\nb' }, /not one line/],
    ['a field twice', { fields: [{ name: 'version', value: '2' }] }, /version is given twice/],
    ['a field with a bad name', { fields: [{ name: 'a b', value: '2' }] }, /name of a field/],
    ['a relation to no name', { relations: { depends: [{ name: 'a b' }] } }, /Depends: "a b" is not a name/],
    ['alternatives of a conflict', { relations: { conflicts: [[{ name: 'aa' }, { name: 'bb' }]] } }, /alternatives/],
    [
      'something provided in any version above one',
      { relations: { provides: [{ name: 'aa', constraint: { operator: '>=', version: '1' } }] } },
      /other than exactly one/,
    ],
    ['an empty script', { scripts: { postinst: { body: '\n' } } }, /postinst script is empty/],
    ['a script without an absolute interpreter', { scripts: { prerm: { body: 'x', interpreter: ['sh'] } } }, /run by/],
    ['a second control file', { controlFiles: { control: 'x' } }, /further control file/],
    ['a control file elsewhere', { controlFiles: { '../x': 'x' } }, /further control file/],
    ['a path that climbs', { entries: [{ ...file, path: '/a/../b' }] }, /cannot be the place/],
    ['a relative path', { entries: [{ ...file, path: 'a' }] }, /cannot be the place/],
    ['a path with a line end', { entries: [{ ...file, path: '/a\nb' }] }, /cannot be the place/],
    ['a path twice', { entries: [file, file] }, /listed twice/],
    ['a file below a file', { entries: [file, { ...file, path: '/x/y' }] }, /no directory/],
    ['a mode that is none', { entries: [{ ...file, mode: 0o100644 }] }, /has the mode 100644/],
    ['a time before 1970', { entries: [{ ...file, mtime: -1 }] }, /the time of "\/x" is -1/],
    ['an owner with a colon', { entries: [{ ...file, user: 'a:b' }] }, /cannot own/],
    ['a trigger of two words', { triggers: [{ directive: 'interest', name: 'a b' }] }, /no trigger/],
  ]
  it.each(cases)('is refused for %s', async (_title, change, reason) => {
    expect(descriptionProblems(sample)).toEqual([])
    await expect(writeDeb({ ...sample, ...change }, join(scratch, 'refused.deb'))).rejects.toMatchObject({
      code: 'PACKAGE_REFUSED',
      message: expect.stringMatching(reason),
    })
    expect(existsSync(join(scratch, 'refused.deb'))).toBe(false)
  })

  it('is told with all its problems at once', () => {
    expect(descriptionProblems({ ...sample, name: 'X', version: 'x', summary: '' })).toHaveLength(3)
  })
})

describe.skipIf(lacks('dpkg-deb', 'dpkg'))('dpkg, of a package of ours (needs dpkg)', () => {
  it.each(compressions)('shows control and content (%s)', (compression) => {
    const path = packageOf(compression)
    expect(tool(['dpkg-deb', '--field', path, 'Package', 'Version', 'Conflicts'])).toBe(
      'Package: sample-dkms\nVersion: 1.2~rc1+b\nConflicts: sample-old (<< 1:1.0-2)\n',
    )
    expect(tool(['dpkg-deb', '--info', path])).toMatch(/conffiles[\s\S]*postinst[\s\S]*Description: driver of a sample/)
    const listing = tool(['dpkg-deb', '--contents', path])
    expect(listing).toMatch(/^drwxr-xr-x root\/root +0 2023-11-14 22:13 \.\/$/m)
    expect(listing).toMatch(/^-rwsr-xr-x root\/root .* \.\/usr\/src\/sample-1\.2\/configure$/m)
    expect(listing.trim().split('\n')).toHaveLength(sample.entries.length + 1)
  })

  it.each(compressions)('unpacks the files that were packed (%s)', (compression) => {
    const target = join(scratch, `unpacked-${compression}`)
    tool(['dpkg-deb', '--extract', packageOf(compression), target])
    expect(attempt(['diff', '-r', '--no-dereference', tree, target])).toEqual({ status: 0, output: '' })
  })

  it.skipIf(!isRoot)('installs, verifies, removes and purges it in a root of its own (needs root)', () => {
    const root = join(scratch, 'root')
    mkdirSync(join(root, 'var/lib/dpkg/updates'), { recursive: true })
    mkdirSync(join(root, 'var/lib/dpkg/info'), { recursive: true })
    writeFileSync(join(root, 'var/lib/dpkg/status'), '')
    writeFileSync(join(root, 'var/lib/dpkg/available'), '')
    const dpkg = ['dpkg', `--root=${root}`, '--force-not-root', '--force-script-chrootless', '--force-depends'] as const
    const options = { env: { PATH: process.env['PATH'] ?? '' } }
    const install = attempt([...dpkg, '--force-bad-path', '--install', packageOf('gzip')], options)
    expect(install).toMatchObject({ status: 0 })
    expect(attempt([...dpkg, '--verify', 'sample-dkms'])).toEqual({ status: 0, output: '' })
    expect(tool([...dpkg, '--listfiles', 'sample-dkms'])).toContain('/usr/src/sample-1.2/dkms.conf\n')
    writeFileSync(join(root, 'usr/src/sample-1.2/Makefile'), 'changed\n')
    expect(attempt([...dpkg, '--verify', 'sample-dkms']).output).toMatch(/5.*\/usr\/src\/sample-1\.2\/Makefile/)
    expect(attempt([...dpkg, '--force-bad-path', '--remove', 'sample-dkms'])).toMatchObject({ status: 0 })
    expect(existsSync(join(root, 'etc/sample.conf'))).toBe(true)
    expect(existsSync(join(root, 'usr/src/sample-1.2'))).toBe(false)
    expect(attempt([...dpkg, '--force-bad-path', '--purge', 'sample-dkms'])).toMatchObject({ status: 0 })
    expect(existsSync(join(root, 'etc/sample.conf'))).toBe(false)
    expect(readFileSync(join(root, 'log'), 'utf8')).toBe(
      'postinst configure\nprerm remove\npostrm remove\npostrm purge\n',
    )
  })

  it.skipIf(lacks('apt-get'))('can be installed by apt, which reads it by itself (needs apt)', async () => {
    const path = join(scratch, 'apt', 'plain_1.0_all.deb')
    await writeDeb({ ...sample, name: 'plain', version: '1.0', relations: {}, fields: [] }, path)
    const said = tool(['apt-get', '--simulate', '--option=Debug::NoLocking=1', 'install', path])
    expect(said).toMatch(/^Inst plain \(1\.0 .*\[all\]\)$/m)
  })

  it.skipIf(lacks('lintian'))('is not blamed by lintian for anything of the format (needs lintian)', async () => {
    const entries = sample.entries.filter(({ path }) =>
      /^\/usr(?:$|\/(?:src|share)$|\/src\/sample-1\.2(?:$|\/(?:dkms\.conf|Makefile)$)|\/share\/doc(?:$|\/))/.test(path),
    )
    const path = join(scratch, 'lintian', debFormat.fileName(sample))
    const { controlFiles: _, triggers: __, relations: ___, fields: ____, ...rest } = sample
    const body = 'set -e\ncase "$1" in\nconfigure) ;;\nesac\n'
    const description = sample.description.replace('\n.\n', '\n')
    await writeDeb({ ...rest, description, entries, scripts: { postinst: { body } } }, path)
    expect(attempt(['lintian', '--allow-root', '--display-info', '--fail-on', 'error,warning', path])).toEqual({
      status: 0,
      output: '',
    })
  })
})
