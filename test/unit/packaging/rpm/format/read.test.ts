import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { readPayload } from '../../../../../src/packaging/rpm/format/payload-read.ts'
import { openRpm, type RpmFile } from '../../../../../src/packaging/rpm/format/read.ts'
import { summarize } from '../../../../../src/packaging/rpm/format/summary.ts'
import { verifyDigests } from '../../../../../src/packaging/rpm/format/verify.ts'
import { binaryDescription, buildFeaturePackage, epoch, sourceDescription } from './feature-package.ts'
import { type Built, lacks, quietSpec, rpm, rpmbuild, scratchDirectory } from './rpm-tools.ts'

const scratch = scratchDirectory('rpm-read')

const linkedSpec = (payload: string) => `${quietSpec}
%global _binary_payload ${payload}
Name: linked
Version: 1
Release: 1
Summary: Hard links and a device
License: MIT
BuildArch: noarch
%description
Hard links.
%install
mkdir -p %{buildroot}/usr/share/linked
echo hard > %{buildroot}/usr/share/linked/h1
ln %{buildroot}/usr/share/linked/h1 %{buildroot}/usr/share/linked/h2
ln %{buildroot}/usr/share/linked/h1 %{buildroot}/usr/share/linked/a3
: > %{buildroot}/usr/share/linked/nothing
echo plain > %{buildroot}/usr/share/linked/plain
%files
/usr/share/linked
%changelog
`

interface Seen {
  readonly path: string
  readonly links: readonly string[]
  readonly text: string
}

async function contents(file: RpmFile): Promise<Seen[]> {
  const seen: Seen[] = []
  await readPayload(file, async ({ file, links, content }) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of content) chunks.push(chunk)
    seen.push({
      path: file.path,
      links: links.map(({ path }) => path),
      text: Buffer.concat(chunks).toString(),
    })
  })
  return seen
}

describe.skipIf(lacks('rpm', 'rpmbuild'))('packages of rpmbuild (needs rpm and rpmbuild)', () => {
  let built: Built
  beforeAll(() => {
    built = buildFeaturePackage(join(scratch, 'topdir'))
  })

  it('say what their spec says', () => {
    using file = openRpm(built.binary)
    const told = summarize(file)
    const { entries, relations, fileTriggers = [], ...said } = binaryDescription
    expect(told).toMatchObject({ ...said, installedSize: entries.reduce((sum, one) => sum + sizeOf(one), 0) })
    for (const [kind, described] of Object.entries(relations ?? {})) {
      expect(told.relations[kind as keyof typeof relations]).toEqual(expect.arrayContaining([...described]))
    }
    expect(told.fileTriggers.map(({ body, per, event }) => ({ body, per, event }))).toEqual(
      fileTriggers.map(({ body, per, event }) => ({ body, per, event })),
    )
    expect(told.files.find(({ path }) => path === '/etc/ghost')).toMatchObject({
      kind: 'file',
      mode: 0o640,
      user: 'daemon',
      group: 'adm',
      marks: ['ghost'],
    })
    expect(told.files.find(({ path }) => path === '/etc/feat2.conf')).toMatchObject({
      config: 'replace',
      unverified: ['digest', 'size', 'mtime'],
    })
  })

  it('are told from source packages', () => {
    using file = openRpm(built.source)
    const { entries: _, relations: __, arch: ___, ...said } = sourceDescription
    expect(summarize(file)).toMatchObject(said)
    expect(summarize(file)).toMatchObject({
      sources: ['hello.txt', 'second.txt'],
      patches: ['fix.patch', 'fix2.patch'],
    })
  })

  it('are intact', async () => {
    for (const path of Object.values(built)) {
      using file = openRpm(path)
      const { checks, intact } = await verifyDigests(file)
      expect(checks.map(({ state }) => state)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'ok'])
      expect(intact).toBe(true)
    }
  })

  it('give the content of each file', async () => {
    using file = openRpm(built.binary)
    const seen = await contents(file)
    const expected = binaryDescription.entries.flatMap((entry) =>
      entry.kind === 'file' && 'text' in entry.content ? [[entry.path, entry.content.text]] : [],
    )
    expect(seen.filter(({ text }) => text !== '').map(({ path, text }) => [path, text])).toEqual(
      expected.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
    )
  })

  it('may be left off in the middle of a file', async () => {
    using file = openRpm(built.binary)
    const first: string[] = []
    await readPayload(file, async ({ file, content }) => {
      first.push(file.path)
      for await (const _ of content) break
    })
    expect(first).toHaveLength(12)
  })

  it.each([
    'w6.gzdio',
    'w6.xzdio',
    'w9.bzdio',
    'w3.zstdio',
    'w6.lzdio',
    'w.ufdio',
  ])('give hard links as one file with a %s payload', async (payload) => {
    const { binary } = rpmbuild(
      join(scratch, payload),
      linkedSpec(payload),
      {},
      {
        epoch,
        binary: 'linked-1-1.noarch.rpm',
        source: 'linked-1-1.src.rpm',
      },
    )
    using file = openRpm(binary)
    expect((await verifyDigests(file)).intact).toBe(true)
    const names = ['/usr/share/linked/a3', '/usr/share/linked/h1', '/usr/share/linked/h2']
    const seen = await contents(file)
    const hard = seen.filter(({ text }) => text === 'hard\n')
    expect(hard.flatMap(({ path, links }) => [path, ...links]).sort()).toEqual(names)
    expect(hard).toHaveLength(1)
    expect(seen.map(({ path }) => path)).toContain('/usr/share/linked/nothing')
    expect(seen.find(({ path }) => path === '/usr/share/linked/plain')?.text).toBe('plain\n')
    const dump = rpm('-qp', '--dump', binary)
    for (const { path, digest } of summarize(file).files.filter(({ kind }) => kind === 'file')) {
      expect(dump).toContain(`${path} `)
      const text = seen.find((one) => one.path === path || one.links.includes(path))?.text ?? ''
      expect(digest?.hex).toBe(createHash('sha256').update(text).digest('hex'))
    }
  })
})

function sizeOf(entry: (typeof binaryDescription.entries)[number]): number {
  if (entry.kind === 'symlink') return Buffer.byteLength(entry.target)
  return entry.kind === 'file' && 'text' in entry.content ? Buffer.byteLength(entry.content.text) : 0
}
