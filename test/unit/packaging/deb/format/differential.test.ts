import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { absolutePath } from '../../../../../src/domain.ts'
import { openDeb, readControlFiles } from '../../../../../src/packaging/deb/format/read.ts'
import { writeDeb } from '../../../../../src/packaging/deb/format/write.ts'
import { lacks, scratchDirectory, tool, toolBytes } from './deb-tools.ts'
import { sampleDescription, time, writeSampleTree } from './sample-package.ts'

const compressions = ['none', 'gzip', 'xz', 'zstd'] as const

/** What may differ from dpkg-deb’s file, each with its reason. Everything else must be equal, byte for byte. */
const expectedDifferences: ReadonlyMap<(typeof compressions)[number], string> = new Map([
  ['gzip', 'two builds of zlib make different bytes of the same archive, and ours has members of 1 MiB'],
  ['xz', 'dpkg-deb gives liblzma a thread count, and so a header that tells the size of each block'],
  ['zstd', 'another version of libzstd, at level 3 and not 19'],
])

describe.skipIf(lacks('dpkg-deb', 'dpkg-gencontrol', 'ar'))(
  'a package of ours beside dpkg-deb’s (needs dpkg-dev and ar)',
  () => {
    const scratch = scratchDirectory('deb-differential')
    const tree = absolutePath(join(scratch, 'tree'))
    const built = join(scratch, 'built')

    beforeAll(async () => {
      mkdirSync(tree)
      writeSampleTree(tree)
      for (const compression of compressions) {
        await writeDeb(sampleDescription(tree), join(scratch, `ours-${compression}.deb`), { compression })
      }
      // The same tree with our control files, so that dpkg-deb judges them and packs the same.
      cpSync(tree, built, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true })
      chmodSync(join(built, 'usr/src/sample-1.2/configure'), 0o4755)
      mkdirSync(join(built, 'DEBIAN'))
      using ours = openDeb(join(scratch, 'ours-none.deb'))
      for (const [name, content] of await readControlFiles(ours)) {
        const script = content.toString('utf8').startsWith('#!')
        writeFileSync(join(built, 'DEBIAN', name), content)
        chmodSync(join(built, 'DEBIAN', name), script ? 0o755 : 0o644)
      }
      for (const compression of compressions) {
        tool(
          [
            'dpkg-deb',
            '--root-owner-group',
            `-Z${compression}`,
            '--build',
            built,
            join(scratch, `theirs-${compression}.deb`),
          ],
          {
            env: { SOURCE_DATE_EPOCH: String(time) },
          },
        )
      }
    })

    it.each(compressions)('has the same bytes, unless they are those of a compressor (%s)', (compression) => {
      const [ours, theirs] = ['ours', 'theirs'].map((whose) =>
        readFileSync(join(scratch, `${whose}-${compression}.deb`)),
      )
      expect(theirs !== undefined && ours?.equals(theirs)).toBe(!expectedDifferences.has(compression))
    })

    it.each(compressions)('has the same members and the same archives in them (%s)', (compression) => {
      const [ours = '', theirs = ''] = ['ours', 'theirs'].map((whose) => join(scratch, `${whose}-${compression}.deb`))
      expect(tool(['ar', 't', ours])).toBe(tool(['ar', 't', theirs]))
      for (const archive of ['--ctrl-tarfile', '--fsys-tarfile']) {
        const same = toolBytes(['dpkg-deb', archive, ours]).equals(toolBytes(['dpkg-deb', archive, theirs]))
        expect([archive, same]).toEqual([archive, true])
      }
    })

    it.each(['--info', '--contents', '--show'])('is told alike by dpkg-deb %s', (option) => {
      const answer = (whose: string) => tool(['dpkg-deb', option, join(scratch, `${whose}-none.deb`)])
      expect(answer('ours')).toBe(answer('theirs'))
    })

    it('has the control file that dpkg-gencontrol writes of the same fields', async () => {
      const source = join(scratch, 'gencontrol')
      mkdirSync(join(source, 'debian'), { recursive: true })
      using deb = openDeb(join(scratch, 'ours-none.deb'))
      const control = (await readControlFiles(deb)).get('control')?.toString('utf8') ?? ''
      const sourceFields = /^(?:Version|Maintainer|Installed-Size|Source|Homepage|Section|Priority): .*\n/gm
      const stanza = control.replaceAll(sourceFields, '').replace('Modaliases', 'XB-Modaliases')
      writeFileSync(
        join(source, 'debian/control'),
        `Source: sample-dkms\nMaintainer: Ann Packager <ann@example.org>\nSection: kernel\nPriority: optional\nHomepage: https://example.org/sample\n\n${stanza}`,
      )
      writeFileSync(
        join(source, 'debian/changelog'),
        'sample-dkms (1.2~rc1+b) unstable; urgency=low\n\n  * x\n\n -- Ann Packager <ann@example.org>  Tue, 14 Nov 2023 22:13:20 +0000\n',
      )
      const theirs = tool(['dpkg-gencontrol', `-P${tree}`, '-O', '-fdebian/files'], { cwd: source })
      expect(control).toBe(theirs)
    })

    it('has the md5sums that dh_md5sums writes', async () => {
      using deb = openDeb(join(scratch, 'ours-none.deb'))
      const md5sums = (await readControlFiles(deb)).get('md5sums')?.toString('utf8')
      const script = `find . -type f ! -path './etc/*' -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 md5sum`
      expect(md5sums).toBe(tool(['sh', '-c', script], { cwd: tree }))
    })
  },
)
