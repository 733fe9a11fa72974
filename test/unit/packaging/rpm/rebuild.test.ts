/** The source package, built by rpmbuild, against the package that was written without it. */
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { StatedMetadata } from '../../../../src/packaging/metadata/model.ts'
import { openRpm } from '../../../../src/packaging/rpm/format/read.ts'
import { signatureTags, tags } from '../../../../src/packaging/rpm/format/tags.ts'
import { type ProfileName, profiles } from '../../../../src/packaging/rpm/profiles.ts'
import { lacks, rpm, scratchDirectory } from './format/rpm-tools.ts'
import { epoch, makeFrom, pathOf, type SourceText, writeSource } from './generated.ts'

/** Tags that rpmbuild gives other values, each with its reason. Everything else must be equal. */
const digestOfBytes = 'a digest or size of the bytes, which hold the other differences'
const expectedDifferences: Readonly<Record<string, string>> = {
  BUILDTIME: 'rpmbuild notes when it ran',
  BUILDHOST: 'rpmbuild notes where it ran',
  SOURCEPKGID: 'rpmbuild makes a source package of its own',
  OPTFLAGS: 'compiler flags of the host that rpmbuild ran on; nothing is compiled',
  PLATFORM: 'the host that rpmbuild ran on',
  FILECLASS: 'rpmbuild has libmagic look into every file',
  CLASSDICT: 'rpmbuild has libmagic look into every file',
  PAYLOADDIGEST: digestOfBytes,
  SIGSIZE: digestOfBytes,
  SIGMD5: digestOfBytes,
  SHA1HEADER: digestOfBytes,
  SHA256HEADER: digestOfBytes,
}

function allTags(path: string): Map<string, string> {
  using file = openRpm(path)
  const named = [
    ...Object.entries(tags).map(([name, [tag]]) => ({ name, entry: file.header.entry(tag) })),
    ...Object.entries(signatureTags).map(([name, [tag]]) => ({ name, entry: file.signature.entry(tag) })),
  ]
  return new Map(
    named.flatMap(({ name, entry }) => (entry === undefined ? [] : [[name, JSON.stringify(entry.value)] as const])),
  )
}

const seen = new Set<string>()

function differences(ours: string, theirs: string): string[] {
  const [mine, other] = [allTags(ours), allTags(theirs)]
  const names = [...new Set([...mine.keys(), ...other.keys()])].filter((name) => mine.get(name) !== other.get(name))
  for (const name of names) seen.add(name)
  return names
    .filter((name) => expectedDifferences[name] === undefined)
    .map((name) => `${name}: ${mine.get(name)} / ${other.get(name)}`)
}

interface Case extends SourceText {
  readonly what: string
  readonly profile: ProfileName
  readonly options?: StatedMetadata
  readonly sourceDateEpoch?: number
}

const spiky: StatedMetadata = {
  summary: `100% "spiky" $HOME \`id\` \\ 'text' %{name}`,
  description: '%description of %%\n\n# no comment\n%files\n  %if 0\n100 % \\n',
  license: 'GPL-2.0-only OR MIT',
  url: 'https://example.org/%7Eme?a=1&b=2',
  vendor: `O'Brien & %Sons {"`,
  packager: { name: 'Jörg Ünïcode', email: 'j@example.org' },
  group: 'System/Kernel and hardware',
  release: '3.el9',
  epoch: 2,
  changelog: [
    { time: 1_699_000_000, changes: ['Changed %{name} and %%.', 'Second item\nof two lines.'] },
    { time: 1_600_000_000, version: '0.9-1', author: { name: 'A', email: undefined }, changes: ['First.'] },
  ],
  relations: {
    requires: [
      { anyOf: [{ name: 'firmware', constraint: { operator: '>=', version: '1:2.0~rc1' } }] },
      { anyOf: [{ name: 'a' }, { name: 'b', constraint: { operator: '<', version: '3' } }] },
    ],
    recommends: [{ anyOf: [{ name: '(hello-tools if systemd)' }] }],
    suggests: [{ anyOf: [{ name: 'docs' }] }],
    supplements: [{ anyOf: [{ name: 'modalias(pci:v00008086d*)' }] }],
    enhances: [{ anyOf: [{ name: 'kernel' }] }],
    conflicts: [{ anyOf: [{ name: 'hello-kmod', constraint: { operator: '<=', version: '1' } }] }],
    provides: [{ anyOf: [{ name: 'greeting', constraint: { operator: '=', version: '1.0' } }] }],
    replaces: [{ anyOf: [{ name: 'oldhello', constraint: { operator: '<', version: '1' } }] }],
  },
}

const cases: readonly Case[] = [
  { what: 'a plain package', profile: 'dkms' },
  { what: 'texts full of macros and quotes', profile: 'dkms', options: spiky },
  { what: 'the profile fedora', profile: 'fedora', options: { epoch: 1 } },
  { what: 'the profile mandriva', profile: 'mandriva' },
  { what: 'a host whose clock stands at the beginning', profile: 'dkms', sourceDateEpoch: 0 },
  { what: 'a pre-release', profile: 'dkms', version: '7.3-rc1' },
  { what: 'a name with capitals and underscores', profile: 'dkms', name: 'A_b_C', version: 'v1.2' },
  {
    what: 'every kind of file',
    profile: 'dkms',
    files: {
      'empty/': '',
      'scripts/run.sh': '#!/bin/bash\nexit 0\n',
      'scripts/tool.py': '#!/usr/bin/env python3\n',
      'link.c': '-> hello.c',
      'deep/er/link': '-> ../../scripts',
      '.hidden': 'dot\n',
      'with blank & $dollar %percent.txt': 'x\n',
      [`${'n'.repeat(120)}.h`]: 'long\n',
      'prebuilt.o': '\u007fELF is only a text here\n',
      'manual.1': '.TH X 1\n',
    },
    executable: ['scripts/run.sh', 'scripts/tool.py'],
  },
]

describe.skipIf(lacks('rpm', 'rpmbuild'))('a source package (needs rpm and rpmbuild)', () => {
  const scratch = scratchDirectory('rpm-rebuild')

  it.each(cases)('is rebuilt to the same package: $what', async ({
    what,
    profile,
    options = {},
    sourceDateEpoch = epoch,
    ...text
  }) => {
    const place = join(scratch, what.replaceAll(' ', '-'))
    const source = writeSource(join(place, 'source'), text)
    const made = await makeFrom(place, source, { profile: profiles[profile], options, sourceDateEpoch })
    const [binary, sourcePackage] = [pathOf(made, 'binary'), pathOf(made, 'source')]
    const macros = ['--define', `_topdir ${place}/top`, '--define', '_binary_payload w6.gzdio']
    execFileSync('rpmbuild', [...macros, '--nodeps', '--rebuild', sourcePackage], { stdio: 'pipe' })
    const built = join(place, 'top/RPMS/noarch')
    expect(readdirSync(built)).toEqual([binary.replace(/^.*\//, '')])
    const theirs = join(built, readdirSync(built)[0] ?? '')
    expect(differences(binary, theirs)).toEqual([])
    for (const query of ['-l', '--requires', '--provides', '--scripts', '--changelog', '-i']) {
      const answer = (path: string) => rpm('-qp', query, path).replace(/^Build (Date|Host) .*$/gm, '')
      expect(answer(binary)).toBe(answer(theirs))
    }
  })

  it('differs where it is expected to, so that the list of reasons stays true', () => {
    expect(Object.keys(expectedDifferences).filter((name) => !seen.has(name))).toEqual([])
  })

  it('has files no newer than SOURCE_DATE_EPOCH', async () => {
    const source = writeSource(join(scratch, 'dated'))
    const made = await makeFrom(join(scratch, 'dated-out'), source)
    const times = rpm('-qp', '--qf', '[%{FILEMTIMES}\n]', pathOf(made, 'source'), pathOf(made, 'binary'))
    for (const time of times.trim().split('\n')) expect(Number(time)).toBeLessThanOrEqual(epoch)
  })
})
