import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type {
  RpmBinaryDescription,
  RpmEntry,
  RpmRelation,
  RpmScriptlet,
} from '../../../../../src/packaging/rpm/format/description.ts'
import { readPayload } from '../../../../../src/packaging/rpm/format/payload-read.ts'
import { openRpm } from '../../../../../src/packaging/rpm/format/read.ts'
import { type RpmSummary, summarize } from '../../../../../src/packaging/rpm/format/summary.ts'
import { verifyDigests } from '../../../../../src/packaging/rpm/format/verify.ts'
import { writeRpm } from '../../../../../src/packaging/rpm/format/write.ts'
import { scratchDirectory } from './rpm-tools.ts'

const scratch = scratchDirectory('rpm-round-trip')

const time = fc.nat({ max: 0xffff_ffff })
const word = fc.stringMatching(/^[a-z][a-z0-9+_.-]{0,12}$/).filter((text) => !text.includes('..'))
const version = fc.stringMatching(/^[0-9a-z][0-9a-z_+~^]{0,8}$/)
const line = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
  .filter((text) => !/\p{Cc}/u.test(text) && text.isWellFormed())
const lines = fc.array(line, { minLength: 1, maxLength: 3 }).map((all) => all.join('\n'))

const relation: fc.Arbitrary<RpmRelation> = fc.record(
  {
    name: word,
    constraint: fc.record({ operator: fc.constantFrom('<', '<=', '=', '>=', '>'), version }),
    uses: fc.constantFrom(['post'] as const, ['pre', 'preun'] as const, ['missingok'] as const),
  },
  { requiredKeys: ['name'] },
)
const relations = fc.uniqueArray(relation, { maxLength: 4, selector: (one) => JSON.stringify(one) })

const scriptlet: fc.Arbitrary<RpmScriptlet> = fc.record(
  {
    phase: fc.constantFrom('pretrans', 'pre', 'post', 'preun', 'postun', 'posttrans', 'verify'),
    body: lines,
    interpreter: fc.constantFrom(['/bin/bash'] as const, ['/bin/sh', '-e'] as const, ['<lua>'] as const),
    expand: fc.constant(true),
    critical: fc.constant(true),
  },
  { requiredKeys: ['phase', 'body'] },
)

const fileName = line.filter((text) => !text.includes('/') && text !== '.' && text !== '..')
const place = fc.array(fileName, { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join('/')}`)
const common = { path: place, mtime: time, user: word, group: word }
const entry: fc.Arbitrary<RpmEntry> = fc.oneof(
  fc.record({
    ...common,
    kind: fc.constant('file' as const),
    mode: fc.nat({ max: 0o7777 }),
    content: fc.record({ text: fc.string({ unit: 'grapheme', maxLength: 200 }).map((text) => text.toWellFormed()) }),
    config: fc.constantFrom('replace' as const, 'keep' as const),
    doc: fc.boolean(),
  }),
  fc.record({ ...common, kind: fc.constant('directory' as const), mode: fc.nat({ max: 0o7777 }) }),
  fc.record({ ...common, kind: fc.constant('symlink' as const), target: line }),
  fc.record({ ...common, kind: fc.constant('ghost' as const), mode: fc.nat({ max: 0o7777 }) }),
)

/** No path twice, and none below a path that is no directory. */
function consistent(entries: readonly RpmEntry[]): boolean {
  const leaves = entries.filter(({ kind }) => kind !== 'directory')
  return !leaves.some((leaf) => entries.some(({ path }) => path.startsWith(`${leaf.path}/`)))
}

const description: fc.Arbitrary<RpmBinaryDescription> = fc.record(
  {
    kind: fc.constant('binary' as const),
    name: word,
    version,
    release: version,
    arch: fc.constantFrom('noarch', 'x86_64'),
    epoch: time,
    summary: line,
    description: lines,
    license: line,
    vendor: line,
    buildHost: word,
    buildTime: time,
    relations: fc.record({ requires: relations, provides: relations, recommends: relations, conflicts: relations }),
    scriptlets: fc.uniqueArray(scriptlet, { selector: ({ phase }) => phase }),
    entries: fc.uniqueArray(entry, { maxLength: 6, selector: ({ path }) => path }).filter(consistent),
  },
  {
    requiredKeys: [
      'kind',
      'name',
      'version',
      'release',
      'arch',
      'summary',
      'description',
      'license',
      'buildHost',
      'buildTime',
      'entries',
    ],
  },
)

function expectFiles(told: RpmSummary, entries: readonly RpmEntry[]): void {
  const byBytes = [...entries].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
  expect(told.files.map(({ path }) => path)).toEqual(byBytes.map(({ path }) => path))
  for (const [index, { kind, path, user, group, mtime, ...more }] of byBytes.entries()) {
    const file = told.files[index]
    expect(file).toMatchObject({ path, user, group, mtime, kind: kind === 'ghost' ? 'file' : kind })
    if ('mode' in more) expect(file?.mode).toBe(more.mode)
    if ('target' in more) expect(file?.target).toBe(more.target)
    if ('config' in more) expect(file?.config).toBe(more.config)
    expect(file?.marks.includes('ghost')).toBe(kind === 'ghost')
  }
}

it('a package says what was described, whatever that is, and is intact', async () => {
  await fc.assert(
    fc.asyncProperty(description, fc.constantFrom('none', 'gzip', 'zstd'), async (described, compression) => {
      const path = join(scratch, 'package.rpm')
      await writeRpm(described, path, { compression })
      using rpm = openRpm(path)
      expect((await verifyDigests(rpm)).intact).toBe(true)
      const told = summarize(rpm)
      const { relations = {}, scriptlets = [], entries, ...said } = described
      expect(told).toMatchObject(said)
      for (const [kind, list] of Object.entries(relations)) {
        expect(told.relations[kind as keyof typeof relations] ?? []).toEqual(expect.arrayContaining([...list]))
      }
      expect(told.scriptlets).toHaveLength(scriptlets.length)
      expect(told.scriptlets).toEqual(expect.arrayContaining([...scriptlets]))
      expectFiles(told, entries)

      const contents = new Map<string, string>()
      await readPayload(rpm, async ({ file, content }) => {
        const parts: Uint8Array[] = []
        for await (const part of content) parts.push(part)
        if (file.kind === 'file') contents.set(file.path, Buffer.concat(parts).toString())
      })
      const files = entries.flatMap((one) => (one.kind === 'file' && 'text' in one.content ? [one] : []))
      expect(contents).toEqual(new Map(files.map(({ path, content }) => [path, 'text' in content ? content.text : ''])))
    }),
    { numRuns: 150 },
  )
})
