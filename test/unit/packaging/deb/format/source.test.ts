import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type AbsolutePath, absolutePath } from '../../../../../src/domain.ts'
import type { DebSourceDescription, SourceFormat } from '../../../../../src/packaging/deb/format/source-description.ts'
import { checkListedFiles, readChanges, readDsc } from '../../../../../src/packaging/deb/format/source-files.ts'
import { writeSource } from '../../../../../src/packaging/deb/format/source-write.ts'
import { attempt, lacks, scratchDirectory, tool, toolBytes } from './deb-tools.ts'
import { entriesOf, time } from './sample-package.ts'

const scratch = scratchDirectory('deb-source')

const control = `# A comment
Source: sample-dkms
Section: kernel
Priority: optional
Maintainer: Ann Packager <ann@example.org>
Uploaders: Bob <bob@example.org>,
 Cy <cy@example.org>
Build-Depends: debhelper-compat (= 13),
               dh-sequence-dkms [linux-any] <!nocheck>,
Build-Conflicts: zeta, alpha
Standards-Version: 4.6.2
Homepage: https://example.org/sample
Vcs-Git: https://example.org/sample.git
Vcs-Browser: https://example.org/sample
Rules-Requires-Root: no
Testsuite: autopkgtest-pkg-dkms
XS-Custom: for the dsc
XC-Upload: for the changes

Package: sample-dkms
Architecture: all
Depends: \${misc:Depends}
Description: sample
 Text.

Package: sample-modules
Section: misc
Architecture: linux-any
Build-Profiles: <!nocheck cross> <stage1>
Description: modules
 Text.
`

function changelogOf(version: string): string {
  return `sample-dkms (${version}) unstable; urgency=MEDIUM

  * First.
    Closes: #77

  [ Bob ]
  * Second.

 -- Ann Packager <ann@example.org>  Tue, 14 Nov 2023 22:13:20 +0000

sample-dkms (0.1) unstable; urgency=low

  * Older.

 -- Ann Packager <ann@example.org>  Tue, 14 Nov 2022 22:13:20 +0000
`
}

const versions = { '1.0': '1:1.2~rc1', '3.0 (native)': '1.2', '3.0 (quilt)': '1.2-3' } as const
const formats = Object.keys(versions) as SourceFormat[]

function write(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
    utimesSync(join(directory, path), time - 5000, time - 5000)
  }
}

function makeTree(format: SourceFormat, more: Readonly<Record<string, string>> = {}): AbsolutePath {
  const home = join(scratch, format.replaceAll(/[^0-9a-z]+/g, '-'))
  const tree = absolutePath(join(home, 'sample-dkms-1.2'))
  write(tree, {
    'debian/control': control,
    'debian/changelog': changelogOf(versions[format]),
    'debian/rules': '#!/usr/bin/make -f\n%:\n\tdh $@\n',
    'debian/copyright': 'License: GPL-2\n',
    'debian/source/format': `${format}\n`,
    'dkms.conf': 'PACKAGE_NAME=sample\n',
    'src/sample.c': '/* sample */\n',
    'src.c': '/* sorts after what is below src */\n',
    [`src/${'l'.repeat(120)}.c`]: '\n',
    ...more,
  })
  chmodSync(join(tree, 'debian/rules'), 0o755)
  symlinkSync('sample.c', join(tree, 'src/a-link.c'))
  return tree
}

describe.each(formats)('a source package of format %s', (format) => {
  let tree: AbsolutePath
  let description: DebSourceDescription
  let output: string

  beforeAll(async () => {
    tree = makeTree(
      format,
      format === '1.0'
        ? {}
        : { 'debian/tests/control': 'Tests: a\nDepends: @, sample-dkms, zsh | bash, bash (>= 5)\n' },
    )
    description = { format, topDirectory: 'sample-dkms-1.2', entries: entriesOf(tree), time }
    output = join(tree, '../output')
    mkdirSync(output)
    await writeSource(description, output)
  })

  it('has the files its version names, and nothing else is left', () => {
    const names = {
      '1.0': ['sample-dkms_1.2~rc1.dsc', 'sample-dkms_1.2~rc1.tar.gz', 'sample-dkms_1.2~rc1_source.changes'],
      '3.0 (native)': ['sample-dkms_1.2.dsc', 'sample-dkms_1.2.tar.gz', 'sample-dkms_1.2_source.changes'],
      '3.0 (quilt)': [
        'sample-dkms_1.2-3.debian.tar.gz',
        'sample-dkms_1.2-3.dsc',
        'sample-dkms_1.2-3_source.changes',
        'sample-dkms_1.2.orig.tar.gz',
      ],
    }
    expect(readdirSync(output).sort()).toEqual(names[format])
  })

  it('has the same bytes when it is written again', async () => {
    const again = join(tree, '../again')
    mkdirSync(again)
    const written = await writeSource({ ...description, entries: [...description.entries].reverse() }, again)
    expect(attempt(['diff', '-r', output, again])).toEqual({ status: 0, output: '' })
    expect(written.archives.length).toBe(format === '3.0 (quilt)' ? 2 : 1)
  })

  it('is read back, and its files are those it names', async () => {
    const dsc = join(output, readdirSync(output).find((name) => name.endsWith('.dsc')) ?? '')
    const changes = dsc.replace(/\.dsc$/, '_source.changes')
    const read = readDsc(dsc)
    expect(read).toMatchObject({
      format,
      source: 'sample-dkms',
      version: versions[format],
      architectures: ['all', 'linux-any'].reverse(),
    })
    expect(read.binaries).toEqual(['sample-dkms', 'sample-modules'])
    expect(read.signedBlock).toBeUndefined()
    expect((await checkListedFiles(read, dsc)).map(({ state }) => state)).toEqual(read.files.map(() => 'ok'))
    const upload = readChanges(changes)
    expect(upload.distributions).toEqual(['unstable'])
    expect(upload.files.map(({ name }) => name)).toEqual([dsc.split('/').at(-1), ...read.files.map(({ name }) => name)])
    expect((await checkListedFiles(upload, changes)).every(({ state }) => state === 'ok')).toBe(true)
  })

  it.skipIf(lacks('dpkg-source'))('is unpacked by dpkg-source to the tree it was made from (needs dpkg-dev)', () => {
    const dsc = readdirSync(output).find((name) => name.endsWith('.dsc')) ?? ''
    const target = join(tree, '../unpacked')
    const said = tool(['dpkg-source', '--require-strong-checksums', '-x', join(output, dsc), target])
    expect(said).not.toMatch(/error/i)
    expect(attempt(['diff', '-r', '--no-dereference', '--exclude=.pc', '--exclude=patches', tree, target])).toEqual({
      status: 0,
      output: '',
    })
  })

  it.skipIf(lacks('dpkg-source', 'dpkg-genchanges'))(
    'says what dpkg-source and dpkg-genchanges say of the same tree (needs dpkg-dev)',
    () => {
      const home = join(tree, '..')
      const env = { SOURCE_DATE_EPOCH: String(time) }
      if (format === '3.0 (quilt)')
        copyFileSync(join(output, 'sample-dkms_1.2.orig.tar.gz'), join(home, 'sample-dkms_1.2.orig.tar.gz'))
      tool(['dpkg-source', '-Zgzip', '-b', 'sample-dkms-1.2'], { cwd: home, env })
      // Every tarball holds the same archive; dpkg-source's is of another zlib.
      for (const name of readdirSync(output).filter((one) => one.endsWith('.tar.gz'))) {
        const same = toolBytes(['zcat', join(home, name)]).equals(toolBytes(['zcat', join(output, name)]))
        expect([name, same]).toEqual([name, true])
      }
      const dsc = readdirSync(output).find((name) => name.endsWith('.dsc')) ?? ''
      // Sizes and sums of the compressed files differ, lines have one each.
      const neutral = (text: string) => text.replaceAll(/^ [0-9a-f]{32,64} \d+ /gm, ' SUM SIZE ')
      expect(neutral(readFileSync(join(output, dsc), 'utf8'))).toBe(neutral(readFileSync(join(home, dsc), 'utf8')))

      // dpkg-genchanges, told of our files, gives our .changes, sums and all.
      for (const name of readdirSync(output)) copyFileSync(join(output, name), join(home, name))
      const changes = tool(['dpkg-genchanges', '-S', '-q', `-u${home}`], { cwd: tree, env })
      expect(readFileSync(join(output, dsc.replace(/\.dsc$/, '_source.changes')), 'utf8')).toBe(changes)
    },
  )
})

describe('other compressions', () => {
  it.each([
    ['xz', '3.0 (native)'],
    ['bzip2', '3.0 (quilt)'],
    ['xz', '3.0 (quilt)'],
  ] as const)('of %s are unpacked by dpkg-source (%s)', async (compression, format) => {
    const tree = absolutePath(join(scratch, format.replaceAll(/[^0-9a-z]+/g, '-'), 'sample-dkms-1.2'))
    const output = join(scratch, `${compression}-${format.length}`)
    mkdirSync(output)
    const { dsc, archives } = await writeSource({ format, entries: entriesOf(tree), time }, output, { compression })
    expect(archives.every((path) => path.endsWith(compression === 'xz' ? '.xz' : '.bz2'))).toBe(true)
    if (lacks('dpkg-source')) return
    tool(['dpkg-source', '-x', dsc, join(output, 'unpacked')])
    expect(readFileSync(join(output, 'unpacked/dkms.conf'), 'utf8')).toBe('PACKAGE_NAME=sample\n')
  })
})

describe('a tree that cannot be a source package', () => {
  const good = {
    '/debian/control': control,
    '/debian/changelog': changelogOf('1.2'),
    '/debian/source/format': '3.0 (native)\n',
    '/dkms.conf': '',
  }
  function describeTree(
    files: Readonly<Record<string, string>>,
    format: SourceFormat = '3.0 (native)',
  ): DebSourceDescription {
    const entries = Object.entries(files).map(([path, text]) => ({
      kind: 'file' as const,
      path,
      mode: 0o644,
      mtime: 0,
      content: { text },
    }))
    return { format, entries, time }
  }
  const refused = 'PACKAGE_REFUSED'
  const invalid = 'PACKAGE_INVALID'
  it.each([
    [
      'without debian/control',
      { ...good, '/debian/control': undefined },
      '3.0 (native)',
      refused,
      /no debian\/control/,
    ],
    ['of another format than it says', good, '1.0', refused, /says "3.0 \(native\)" and not 1.0/],
    [
      'with a revision and native',
      { ...good, '/debian/changelog': changelogOf('1-2') },
      '3.0 (native)',
      refused,
      /cannot have/,
    ],
    [
      'without a revision and quilt',
      { ...good, '/debian/source/format': '3.0 (quilt)' },
      '3.0 (quilt)',
      refused,
      /needs/,
    ],
    [
      'with a version dpkg does not take',
      { ...good, '/debian/changelog': changelogOf('v1') },
      '3.0 (native)',
      refused,
      /version "v1"/,
    ],
    ['with a malformed control', { ...good, '/debian/control': 'x' }, '3.0 (native)', invalid, /debian\/control:1/],
    [
      'without a binary package',
      { ...good, '/debian/control': 'Source: sample-dkms\n' },
      '3.0 (native)',
      invalid,
      /no package/,
    ],
    [
      'with two names',
      { ...good, '/debian/control': control.replace('sample-dkms', 'other') },
      '3.0 (native)',
      invalid,
      /other in debian\/control/,
    ],
    [
      'with a changelog of another form',
      { ...good, '/debian/changelog': 'x' },
      '3.0 (native)',
      invalid,
      /not a Debian changelog/,
    ],
  ] as const)('is refused %s, with nothing written', async (_title, files, format, code, reason) => {
    const present = Object.fromEntries(
      Object.entries(files).flatMap(([path, text]) => (text === undefined ? [] : [[path, text]])),
    )
    const output = join(scratch, 'refused')
    mkdirSync(output, { recursive: true })
    await expect(writeSource(describeTree(present, format), output)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(reason),
    })
    expect(readdirSync(output)).toEqual([])
  })
})
