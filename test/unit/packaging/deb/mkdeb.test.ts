import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { changelogText, copyrightText } from '../../../../src/packaging/deb/documents.ts'
import { makeDeb } from '../../../../src/packaging/deb/make-deb.ts'
import { makeDsc } from '../../../../src/packaging/deb/make-dsc.ts'
import { dkmsPackageScripts } from '../../../../src/packaging/deb/scripts.ts'
import { debSubject } from '../../../../src/packaging/deb/subject.ts'
import type { StatedMetadata } from '../../../../src/packaging/metadata/model.ts'
import type { ProgressEvent } from '../../../../src/report.ts'
import { openTemplates } from '../../../../src/templates/stock.ts'
import { lacks, scratchDirectory } from './format/deb-tools.ts'
import { planOf, type ReadBack, readBack, requestFor, type SourceText, writeSource } from './generated.ts'

const ann = { name: 'Ann Author', email: 'ann@example.org' }

describe('mkdeb', () => {
  const scratch = scratchDirectory('mkdeb')
  let count = 0

  function place(): string {
    count += 1
    return join(scratch, String(count))
  }

  async function make(
    text: SourceText = {},
    options: StatedMetadata = {},
    events: ProgressEvent[] = [],
  ): Promise<ReadBack & { readonly file: string }> {
    const here = place()
    const plan = await planOf(here, writeSource(join(here, 'source'), text), options)
    const { files } = await makeDeb(requestFor(here, plan, events))
    const [{ path } = { path: '' }] = files
    return { ...(await readBack(path)), file: basename(path) }
  }

  const rows: readonly (readonly [name: string, version: string, file: string, notes: number])[] = [
    ['a_b_c', '1.0', 'a-b-c-dkms_1.0_all.deb', 1],
    ['Foo', '1.0', 'foo-dkms_1.0_all.deb', 1],
    ['hello', 'v1.2', 'hello-dkms_1.2_all.deb', 1],
    ['hello', '7.3-rc1', 'hello-dkms_7.3~rc1_all.deb', 1],
    ['hello', 'git', 'hello-dkms_0~git_all.deb', 1],
    ['hello', '1.0_2', 'hello-dkms_1.0+2_all.deb', 1],
    ['8812au', '5.6.4.2', '8812au-dkms_5.6.4.2_all.deb', 0],
    ['rtl88x2bu-dkms', '5.8.7', 'rtl88x2bu-dkms_5.8.7_all.deb', 0],
    ['x', '1', 'x-dkms_1_all.deb', 0],
  ]

  it.each(rows)('names %s %s as %s, and says what it changed', async (name, version, file, notes) => {
    const events: ProgressEvent[] = []
    const made = await make({ name, version }, { maintainer: ann }, events)
    expect(made.file).toBe(file)
    expect(events.filter(({ kind }) => kind === 'note')).toHaveLength(notes)
    // What DKMS knows it by stays as dkms.conf has it: nothing is worked out on the target.
    expect([...made.modes.keys()]).toContain(`/usr/src/${name}-${version}/dkms.conf`)
    for (const script of [made.scripts.postinst, made.scripts.prerm]) {
      expect(script).toContain(`\nname=${name}\nversion=${version}\n`)
    }
  })

  it('refuses a version no Debian package can have', async () => {
    await expect(make({ version: '1:2' })).rejects.toMatchObject({ code: 'PACKAGE_REFUSED' })
  })

  it('puts revision and epoch into the version, and the epoch not into the file name', async () => {
    const made = await make({}, { release: '2ann1', epoch: 3 })
    expect([made.version, made.file]).toEqual(['3:1.0-2ann1', 'hello-dkms_1.0-2ann1_all.deb'])
    expect([...made.modes.keys()]).toContain('/usr/share/doc/hello-dkms/changelog.Debian.gz')
  })

  it('keeps the modes of files, and owns nothing but its own', async () => {
    const { modes } = await make({ files: { 'src/run.sh': '#!/bin/sh\n' }, executable: ['src/run.sh'] })
    expect(modes.get('/usr/src/hello-1.0/src/run.sh')).toBe('755')
    expect(modes.get('/usr/src/hello-1.0/hello.c')).toBe('644')
    expect([...modes.keys()].filter((path) => !path.includes('hello')).sort()).toEqual([
      '/',
      '/usr',
      '/usr/share',
      '/usr/share/doc',
      '/usr/src',
    ])
  })

  const relations: readonly (readonly [string, SourceText, StatedMetadata, string])[] = [
    ['by itself', {}, {}, 'Depends: dkms (>= 2.1.0.0)'],
    [
      'with a condition on the configuration',
      { conf: 'BUILD_EXCLUSIVE_CONFIG="CONFIG_PCI"\n' },
      {},
      'Depends: dkms (>= 3.0.3-4~)',
    ],
    ['recommends headers', {}, {}, 'Recommends: linux-headers-amd64 | linux-headers-generic | linux-headers'],
    ['provides the modules', {}, {}, 'Provides: hello-modules (= 1.0)'],
    [
      'keeps the newer of two conditions on dkms',
      {},
      { relations: { requires: [{ anyOf: [{ name: 'dkms', constraint: { operator: '>=', version: '3' } }] }] } },
      'Depends: dkms (>= 3)',
    ],
    [
      'keeps its own beside an older one',
      {},
      { relations: { requires: [{ anyOf: [{ name: 'dkms', constraint: { operator: '>=', version: '2' } }] }] } },
      'Depends: dkms (>= 2.1.0.0), dkms (>= 2)',
    ],
    [
      'recommends what is stated in place of headers',
      {},
      { relations: { recommends: [{ anyOf: [{ name: 'linux-headers-rt' }] }] } },
      'Recommends: linux-headers-rt',
    ],
  ]
  it.each(relations)('%s', async (_title, text, options, line) => {
    expect((await make(text, options)).control.split('\n')).toContain(line)
  })

  it('recommends nothing when that is what is stated', async () => {
    expect((await make({}, { relations: { recommends: [] } })).control).not.toContain('Recommends')
  })

  it('has a maintainer nobody is when none is named, and asks for one', async () => {
    const events: ProgressEvent[] = []
    const { maintainer } = await make({}, {}, events)
    expect(maintainer).toBe('Unknown maintainer <unknown@unknown.invalid>')
    expect(events).toContainEqual(expect.objectContaining({ message: expect.stringContaining('--maintainer') }))
  })

  it('writes nothing in a dry run and tells the same name', async () => {
    const here = place()
    const plan = await planOf(here, writeSource(join(here, 'source')))
    const { files } = await makeDeb({ ...requestFor(here, plan), dryRun: true })
    expect(files).toEqual([{ kind: 'deb', path: join(here, 'out/hello-dkms_1.0_all.deb') }])
    expect(() => readFileSync(files[0]?.path ?? '')).toThrow('ENOENT')
  })

  it('says from the dry run of a source package what it is going to write', async () => {
    const here = place()
    const plan = await planOf(here, writeSource(join(here, 'source')))
    const request = { ...requestFor(here, plan), format: '3.0 (quilt)', compression: 'gzip' } as const
    const names = async (dryRun: boolean): Promise<string[]> =>
      (await makeDsc({ ...request, dryRun })).files.map(({ path }) => path)
    expect(await names(true)).toEqual(await names(false))
  })
})

describe('scripts of the package', () => {
  const scratch = scratchDirectory('mkdeb-scripts')
  const awkward = `it's"$(touch ran)\`x\``

  it.each(['postinst', 'prerm'] as const)('%s holds any name as a constant', async (which) => {
    const here = join(scratch, which)
    const plan = await planOf(here, writeSource(join(here, 'source')))
    const subject = { ...debSubject(plan), dkms: { name: awkward, version: '1' } }
    const text = dkmsPackageScripts(await openTemplates(), subject, '')[which]
    const fake = 'dkms() { printf "%s|" "$@"; echo; return 1; }; uname() { echo none; }; '
    const script = text
      .replace('set -e\n', `set -e\n${fake}`)
      .replaceAll('command -v dkms', 'command -v true')
      .replace('/usr/lib/dkms/common.postinst', '/nonexistent')
    const argument = which === 'postinst' ? 'configure' : 'remove'
    const { stdout, stderr } = spawnSync('sh', ['-c', script, 'sh', argument], { encoding: 'utf8', cwd: scratch })
    expect(`${stdout}${stderr}`).toContain(awkward)
    expect(() => readFileSync(join(scratch, 'ran'))).toThrow('ENOENT')
  })

  it.skipIf(lacks('shellcheck')).each([
    [true, true],
    [true, false],
    [false, true],
  ])('are clean to shellcheck: source %s, autoinstall %s', async (hasSource, autoinstall) => {
    const here = join(scratch, `check-${hasSource}-${autoinstall}`)
    const plan = await planOf(here, writeSource(join(here, 'source')))
    const subject = debSubject({
      ...plan,
      conf: { ...plan.conf, autoinstall },
      source: { ...plan.source, kind: hasSource ? 'complete' : 'conf-only' },
    })
    const { postinst, prerm } = dkmsPackageScripts(await openTemplates(), subject, '')
    for (const input of [postinst, prerm]) {
      expect(spawnSync('shellcheck', ['-s', 'sh', '-'], { input, encoding: 'utf8' }).stdout).toBe('')
    }
  })
})

describe('documents of the package', () => {
  const scratch = scratchDirectory('mkdeb-documents')

  it('tell the holders and license that the source tells', async () => {
    const files = {
      'a.h':
        '/* Copyright (c) 2010, 2012-2015 by Ann Author. All rights reserved. */\n * Copyright (C) 2020 Bob <b@c.d> */\n',
      'b.c': '// Copyright 2010 or so: not a\n#define COPYRIGHT_YEAR 2020\n',
      COPYING: 'text\n',
    }
    const plan = await planOf(scratch, writeSource(join(scratch, 'source'), { files }))
    const text = copyrightText(await openTemplates(), debSubject(plan))
    expect(text).toContain('Copyright: 2010, 2012-2015 Ann Author\n 2020 Bob <b@c.d>\n 2010 or so: not a\n')
    expect(text).toContain('License: GPL-2\n')
    expect(text).toContain('/usr/share/common-licenses/GPL-2')
    expect(text).toContain('/usr/src/hello-1.0/COPYING')
  })

  it('begin the changelog with this version whatever was stated', async () => {
    const changelog = [{ version: '0.9', time: 1_600_000_000, changes: ['Old.'] }]
    const plan = await planOf(scratch, writeSource(join(scratch, 'changes')), { changelog, maintainer: ann })
    const versions = (release?: string): string[] => {
      const subject = debSubject({ ...plan }, release)
      return [...changelogText(subject).matchAll(/^hello-dkms \((.*?)\)/gm)].map(([, version = '']) => version)
    }
    expect(versions()).toEqual(['1.0', '0.9'])
    expect(versions('2')).toEqual(['1.0-2', '0.9-1'])
  })

  it('leave a stated changelog alone when it begins with this version', async () => {
    const changelog = [{ version: '1.0', changes: ['New: first.', 'Second\nline.'] }]
    const plan = await planOf(scratch, writeSource(join(scratch, 'stated')), { changelog, maintainer: ann })
    expect(changelogText(debSubject(plan))).toBe(`hello-dkms (1.0) unstable; urgency=medium

  * New: first.
  * Second
    line.

 -- Ann Author <ann@example.org>  Tue, 14 Nov 2023 22:13:20 +0000
`)
  })
})
