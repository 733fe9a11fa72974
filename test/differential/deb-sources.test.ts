/** Source packages in the hands of Debian's own tools: what they build is what mkdeb writes, and lintian has no complaint. */

import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { because, nobodyImpossible } from '../support/as-nobody.ts'
import { mustRun, programFile, runFile } from '../support/program.ts'
import { listTree } from '../support/tree-listing.ts'
import { makeWorld, putFile, runWithOptions } from '../support/world.ts'
import { lacks } from '../unit/packaging/deb/format/deb-tools.ts'
import { epoch, make, writeHello, wrote } from './deb-fixtures.ts'

const missing = ['dpkg-buildpackage', 'dh', 'lintian', 'fakeroot'].filter((name) => lacks(name))
const why = missing.length > 0 ? `${missing.join(', ')} is not installed` : undefined

const noUser = nobodyImpossible()
const asNobody = ['setpriv', '--reuid=nobody', '--clear-groups', '--']

/** Names that have to be mapped, and files that packagers' tools tend to change. */
function writeOdd(directory: string): string {
  writeHello(directory, '1.0')
  const files: Readonly<Record<string, string>> = {
    'dkms.conf': `PACKAGE_NAME=Odd_Name_x # not what a reader of lines would take it for
PACKAGE_VERSION="v1.2-rc1"
BUILT_MODULE_NAME[0]="hello"
DEST_MODULE_LOCATION[0]="/updates"
BUILD_EXCLUSIVE_CONFIG="CONFIG_MODULES"
AUTOINSTALL="yes"
`,
    'debian/control': 'Source: another\n',
    'debian/rules': '#!/bin/sh\nexit 1\n',
    'dir with blank/file.h': '/* Copyright (C) 2015-2020 Ann Author <ann@example.org>. All rights reserved. */\n',
    COPYING: 'The text.\n',
    '.hidden': 'hidden\n',
    'run.sh': '#!/bin/sh\n',
    [`${'long'.repeat(30)}.h`]: '\n',
    'packaging.yaml': `summary: Odd driver
description: |
  A driver with a description.

  It has two paragraphs.
url: https://example.org/odd
requires: [make, "linux-base >= 4 | linux-base-sgx"]
conflicts: [old-odd]
replaces: [old-odd]
`,
  }
  for (const [name, text] of Object.entries(files)) putFile(join(directory, name), text)
  chmodSync(join(directory, 'run.sh'), 0o755)
  mkdirSync(join(directory, 'empty'))
  symlinkSync('../hello.c', join(directory, 'dir with blank/link.c'))
  return directory
}

describe.skipIf(why !== undefined)(`Debian source packages ${why ?? ''}`, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'deb-sources-'))
  chmodSync(scratch, 0o755)
  afterAll(() => rmSync(scratch, { recursive: true, force: true }))

  function place(name: string): string {
    const path = join(scratch, name)
    mkdirSync(path, { recursive: true })
    return path
  }

  /** Everything a package says and brings, but for what debhelper is known to write differently. */
  async function contentOf(deb: string, dir: string): Promise<string[]> {
    await mustRun('dpkg-deb', ['-R', deb, dir])
    await mustRun('sh', ['-c', `gunzip ${dir}/usr/share/doc/*/changelog*.gz`])
    // dpkg-gencontrol counts the maintainer scripts, and the changelog is compressed by another gzip.
    await mustRun('sed', ['-i', '/^Installed-Size: /d', join(dir, 'DEBIAN/control')])
    await mustRun('sed', ['-i', '/changelog/d', join(dir, 'DEBIAN/md5sums')])
    const members = (await mustRun('dpkg-deb', ['-c', deb])).split('\n').filter((line) => !line.includes('/changelog'))
    return [...listTree(dir), ...members]
  }

  async function build(directory: string): Promise<void> {
    await mustRun('dpkg-buildpackage', ['-us', '-uc'], { cwd: directory })
  }

  it.each([
    { format: '1.0', release: [] },
    { format: '3.0-native', release: [] },
    { format: '3.0-quilt', release: ['--release', '1'] },
  ])('of format $format build the package that mkdeb writes', async ({ format, release }) => {
    const dir = place(`same-${format}`)
    const source = writeOdd(join(dir, 'source'))
    const [deb = ''] = await make(['mkdeb', source, ...release], join(dir, 'deb'))
    const made = await make(['mkdsc', source, '--format', format], join(dir, 'dsc'))
    const dsc = made.find((path) => path.endsWith('.dsc')) ?? ''
    await mustRun('dpkg-source', ['-x', '--no-check', dsc, 'unpacked'], { cwd: place(`same-${format}/build`) })
    await build(join(dir, 'build/unpacked'))
    const built = join(dir, 'build', basename(deb))
    expect(await contentOf(built, join(dir, 'a'))).toEqual(await contentOf(deb, join(dir, 'b')))
    // Comparing nothing with nothing would succeed, too.
    expect(existsSync(join(dir, 'b/usr/src/Odd_Name_x-v1.2-rc1/dir with blank/link.c'))).toBe(true)
  })

  it('and binary packages leave lintian without a complaint', async () => {
    const dir = place('lintian')
    const source = writeOdd(join(dir, 'source'))
    const made = [
      ...(await make(['mkdeb', source], join(dir, 'deb'))),
      ...(await make(['mkdsc', source, '--format', '3.0-quilt'], join(dir, 'dsc'))),
      ...(await make(['mkdsc', source, '--format', '3.0-native'], join(dir, 'native'))),
    ]
    const files = made.filter((path) => /\.(?:deb|dsc)$/.test(path))
    const { stdout } = await runFile('lintian', ['--allow-root', ...files])
    expect(stdout).toBe('')
  })

  it('come to where release scripts look for them, and build there as they always did', async () => {
    const world = makeWorld(join(scratch, 'release'), [])
    writeHello(join(world.source, 'hello-1.0'), '1.0')
    for (const words of [['add'], ['mkdsc', '--source-only'], ['mkdeb', '--source-only']]) {
      const run = await runWithOptions(world, [...words, '-m', 'hello', '-v', '1.0'])
      expect(run.status, run.stderr).toBe(0)
    }
    const version = join(world.tree, 'hello/1.0')
    await mustRun('tar', ['xf', join(version, 'dsc/hello-dkms_1.0.tar.gz')], { cwd: world.desk })
    await build(join(world.desk, 'hello-dkms-1.0'))
    expect(existsSync(join(world.desk, 'hello-dkms_1.0_all.deb'))).toBe(true)
    expect(readdirSync(join(version, 'deb'))).toEqual(['hello-dkms_1.0_all.deb'])
    expect(readdirSync(join(version, 'dsc')).toSorted()).toEqual([
      'hello-dkms_1.0.dsc',
      'hello-dkms_1.0.tar.gz',
      'hello-dkms_1.0_source.changes',
    ])
  })

  it.skipIf(noUser !== undefined)(
    `are made by any user${because(noUser)}, beside the source directory that is theirs`,
    async () => {
      const dir = place('user')
      writeHello(join(dir, 'hello'), '1.0')
      await mustRun('chown', ['-R', 'nobody', dir])
      for (const verb of ['mkdeb', 'mkdsc']) {
        expect(
          wrote(await mustRun('env', [...asNobody, programFile.here, verb], { cwd: join(dir, 'hello') })),
        ).not.toEqual([])
      }
      const made = readdirSync(dir).toSorted()
      expect(made).toEqual([
        'hello',
        'hello-dkms_1.0.dsc',
        'hello-dkms_1.0.tar.gz',
        'hello-dkms_1.0_all.deb',
        'hello-dkms_1.0_source.changes',
      ])
    },
  )

  it.skipIf(noUser !== undefined)(
    `are the same bytes for every user${because(noUser)}, time zone, mask and order of files`,
    async () => {
      const dir = place('same-bytes')
      writeOdd(join(dir, 'one'))
      mkdirSync(join(dir, 'two'))
      for (const name of readdirSync(join(dir, 'one')).toReversed()) {
        cpSync(join(dir, 'one', name), join(dir, 'two', name), { recursive: true, verbatimSymlinks: true })
      }
      const environments = [{ TZ: 'Pacific/Kiritimati' }, { TZ: 'America/New_York', LANG: 'tr_TR.UTF-8' }]
      for (const [index, source] of ['one', 'two'].entries()) {
        const env = { SOURCE_DATE_EPOCH: epoch, ...environments[index] }
        const script = `umask ${index === 0 ? '077' : '000'}; "$0" mkdeb "$1" --output "$2" && exec "$0" mkdsc "$1" --output "$2"`
        const command = ['sh', '-c', script, programFile.here, join(dir, source), place(`same-bytes/made-${source}`)]
        if (index === 1) await mustRun('chown', ['-R', 'nobody', dir])
        await mustRun('env', index === 1 ? [...asNobody, ...command] : command, { env })
      }
      expect(listTree(join(dir, 'made-two'))).toEqual(listTree(join(dir, 'made-one')))
      expect(readdirSync(join(dir, 'made-one'))).toHaveLength(4)
    },
  )

  it.skipIf(lacks('gpg', 'ar'))('and packages are signed so that gpg knows it (needs gpg and ar)', async () => {
    const dir = place('signed')
    const home = place('gnupg')
    chmodSync(home, 0o700)
    const gpg = (...words: readonly string[]): Promise<string> =>
      mustRun('gpg', ['--homedir', home, '--batch', '--pinentry-mode', 'loopback', '--passphrase', '', ...words])
    await gpg('--quick-generate-key', 'Ann Author <ann@example.org>', 'ed25519', 'sign')
    await gpg('--output', join(dir, 'key'), '--export-secret-keys', '--armor')
    const source = writeHello(join(dir, 'source'), '1.0')
    const sign = ['--sign', '--sign-key', join(dir, 'key')]
    // The key is younger than SOURCE_DATE_EPOCH.
    const at = { env: { SOURCE_DATE_EPOCH: String(Math.floor(Date.now() / 1000) + 60) } }
    for (const verb of ['mkdeb', 'mkdsc']) {
      await mustRun(programFile.here, [verb, source, '--output', dir, ...sign], at)
    }
    const fake = ['--ignore-time-conflict', '--ignore-valid-from']
    await gpg(...fake, '--verify', join(dir, 'hello-dkms_1.0.dsc'))
    await gpg(...fake, '--verify', join(dir, 'hello-dkms_1.0_source.changes'))
    await mustRun('ar', ['x', 'hello-dkms_1.0_all.deb'], { cwd: dir })
    await mustRun('sh', ['-c', 'cat debian-binary control.tar.gz data.tar.gz >signed'], { cwd: dir })
    await gpg(...fake, '--verify', join(dir, '_gpgorigin'), join(dir, 'signed'))
    spawnSync('gpgconf', ['--homedir', home, '--kill', 'all'])
  })
})
