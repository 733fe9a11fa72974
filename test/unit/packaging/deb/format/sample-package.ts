/** A package with one of everything the format can carry, as a description and as a tree for dpkg-deb. */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type AbsolutePath, absolutePath } from '../../../../../src/domain.ts'
import { renderChangelog } from '../../../../../src/packaging/deb/format/changelog.ts'
import type { DebDescription, DebEntry } from '../../../../../src/packaging/deb/format/description.ts'

export const time = 1_700_000_000

const long = 'a-name-of-seventy-characters-which-two-of-make-more-than-a-header-can-hold'

const changelog = renderChangelog([
  {
    source: 'sample-dkms',
    version: '1.2~rc1+b',
    distributions: ['unstable'],
    urgency: 'medium',
    author: 'Ann Packager <ann@example.org>',
    time,
    text: '* First upload. (Closes: #1012345)',
  },
])

const copyright = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: sample

Files: *
Copyright: 2023 Ann Packager <ann@example.org>
License: GPL-2
 On Debian systems, the license is in /usr/share/common-licenses/GPL-2.
`

interface TreeFile {
  readonly mode: number
  readonly content: string | Buffer
}

const files: Readonly<Record<string, TreeFile>> = {
  'usr/src/sample-1.2/dkms.conf': { mode: 0o644, content: 'PACKAGE_NAME=sample\n' },
  'usr/src/sample-1.2/Makefile': { mode: 0o644, content: 'obj-m := sample.o\n' },
  'usr/src/sample-1.2/configure': { mode: 0o755, content: '#!/bin/sh\nexit 0\n' },
  'usr/src/sample-1.2/empty': { mode: 0o644, content: '' },
  'usr/src/sample-1.2/größe.txt': { mode: 0o644, content: 'utf-8\n' },
  'usr/src/sample-1.2/a b (c)': { mode: 0o644, content: 'blanks\n' },
  'usr/src/sample-1.2.patch': { mode: 0o644, content: 'sorts after what is below sample-1.2\n' },
  [`usr/src/sample-1.2/${long}/${long}`]: { mode: 0o644, content: 'long\n' },
  [`usr/src/sample-1.2/${'e'.repeat(81)}`]: {
    mode: 0o644,
    content: 'a name of exactly a hundred bytes with its path\n',
  },
  'usr/src/sample-1.2/big': { mode: 0o644, content: Buffer.alloc(700_000, 'kernel ') },
  'etc/sample.conf': { mode: 0o640, content: 'option = 1\n' },
  'usr/share/doc/sample-dkms/copyright': { mode: 0o644, content: copyright },
  'usr/share/doc/sample-dkms/changelog.gz': { mode: 0o644, content: gzipSync(changelog, { level: 9 }) },
}

const links: Readonly<Record<string, string>> = {
  'usr/src/sample-1.2/link': 'Makefile',
  'usr/src/sample-1.2/0-dangling': 'nowhere',
  'usr/src/sample-1.2/long-link': `${long}/${long}`,
}

/** Writes the tree below the directory, all times a little before or after the package's. */
export function writeSampleTree(directory: string): void {
  mkdirSync(join(directory, 'usr/src/sample-1.2/empty.d'), { recursive: true })
  for (const [path, { mode, content }] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), content)
    chmodSync(join(directory, path), mode)
  }
  chmodSync(join(directory, 'usr/src/sample-1.2/configure'), 0o4755)
  for (const [path, target] of Object.entries(links)) symlinkSync(target, join(directory, path))
  for (const [index, path] of Object.keys(files).entries()) {
    utimesSync(join(directory, path), time - 1000 + 300 * index, time - 1000 + 300 * index)
  }
}

/** Every file, directory and link below a directory, as it is. */
export function entriesOf(directory: AbsolutePath, below = ''): DebEntry[] {
  return readdirSync(`${directory}${below}`)
    .reverse()
    .flatMap((name): DebEntry[] => {
      const path = `${below}/${name}`
      const from = absolutePath(`${directory}${path}`)
      const stats = lstatSync(from)
      const common = { path, mtime: Math.floor(stats.mtimeMs / 1000), mode: stats.mode & 0o7777 }
      if (stats.isSymbolicLink()) return [{ ...common, kind: 'symlink', target: readlinkSync(from) }]
      if (stats.isDirectory()) return [{ ...common, kind: 'directory' }, ...entriesOf(directory, path)]
      const conffile = path.startsWith('/etc/')
      return [{ ...common, kind: 'file', content: { from, bytes: stats.size }, ...(conffile ? { conffile } : {}) }]
    })
}

/** @param directory where {@link writeSampleTree} wrote */
export function sampleDescription(directory: AbsolutePath): DebDescription {
  return {
    name: 'sample-dkms',
    version: '1.2~rc1+b',
    arch: 'all',
    maintainer: 'Ann Packager <ann@example.org>',
    section: 'kernel',
    multiArch: 'foreign',
    homepage: 'https://example.org/sample',
    summary: 'driver of a sample device, in DKMS form',
    description: [
      'The first paragraph is a line that is much longer than the eighty characters that a description may have, so it is folded.',
      '',
      '.',
      '* the first of a list',
      '* the second',
      '  verbatim',
    ].join('\n'),
    relations: {
      preDepends: [{ name: 'dpkg', constraint: { operator: '>=', version: '1.15' } }],
      depends: [
        { name: 'dkms', constraint: { operator: '>=', version: '2.1.0.0' } },
        [{ name: 'perl', qualifier: 'any' }, { name: 'python3' }],
      ],
      recommends: [[{ name: 'linux-headers-generic' }, { name: 'linux-headers' }]],
      conflicts: [{ name: 'sample-old', constraint: { operator: '<', version: '1:1.0-2' } }],
      provides: [{ name: 'sample-modules', constraint: { operator: '=', version: '1.2' } }],
    },
    fields: [{ name: 'Modaliases', value: 'sample(pci:v0000*, usb:*)' }],
    entries: entriesOf(directory),
    scripts: {
      postinst: { body: 'set -e\necho "postinst $1" >> "$DPKG_ROOT/log"\n' },
      prerm: { body: '#!/bin/sh\nset -e\necho "prerm $1" >> "$DPKG_ROOT/log"\n' },
      postrm: { body: 'set -e\necho "postrm $1" >> "$DPKG_ROOT/log"', interpreter: ['/bin/sh', '-e'] },
    },
    triggers: [{ directive: 'activate-noawait', name: 'sample-trigger' }],
    controlFiles: { shlibs: 'libsample 1 sample-dkms\n' },
    time,
  }
}
