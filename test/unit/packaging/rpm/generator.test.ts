import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listFiles } from '../../../../src/packaging/rpm/format/file-list.ts'
import { openRpm } from '../../../../src/packaging/rpm/format/read.ts'
import { summarize } from '../../../../src/packaging/rpm/format/summary.ts'
import { type ProfileName, profiles } from '../../../../src/packaging/rpm/profiles.ts'
import type { ProgressEvent } from '../../../../src/report.ts'
import { because, nobodyImpossible } from '../../../support/as-nobody.ts'
import { checkout } from '../../../support/program.ts'
import { attempt, isRoot, lacks, rpm, scratchDirectory, tool } from './format/rpm-tools.ts'
import { epoch, makeFrom, pathOf, rootsIn, writeSource } from './generated.ts'

const noUser = nobodyImpossible()

function inspect(path: string): ReturnType<typeof summarize> {
  using file = openRpm(path)
  return summarize(file)
}

function paths(path: string): string[] {
  using file = openRpm(path)
  return listFiles(file).map((one) => one.path)
}

describe('names and versions', () => {
  const scratch = scratchDirectory('rpm-names')
  const rows: readonly (readonly [name: string, version: string, expected: string, notes: number])[] = [
    ['a_b_c', '1.0', 'a_b_c-1.0-1dkms', 0],
    ['Foo', '1.0', 'Foo-1.0-1dkms', 0],
    ['hello', 'v1.2', 'hello-v1.2-1dkms', 0],
    ['hello', '7.3-rc1', 'hello-7.3~rc1-1dkms', 1],
    ['hello', '1.2-3', 'hello-1.2_3-1dkms', 1],
    ['hello', 'git', 'hello-git-1dkms', 0],
    ['hello', '1.0_2', 'hello-1.0_2-1dkms', 0],
    ['8812au', '5.6.4.2', '8812au-5.6.4.2-1dkms', 0],
    ['rtl88x2bu-dkms', '5.8.7', 'rtl88x2bu-dkms-5.8.7-1dkms', 0],
    ['hello', '1:2', '', 0],
    ["it's", '1.0', '', 0],
    ['hello%%', '1.0', '', 0],
    ['hello', '1.0;2', '', 0],
  ]

  it.each(rows)('%s %s becomes %s', async (name, version, expected, noteCount) => {
    const place = join(scratch, `${name}-${version}`)
    const source = writeSource(join(place, 'source'), { name, version })
    const notes: ProgressEvent[] = []
    const made = makeFrom(place, source, { report: (event) => notes.push(event) })
    if (expected === '') {
      await expect(made).rejects.toMatchObject({ code: 'PACKAGE_REFUSED' })
      return
    }
    const binary = pathOf(await made, 'binary')
    expect(binary.replace(/^.*\//, '')).toBe(`${expected}.noarch.rpm`)
    expect(notes.filter(({ kind }) => kind === 'note')).toHaveLength(noteCount)
    // What DKMS knows it by stays as dkms.conf has it.
    expect(paths(binary)).toContain(`/usr/src/${name}-${version}/dkms.conf`)
  })

  it.each<[ProfileName, string, string]>([
    ['dkms', 'hello-1.0-1dkms', '/usr/src/hello-1.0'],
    ['fedora', 'dkms-hello-1.0-1', '/usr/src/hello-1.0'],
    ['mandriva', 'dkms-hello-1.0-1', '/usr/src/hello-1.0-1'],
    ['rosa', 'dkms-hello-1.0-1', '/usr/src/hello-1.0-1'],
  ])('follow the profile %s', async (profile, file, source) => {
    const place = join(scratch, `profile-${profile}`)
    const made = await makeFrom(place, writeSource(join(place, 'source')), { profile: profiles[profile] })
    expect(pathOf(made, 'binary')).toMatch(new RegExp(`/${file}\\.noarch\\.rpm$`))
    expect(paths(pathOf(made, 'binary'))).toContain(source)
  })

  it('a name that has the prefix of the profile already gets no second one', async () => {
    const place = join(scratch, 'prefixed')
    const source = writeSource(join(place, 'source'), { name: 'dkms-hello' })
    const made = await makeFrom(place, source, { profile: profiles.fedora })
    expect(pathOf(made, 'binary')).toContain('/dkms-hello-1.0-1.noarch.rpm')
  })
})

describe('a package', () => {
  const scratch = scratchDirectory('rpm-package')

  it('owns its own directories and nothing of the system', async () => {
    const place = join(scratch, 'owns')
    const source = writeSource(join(place, 'source'), { files: { 'src/deep/a.c': '', 'empty/': '' } })
    for (const profile of Object.values(profiles)) {
      const made = await makeFrom(place, source, { profile })
      const own = /^\/(usr\/src\/hello-1\.0|usr\/share\/(dkms-)?hello|etc\/dkms\/hello\.conf$)/
      expect(paths(pathOf(made, 'binary')).filter((path) => !own.test(path))).toEqual([])
    }
  })

  it('asks for a DKMS that knows conditions on the configuration where dkms.conf has some', async () => {
    const place = join(scratch, 'config')
    const source = writeSource(join(place, 'source'))
    const required = async () =>
      inspect(pathOf(await makeFrom(place, source), 'binary')).relations.requires?.filter(({ name }) => name === 'dkms')
    const plain = { operator: '>=', version: '2.1.0.0' }
    expect((await required())?.map(({ constraint, uses }) => [constraint, uses])).toEqual([
      [plain, undefined],
      [plain, ['post', 'preun', 'posttrans']],
    ])
    const conf = readFileSync(join(source, 'dkms.conf'), 'utf8')
    writeFileSync(join(source, 'dkms.conf'), `${conf}BUILD_EXCLUSIVE_CONFIG="CONFIG_PCI"\n`)
    expect((await required())?.map(({ constraint }) => constraint?.version)).toEqual(['3.0.3', '3.0.3'])
  })

  it('in the profile of Mandriva has the release in its dkms.conf, source and scripts', async () => {
    const place = join(scratch, 'mandriva')
    const source = writeSource(join(place, 'source'))
    const made = await makeFrom(place, source, { profile: profiles.mandriva, options: { release: '4' } })
    const binary = pathOf(made, 'binary')
    const { scriptlets } = inspect(binary)
    expect(scriptlets.map(({ body }) => /^version=(.*)$/m.exec(body)?.[1])).toEqual(['1.0-4', '1.0-4', '1.0-4'])
    const conf = tool(
      'sh',
      '-c',
      `rpm2cpio '${binary}' | cpio -i --quiet --to-stdout './usr/src/hello-1.0-4/dkms.conf'`,
    )
    expect(conf).toContain('PACKAGE_VERSION="1.0-4"')
    expect(conf).not.toContain('PACKAGE_VERSION="1.0"')
  })

  it('names what it would write in a dry run and writes nothing', async () => {
    const place = join(scratch, 'dry')
    const made = await makeFrom(place, writeSource(join(place, 'source')), { dryRun: true })
    expect(made.packages.map(({ path }) => path.replace(/^.*\//, ''))).toEqual([
      'hello-1.0-1dkms.src.rpm',
      'hello-1.0-1dkms.noarch.rpm',
    ])
    expect(readdirSync(place)).toEqual(['source'])
  })

  it('is refused where it cannot be written, and leaves no scratch files', async () => {
    const place = join(scratch, 'refused')
    const source = writeSource(join(place, 'source'))
    writeFileSync(join(place, 'file'), '')
    const output = join(place, 'file/below')
    await expect(makeFrom(place, source, { output })).rejects.toMatchObject({
      code: 'DESTINATION_NOT_WRITABLE',
      message: `cannot write to ${output}: a file is in the way`,
    })
    await makeFrom(place, source)
    expect(readdirSync(rootsIn(place).tmp)).toEqual([])
  })

  it('is refused beyond the time that RPM has, and says why', async () => {
    const place = join(scratch, 'late')
    const late = makeFrom(place, writeSource(join(place, 'source')), { sourceDateEpoch: Date.UTC(2200, 0, 1) / 1000 })
    await expect(late).rejects.toMatchObject({ code: 'PACKAGE_REFUSED', message: expect.stringContaining('year 2200') })
  })

  it('is not written without the source package it is made from', async () => {
    const place = join(scratch, 'no-source-package')
    const source = writeSource(join(place, 'source'))
    const output = join(place, 'output')
    mkdirSync(join(output, 'hello-1.0-1dkms.src.rpm'), { recursive: true })
    await expect(makeFrom(place, source, { output })).rejects.toMatchObject({ code: 'FILE_ACCESS' })
    expect(readdirSync(output)).toEqual(['hello-1.0-1dkms.src.rpm'])
  })

  it.each([
    'post',
    'preun',
    'posttrans',
  ])('has a %s script that every shell reads, whatever its names are', async (phase) => {
    const place = join(scratch, `scripts-${phase}`)
    const source = writeSource(join(place, 'source'), { name: 'a+b_c', version: '1~2+3' })
    const { scriptlets } = inspect(pathOf(await makeFrom(place, source), 'binary'))
    const body = scriptlets.find((one) => one.phase === phase)?.body ?? ''
    const shells = ['dash', 'bash'].filter((shell) => !lacks(shell))
    for (const shell of shells) expect(spawnSync(shell, ['-n'], { input: body }).status).toBe(0)
    if (lacks('shellcheck')) return
    const checked = spawnSync('shellcheck', ['-s', 'sh', '-'], { input: body, encoding: 'utf8' })
    expect(checked.stdout).toBe('')
  })
})

describe('the same source', () => {
  const scratch = scratchDirectory('rpm-same')
  const program = `
    const { makeFrom } = await import(${JSON.stringify(join(import.meta.dirname, 'generated.ts'))})
    process.umask(Number(process.argv[3]))
    await makeFrom(process.argv[1], process.argv[2], { sourceDateEpoch: undefined })
  `
  const files: Readonly<Record<string, string>> = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`part-${(index * 7) % 40}.c`, `int x${index};\n`]),
  )

  function hashes(place: string): string[] {
    const out = join(place, 'out')
    return readdirSync(out).map((name) =>
      createHash('sha256')
        .update(readFileSync(join(out, name)))
        .digest('hex'),
    )
  }

  function sourceAt(place: string, names: readonly string[]): string {
    const source = join(place, 'source')
    for (const name of names) writeSource(source, { files: { [name]: files[name] ?? '' } })
    for (const name of readdirSync(source)) utimesSync(join(source, name), epoch, epoch)
    return source
  }

  interface Maker {
    readonly TZ: string
    readonly LANG: string
    readonly umask: string
    readonly uid?: number
    readonly names: readonly string[]
  }

  function madeBy(name: string, { TZ, LANG, umask, uid, names }: Maker): string[] {
    const place = join(scratch, name)
    mkdirSync(place)
    const source = sourceAt(place, names)
    if (uid !== undefined) {
      execFileSync('chown', ['-R', String(uid), place])
      chmodSync(scratch, 0o755)
    }
    execFileSync(process.execPath, ['--input-type=module', '-e', program, place, source, umask], {
      env: { PATH: process.env['PATH'], TZ, LANG, LC_ALL: LANG, HOME: place },
      ...(uid === undefined ? {} : { uid, gid: uid }),
      stdio: 'pipe',
    })
    return hashes(place)
  }

  const usual: Maker = { TZ: 'UTC', LANG: 'C', umask: '18', names: Object.keys(files) }
  const unusual: Maker = {
    TZ: 'Asia/Kathmandu',
    LANG: 'tr_TR.UTF-8',
    umask: '63',
    names: Object.keys(files).reverse(),
  }

  it('gives equal bytes whatever time zone, language, umask and directory order', () => {
    const made = madeBy('usual', usual)
    expect(made).toHaveLength(2)
    expect(madeBy('unusual', unusual)).toEqual(made)
  })

  it.skipIf(noUser !== undefined)(`gives equal bytes to whoever makes them${because(noUser)}`, () => {
    expect(madeBy('other-user', { ...unusual, uid: 12345 })).toEqual(madeBy('own-user', usual))
  })

  it('gives other dates and nothing else with another SOURCE_DATE_EPOCH', async () => {
    const source = writeSource(join(scratch, 'dates/source'))
    const dumps: string[][] = []
    for (const [index, sourceDateEpoch] of [epoch, epoch + 86_400].entries()) {
      const made = await makeFrom(join(scratch, `dates-${index}`), source, { sourceDateEpoch })
      const format = '[%{FILENAMES} %{FILESIZES} %{FILEMODES:octal} %{FILEDIGESTS}\\n]%{DESCRIPTION}%{POSTIN}'
      dumps.push([
        rpm('-qp', '--qf', '%{BUILDTIME}', pathOf(made, 'binary')),
        rpm('-qp', '--qf', format, pathOf(made, 'binary')),
      ])
    }
    expect(dumps[0]?.[0]).toBe(String(epoch))
    expect(dumps[1]?.[0]).toBe(String(epoch + 86_400))
    expect(dumps[1]?.[1]).toBe(dumps[0]?.[1])
  })
})

describe.skipIf(lacks('rpm') || !isRoot)('rpm itself (needs rpm and root)', () => {
  const scratch = scratchDirectory('rpm-itself')

  it.each([
    'gzip',
    'xz',
    'zstd',
    'none',
  ] as const)('installs and verifies a package with a %s payload', async (compression) => {
    const place = join(scratch, compression)
    const source = writeSource(join(place, 'source'), {
      files: { 'run.sh': '#!/bin/sh\n', link: '-> run.sh', 'empty/': '' },
      executable: ['run.sh'],
    })
    const binary = pathOf(await makeFrom(place, source, { compression }), 'binary')
    const root = ['--root', join(place, 'root'), '--noscripts', '--nodeps']
    mkdirSync(join(place, 'root'))
    expect(rpm('-K', binary)).toMatch(/digests OK/)
    rpm(...root, '-i', binary)
    expect(attempt('rpm', '--root', join(place, 'root'), '-V', '--nodeps', '--noscripts', 'hello')).toEqual({
      status: 0,
      output: '',
    })
    expect(readdirSync(join(place, 'root/usr/src/hello-1.0')).sort()).toEqual(
      ['Makefile', 'dkms.conf', 'empty', 'hello.c', 'link', 'run.sh'].sort(),
    )
    rpm(...root, '-e', 'hello')
    expect(readdirSync(join(place, 'root/usr'))).toEqual(['share', 'src'])
    expect(readdirSync(join(place, 'root/usr/src'))).toEqual([])
  })

  it.skipIf(lacks('createrepo_c'))(
    'finds the packages in a repository that createrepo_c makes (needs createrepo_c)',
    async () => {
      const place = join(scratch, 'repo')
      await makeFrom(place, writeSource(join(place, 'source')))
      tool('createrepo_c', '--quiet', '--simple-md-filenames', join(place, 'out'))
      const primary = tool('sh', '-c', `zcat '${join(place, 'out/repodata/primary.xml.gz')}'`)
      expect(primary).toContain('packages="2"')
      expect(primary).toContain('<rpm:entry name="dkms" flags="GE" epoch="0" ver="2.1.0.0"')
    },
  )

  it.skipIf(lacks('rpmlint'))('leaves rpmlint with nothing but what is meant (needs rpmlint)', async () => {
    const place = join(scratch, 'lint')
    const options = { url: 'https://example.org/', license: 'GPL-2.0-only', summary: 'Greeting driver' }
    const made = await makeFrom(place, writeSource(join(place, 'source')), { options })
    const packager = { name: 'A', email: 'a@example.org' }
    const named = await makeFrom(join(scratch, 'lint-named'), join(place, 'source'), {
      options: { ...options, packager },
    })
    const said = [made, named].map((one) => attempt('rpmlint', pathOf(one, 'binary'), pathOf(one, 'source')).output)
    const found = new Set([...said.join('\n').matchAll(/^\S+ [EW]: (\S+)/gm)].map(([, name = '']) => name))
    expect([...found].filter((name) => !(name in meant))).toEqual([])
    const documented = readFileSync(join(checkout, 'docs/rpm.md'), 'utf8')
    expect(Object.keys(meant).filter((name) => !documented.includes(`\`${name}\``))).toEqual([])
  })

  it('that is made in the source directory does not become part of the next one', async () => {
    const place = join(scratch, 'in-place')
    const source = writeSource(join(place, 'source'))
    const request = { output: source, sourceDateEpoch: undefined }
    const bytesOf = async (): Promise<Buffer[]> => {
      const made = await makeFrom(place, source, request)
      return [readFileSync(pathOf(made, 'binary')), readFileSync(pathOf(made, 'source'))]
    }
    expect(await bytesOf()).toEqual(await bytesOf())
  })

  it('carries files of more than 100 MB', async () => {
    const place = join(scratch, 'large')
    const source = writeSource(join(place, 'source'), { files: { 'blob.bin': '' } })
    truncateSync(join(source, 'blob.bin'), 101 * 2 ** 20)
    const made = await makeFrom(place, source)
    expect(rpm('-qp', '--qf', '%{SIZE}', pathOf(made, 'binary'))).toMatch(/^1059\d{5}$/)
    expect(rpm('-K', pathOf(made, 'binary'), pathOf(made, 'source'))).not.toMatch(/NOT OK/)
  })
})

/** What rpmlint says of every package of this kind, and why it stays. */
const meant: Readonly<Record<string, string>> = {
  'no-signature': 'packages are signed on request',
  'no-packager-tag': 'nobody was named',
  'no-documentation': 'what a source brings is for its author to say',
  'devel-file-in-non-devel-package': 'the source is what the package is for',
  'source-not-compressed': 'the payload of the source package is compressed as a whole',
  'invalid-license': 'the tables of this rpmlint know no SPDX names',
  'invalid-url': 'the source is not published at an address of its own',
  'hardcoded-packager-tag': 'who makes the package is said in it, for the package that is rebuilt to be the same',
  'no-buildroot-tag': 'no rpm since 4.6 wants one',
}
