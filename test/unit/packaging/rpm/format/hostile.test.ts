import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { FactoryError } from '../../../../../src/errors.ts'
import type { RpmBinaryDescription, RpmEntry } from '../../../../../src/packaging/rpm/format/description.ts'
import { encodeHeader, type HeaderEntry, region } from '../../../../../src/packaging/rpm/format/header-write.ts'
import { readPayload } from '../../../../../src/packaging/rpm/format/payload-read.ts'
import { openRpm } from '../../../../../src/packaging/rpm/format/read.ts'
import { summarize } from '../../../../../src/packaging/rpm/format/summary.ts'
import { tags } from '../../../../../src/packaging/rpm/format/tags.ts'
import { verifyDigests, verifySignatures } from '../../../../../src/packaging/rpm/format/verify.ts'
import { writeRpm } from '../../../../../src/packaging/rpm/format/write.ts'
import { binaryDescription, sourceDescription } from './feature-package.ts'
import { scratchDirectory } from './rpm-tools.ts'

const scratch = scratchDirectory('rpm-hostile')
const good = { binary: join(scratch, 'good.rpm'), source: join(scratch, 'good.src.rpm') }
beforeAll(async () => {
  await writeRpm(binaryDescription, good.binary)
  await writeRpm(sourceDescription, good.source)
})

/** Everything a reader could want of a package. */
async function readEverything(path: string): Promise<string[]> {
  using rpm = openRpm(path)
  summarize(rpm)
  await verifyDigests(rpm)
  await verifySignatures(rpm, [])
  const paths: string[] = []
  await readPayload(rpm, async ({ file, content }) => {
    for await (const _ of content);
    paths.push(file.path)
  })
  return paths
}

async function codeOf(path: string): Promise<string | undefined> {
  try {
    await readEverything(path)
    return undefined
  } catch (error) {
    if (error instanceof FactoryError) return error.code
    throw error
  }
}

const told = ['PACKAGE_INVALID', 'ARCHIVE_UNREADABLE', undefined]

describe('a package that was damaged', () => {
  it('ends in an error with a code when it is cut off anywhere', async () => {
    const whole = readFileSync(good.binary)
    const path = join(scratch, 'cut.rpm')
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole.length - 1 }), async (length) => {
        writeFileSync(path, whole.subarray(0, length))
        expect(['PACKAGE_INVALID', 'ARCHIVE_UNREADABLE']).toContain(await codeOf(path))
      }),
      { numRuns: 150 },
    )
  })

  it.each([
    'binary',
    'source',
  ] as const)('ends in an error with a code, or is read, when bytes changed (%s)', async (kind) => {
    const whole = readFileSync(good[kind])
    using rpm = openRpm(good[kind])
    // Lead and reserved space are not worth looking at; index, data and payload are.
    const start = rpm.headerRange.offset
    const path = join(scratch, `changed-${kind}.rpm`)
    const change = fc.tuple(fc.integer({ min: start, max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }))
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = Buffer.from(whole)
        for (const [at, by] of changes) bytes.writeUInt8(bytes.readUInt8(at) ^ by, at)
        writeFileSync(path, bytes)
        expect(told).toContain(await codeOf(path))
        if (!bytes.equals(whole)) expect(await intact(path)).toBe(false)
      }),
      { numRuns: 300 },
    )
  })

  it('ends in an error with a code, or is read, when bytes of its signature header changed', async () => {
    const whole = readFileSync(good.binary)
    const path = join(scratch, 'changed-signature.rpm')
    // The index, and the data up to the space that is kept free.
    const change = fc.tuple(fc.integer({ min: 96, max: 96 + 16 + 7 * 16 + 140 }), fc.integer({ min: 1, max: 255 }))
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = Buffer.from(whole)
        for (const [at, by] of changes) bytes.writeUInt8(bytes.readUInt8(at) ^ by, at)
        writeFileSync(path, bytes)
        expect(told).toContain(await codeOf(path))
      }),
      { numRuns: 300 },
    )
  })

  async function intact(path: string): Promise<boolean> {
    try {
      using rpm = openRpm(path)
      return (await verifyDigests(rpm)).intact
    } catch {
      return false
    }
  }

  it.each([
    ['nothing', ''],
    ['text', 'hello'.repeat(100)],
    ['zeros', '\0'.repeat(8192)],
  ])('is told from %s', async (_, content) => {
    const path = join(scratch, 'other')
    writeFileSync(path, content)
    expect(await codeOf(path)).toBe('PACKAGE_INVALID')
  })

  it('is not believed to hold 256 MiB of header in a small file', async () => {
    const bytes = readFileSync(good.binary)
    bytes.writeUInt32BE(0x0fff_ffff, 96 + 4408 + 12)
    const path = join(scratch, 'large.rpm')
    writeFileSync(path, bytes)
    expect(() => openRpm(path)).toThrow('its header is larger than the file')
  })
})

describe('a package made to harm', () => {
  const entry: RpmEntry = { kind: 'file', path: '/usr/x', mode: 0o644, mtime: 0, content: { text: 'text' } }
  const victim: RpmBinaryDescription = { ...binaryDescription, entries: [entry] }

  /** The package with changes to its header or its archive, and digests nobody updated. */
  async function forged(
    changes: { readonly header?: readonly HeaderEntry[]; readonly archive?: (archive: Buffer) => Buffer },
    description = victim,
  ): Promise<string> {
    const path = join(scratch, 'forged.rpm')
    await writeRpm(description, path)
    const bytes = readFileSync(path)
    using rpm = openRpm(path)
    const replaced = new Set(changes.header?.map(({ tag }) => tag))
    const kept = rpm.header.tags.flatMap((tag) => (replaced.has(tag) ? [] : (rpm.header.entry(tag) ?? [])))
    const header = encodeHeader(region.immutable, [...kept, ...(changes.header ?? [])])
    const archive = gunzipSync(bytes.subarray(rpm.payloadRange.offset))
    const payload = gzipSync(changes.archive === undefined ? archive : changes.archive(archive))
    writeFileSync(path, Buffer.concat([bytes.subarray(0, rpm.headerRange.offset), header, payload]))
    return path
  }

  function strings(name: keyof typeof tags, ...texts: string[]): HeaderEntry {
    return { tag: tags[name][0], value: { type: 'strings', texts } }
  }

  function int32s(name: keyof typeof tags, ...numbers: number[]): HeaderEntry {
    return { tag: tags[name][0], value: { type: 'int32', numbers } }
  }

  function renamed(to: string) {
    return (archive: Buffer) => Buffer.from(archive.toString('latin1').replace('./usr/x\0', to), 'latin1')
  }

  it.each<[string, readonly HeaderEntry[], RegExp]>([
    ['a path that leads up', [strings('DIRNAMES', '/usr/../../')], /lists a file at/],
    ['a relative path', [strings('DIRNAMES', 'usr/')], /lists a file at/],
    ['a name with slashes', [strings('BASENAMES', '../../x')], /lists a file at/],
    ['fewer sizes than files', [strings('BASENAMES', 'x', 'y')], /it has 2 files and 1/],
    ['a directory it does not list', [int32s('DIRINDEXES', 7)], /a directory it does not list/],
    ['relations that do not match', [strings('REQUIREVERSION', '1')], /values of REQUIREVERSION/],
    ['a size other than in the archive', [int32s('FILESIZES', 1 << 30)], /has 4 bytes in it, and 1073741824/],
    ['a digest of other content', [strings('FILEDIGESTS', '0'.repeat(64))], /the content of \/usr\/x is not what/],
    ['an empty name', [{ tag: tags.NAME[0], value: { type: 'string', texts: [''] } }], /does not tell its NAME/],
  ])('is refused with %s', async (_, header, message) => {
    await expect(readEverything(await forged({ header }))).rejects.toMatchObject({
      code: 'PACKAGE_INVALID',
      message: expect.stringMatching(message) as string,
    })
  })

  it.each<[string, (archive: Buffer) => Buffer, RegExp]>([
    ['a file the header does not list', renamed('./usr/y\0'), /"\.\/usr\/y", which the header does not list/],
    ['a file that leads up', renamed('../../y\0'), /which the header does not list/],
    ['a file twice', (archive) => Buffer.concat([archive.subarray(0, 124), archive]), /holds \/usr\/x twice/],
    ['a file too few', (archive) => archive.subarray(124), /\/usr\/x is not in it/],
  ])('is refused when its archive holds %s', async (_, archive, message) => {
    await expect(readEverything(await forged({ archive }))).rejects.toMatchObject({
      code: 'PACKAGE_INVALID',
      message: expect.stringMatching(message) as string,
    })
  })

  it('is refused when a source package holds a path', async () => {
    const path = join(scratch, 'path.src.rpm')
    const bytes = readFileSync(good.source)
    const at = bytes.indexOf('hello.txt\0', bytes.indexOf('fix2.patch\0hello.txt'))
    bytes.write('../../txt', at)
    writeFileSync(path, bytes)
    await expect(readEverything(path)).rejects.toMatchObject({ code: 'PACKAGE_INVALID' })
  })

  it('is refused when hard links have no content', async () => {
    const two: RpmBinaryDescription = { ...victim, entries: [entry, { ...entry, path: '/usr/y' }] }
    const emptied = (archive: Buffer) => {
      const lines = archive.toString('latin1').replaceAll(/00000004(?=0{32}00000008)/g, '00000000')
      return Buffer.from(lines.replaceAll('text', ''), 'latin1')
    }
    const path = await forged({ header: [int32s('FILEINODES', 1, 1)], archive: emptied }, two)
    await expect(readEverything(path)).rejects.toThrow('the content of /usr/x is not in it')
  })
})
