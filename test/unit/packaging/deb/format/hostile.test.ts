import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { absolutePath } from '../../../../../src/domain.ts'
import { isFactoryError } from '../../../../../src/errors.ts'
import { splitClearSigned } from '../../../../../src/packaging/deb/format/clear-signed.ts'
import { listDeb, openDeb, readData } from '../../../../../src/packaging/deb/format/read.ts'
import { checkListedFiles, parseChanges, parseDsc } from '../../../../../src/packaging/deb/format/source-files.ts'
import { summarizeDeb } from '../../../../../src/packaging/deb/format/summary.ts'
import { verifyDebFiles } from '../../../../../src/packaging/deb/format/verify.ts'
import { writeDeb } from '../../../../../src/packaging/deb/format/write.ts'
import { type RawEntry, rawTar } from '../../../archive/raw-tar.ts'
import { scratchDirectory } from './deb-tools.ts'
import { sampleDescription, writeSampleTree } from './sample-package.ts'

const scratch = scratchDirectory('deb-hostile')
let files = 0

function place(bytes: Uint8Array): string {
  files += 1
  const path = join(scratch, `${files}.deb`)
  writeFileSync(path, bytes)
  return path
}

type Member = readonly [string, Buffer | string]

function ar(members: readonly Member[]): Buffer {
  const parts = members.flatMap(([name, content]) => {
    const bytes = Buffer.from(content)
    const header = `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(bytes.length).padEnd(10)}\`\n`
    return [Buffer.from(header), bytes, Buffer.from(bytes.length % 2 === 0 ? '' : '\n')]
  })
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts])
}

const version: Member = ['debian-binary', '2.0\n']
const control = 'Package: foo\nVersion: 1\nArchitecture: all\nMaintainer: a <a@b>\nDescription: x\n'
const controlTar: Member = [
  'control.tar',
  rawTar([
    { name: './', type: '5' },
    { name: './control', content: control },
  ]),
]
const dataTar: Member = [
  'data.tar',
  rawTar([
    { name: './', type: '5' },
    { name: './x', content: 'x' },
  ]),
]

function withControl(...entries: readonly RawEntry[]): string {
  return place(ar([version, ['control.tar.gz', gzipSync(rawTar(entries))], dataTar]))
}

function withData(...entries: readonly RawEntry[]): string {
  return place(ar([version, controlTar, ['data.tar.gz', gzipSync(rawTar(entries))]]))
}

/** Everything the reader offers. */
async function readWhole(path: string): Promise<void> {
  using deb = openDeb(path)
  await summarizeDeb(deb)
  await listDeb(deb)
  await verifyDebFiles(deb)
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'read'
  } catch (error) {
    if (isFactoryError(error)) return error.code
    throw error
  }
}

describe('what is no package', () => {
  it('is not refused for being made of the same parts', async () => {
    await readWhole(place(ar([version, controlTar, dataTar])))
    await readWhole(place(ar([version, ['_extra', 'x'], controlTar, ['_more', ''], dataTar, ['later', 'y']])))
    await readWhole(place(ar([['debian-binary/', '2.1\nmore\n'], controlTar, dataTar])))
  })

  const cases: readonly (readonly [string, Buffer, RegExp])[] = [
    ['an empty file', Buffer.alloc(0), /does not begin as one/],
    ['another kind of file', Buffer.from('#!/bin/sh\n'), /does not begin as one/],
    ['an archive of nothing', ar([]), /first member is not debian-binary/],
    ['another archive', ar([['x.o', 'x']]), /first member is not debian-binary/],
    ['an archive whose first member is huge', ar([['debian-binary', '2.0\n'.repeat(100)]]), /first member/],
    ['a package of a format to come', ar([['debian-binary', '3.0\n'], controlTar, dataTar]), /version "3.0"/],
    ['a package without control', ar([version]), /nothing where control\.tar/],
    ['a package without data', ar([version, controlTar]), /nothing where data\.tar/],
    ['data before control', ar([version, dataTar, controlTar]), /data\.tar where control\.tar/],
    ['a stranger in between', ar([version, ['x', ''], controlTar, dataTar]), /x where control/],
    ['an unknown compression', ar([version, ['control.tar.lz', ''], dataTar]), /unpack control\.tar\.lz/],
    [
      'too many members',
      ar([version, controlTar, dataTar, ...Array.from({ length: 70 }, (): Member => ['_x', ''])]),
      /more than 64/,
    ],
    ['a name with a slash', ar([version, ['../control.tar', ''], dataTar]), /has the name/],
    ['a member without a name', ar([version, ['', 'x'], controlTar, dataTar]), /has the name ""/],
  ]
  it.each(cases)('is refused: %s', (_title, bytes, reason) => {
    expect(() => openDeb(place(bytes))).toThrow(
      expect.objectContaining({ code: 'PACKAGE_INVALID', message: expect.stringMatching(reason) }),
    )
  })

  it.each([
    ['more than the file has', '9999999999', /ends within debian-binary/],
    ['less than nothing', '-1        ', /size of debian-binary/],
    ['in octal of another base', '0x4       ', /size of debian-binary/],
    ['nothing', '          ', /size of debian-binary/],
  ])('is refused for a size of %s', (_title, size, reason) => {
    const bytes = ar([version, controlTar, dataTar])
    bytes.write(size, 8 + 48, 10, 'latin1')
    expect(() => openDeb(place(bytes))).toThrow(reason)
  })

  it('is refused when it is a directory or missing', () => {
    expect(() => openDeb(scratch)).toThrow(expect.objectContaining({ code: 'PACKAGE_INVALID' }))
    expect(() => openDeb(join(scratch, 'missing'))).toThrow(expect.objectContaining({ code: 'FILE_ACCESS' }))
  })
})

describe('a control archive', () => {
  it.each([
    ['without a control file', [{ name: './x', content: 'x' }], 'PACKAGE_INVALID'],
    ['with a control file that is a link', [{ name: './control', type: '2', link: 'x' }], 'PACKAGE_INVALID'],
    ['with a link to the host', [{ name: './control', type: '2', link: '/etc/passwd' }], 'ARCHIVE_UNSAFE'],
    ['with two stanzas', [{ name: './control', content: `${control}\n${control}` }], 'PACKAGE_INVALID'],
    ['without a version', [{ name: './control', content: 'Package: foo\n' }], 'PACKAGE_INVALID'],
    ['with a relation that is none', [{ name: './control', content: `${control}Depends: a b\n` }], 'PACKAGE_INVALID'],
    ['with a path that climbs', [{ name: '../control', content: control }], 'ARCHIVE_UNSAFE'],
    [
      'with two control files',
      [
        { name: './control', content: control },
        { name: 'control', content: control },
      ],
      'ARCHIVE_UNSAFE',
    ],
    [
      'with a device',
      [
        { name: './control', content: control },
        { name: './d', type: '3' },
      ],
      'ARCHIVE_UNSAFE',
    ],
    ['with too many members', Array.from({ length: 1100 }, (_, index) => ({ name: `./${index}` })), 'ARCHIVE_UNSAFE'],
  ] as const)('is refused %s', async (_title, entries, code) => {
    using deb = openDeb(withControl(...entries))
    expect(await codeOf(summarizeDeb(deb))).toBe(code)
  })

  it('that unpacks to a gigabyte is refused before it is in memory', { timeout: 30_000 }, () => {
    const bomb = Buffer.concat(Array.from({ length: 64 }, () => gzipSync(Buffer.alloc(16 * 2 ** 20), { level: 9 })))
    const head = gzipSync(rawTar([{ name: './control', size: '10000000000', content: '' }], false))
    const path = place(ar([version, ['control.tar.gz', Buffer.concat([head, bomb])], dataTar]))
    const script = `
      import { openDeb } from '${join(import.meta.dirname, '../../../../../src/packaging/deb/format/read.ts')}'
      import { summarizeDeb } from '${join(import.meta.dirname, '../../../../../src/packaging/deb/format/summary.ts')}'
      try { await summarizeDeb(openDeb(process.argv[1])) } catch (error) { console.log(error.code, Math.round(process.resourceUsage().maxRSS / 1024)) }`
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script, path], {
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    const [code, mib] = stdout.trim().split(' ')
    expect(code).toBe('ARCHIVE_UNSAFE')
    expect(Number(mib)).toBeLessThan(200)
  })
})

describe('texts made to keep the reader busy', () => {
  const blanks = ' '.repeat(1_000_000)
  it.each([
    ['blanks in a relation', `${control}Depends: a${blanks}b\n`, 'PACKAGE_INVALID'],
    ['blanks between version and architecture', `${control}Depends: a (>= 1)${blanks}!\n`, 'PACKAGE_INVALID'],
    ['an open bracket', `${control}Depends: a [${'b '.repeat(500_000)}\n`, 'PACKAGE_INVALID'],
    ['angle brackets', `${control}Depends: a ${'<b> '.repeat(250_000)}!\n`, 'PACKAGE_INVALID'],
    ['blanks behind a field', `${control}X: a${blanks}\n`, 'read'],
    ['many fields', `${control}${Array.from({ length: 200_000 }, (_, index) => `X${index}: y\n`).join('')}`, 'read'],
    ['empty lines', `${control}${'\n'.repeat(3_000_000)}`, 'read'],
    ['more than any control file has', `${control}X: ${'y'.repeat(5_000_000)}\n`, 'PACKAGE_INVALID'],
  ] as const)('are dealt with at once: %s', async (_title, content, code) => {
    using deb = openDeb(withControl({ name: './control', content }))
    const begin = performance.now()
    expect(await codeOf(summarizeDeb(deb))).toBe(code)
    expect(performance.now() - begin).toBeLessThan(3000)
  })
})

describe('a data archive', () => {
  it.each([
    ['a path that climbs', [{ name: './../x', content: 'x' }], 'ARCHIVE_UNSAFE'],
    ['an absolute path', [{ name: '/etc/passwd', content: 'x' }], 'ARCHIVE_UNSAFE'],
    [
      'a file below a link',
      [
        { name: './l', type: '2', link: '/etc' },
        { name: './l/passwd', content: 'x' },
      ],
      'ARCHIVE_UNSAFE',
    ],
    ['a hard link to the host', [{ name: './l', type: '1', link: '/etc/passwd' }], 'ARCHIVE_UNSAFE'],
    ['a device', [{ name: './null', type: '3' }], 'ARCHIVE_UNSAFE'],
  ] as const)('is refused for %s, even when only listed', async (_title, entries, code) => {
    using deb = openDeb(withData(...entries))
    expect(await codeOf(listDeb(deb))).toBe(code)
  })

  it('may have links to anywhere when it is listed, and not when its files are wanted', async () => {
    using deb = openDeb(withData({ name: './l', type: '2', link: '/etc/alternatives/x' }))
    expect(await listDeb(deb)).toMatchObject([{ kind: 'symlink', path: 'l', target: '/etc/alternatives/x' }])
    expect(await codeOf(readData(deb, () => undefined))).toBe('ARCHIVE_UNSAFE')
  })

  it('is told file by file where it differs from the md5sums', async () => {
    const md5 = (text: string) => createHash('md5').update(text).digest('hex')
    const sums = `${md5('a')}  a\n${md5('b')}  ./b\n${md5('c')}  gone\n`
    const members: Member[] = [
      version,
      [
        'control.tar',
        rawTar([
          { name: './control', content: control },
          { name: './md5sums', content: sums },
        ]),
      ],
      [
        'data.tar',
        rawTar([
          { name: './a', content: 'a' },
          { name: './b', content: 'B' },
          { name: './new', content: 'n' },
        ]),
      ],
    ]
    using deb = openDeb(place(ar(members)))
    expect(await verifyDebFiles(deb)).toEqual([
      { path: '/a', state: 'ok' },
      { path: '/b', state: 'changed' },
      { path: '/new', state: 'unlisted' },
      { path: '/gone', state: 'missing' },
    ])
  })
})

describe('a package that was damaged', () => {
  const originals = new Map<string, Buffer>()
  beforeAll(async () => {
    const tree = absolutePath(join(scratch, 'tree'))
    mkdirSync(tree)
    writeSampleTree(tree)
    for (const compression of ['none', 'gzip', 'zstd'] as const) {
      const path = join(scratch, `${compression}.deb`)
      await writeDeb(sampleDescription(tree), path, { compression })
      originals.set(compression, readFileSync(path))
    }
  })

  const expected = ['PACKAGE_INVALID', 'ARCHIVE_UNREADABLE', 'ARCHIVE_UNSAFE']

  it.each([
    'none',
    'gzip',
    'zstd',
  ])('ends in an error with a code when it is cut off anywhere (%s)', async (compression) => {
    const original = originals.get(compression) ?? Buffer.alloc(0)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: original.length - 2 }), async (length) => {
        expect(expected).toContain(await codeOf(readWhole(place(original.subarray(0, length)))))
      }),
      { numRuns: 40 },
    )
  })

  it.each([
    'none',
    'gzip',
    'zstd',
  ])('ends in an error with a code, or is read, when bytes changed (%s)', async (compression) => {
    const original = originals.get(compression) ?? Buffer.alloc(0)
    const change = fc.tuple(
      fc.integer({ min: 0, max: Math.min(original.length, 40_000) - 1 }),
      fc.integer({ min: 1, max: 255 }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const bytes = Buffer.from(original)
        for (const [at, by] of changes) bytes[at] = (bytes[at] ?? 0) ^ by
        expect(['read', ...expected]).toContain(await codeOf(readWhole(place(bytes))))
      }),
      { numRuns: 60 },
    )
  })
})

const sums = {
  md5: 'd41d8cd98f00b204e9800998ecf8427e',
  sha1: 'da39a3ee5e6b4b0d3255bfef95601890afd80709',
  sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
}
const dsc = `Format: 1.0
Source: foo
Version: 1
Checksums-Sha1:
 ${sums.sha1} 0 foo_1.tar.gz
Checksums-Sha256:
 ${sums.sha256} 0 foo_1.tar.gz
Files:
 ${sums.md5} 0 foo_1.tar.gz
`

describe('a .dsc', () => {
  it('names files with every sum it has', async () => {
    const read = parseDsc(dsc, 'x')
    expect(read.files).toEqual([{ name: 'foo_1.tar.gz', bytes: 0, ...sums }])
    writeFileSync(join(scratch, 'foo_1.tar.gz'), '')
    const states = async () => (await checkListedFiles(read, join(scratch, 'x.dsc'))).map(({ state }) => state)
    expect(await states()).toEqual(['ok'])
    writeFileSync(join(scratch, 'foo_1.tar.gz'), 'x')
    expect(await states()).toEqual(['wrong size'])
    const wrong = { files: read.files.map((file) => ({ ...file, bytes: 1 })) }
    expect((await checkListedFiles(wrong, join(scratch, 'x.dsc'))).map(({ state }) => state)).toEqual([
      'wrong checksum',
    ])
    expect((await checkListedFiles(read, join(scratch, 'elsewhere/x.dsc'))).map(({ state }) => state)).toEqual([
      'missing',
    ])
  })

  it.each([
    ['a file elsewhere', dsc.replaceAll('foo_1.tar.gz', '../foo_1.tar.gz'), /not a checksum/],
    ['an absolute file', dsc.replaceAll('foo_1.tar.gz', '/etc/passwd'), /not a checksum/],
    ['a hidden file', dsc.replaceAll('foo_1.tar.gz', '.bashrc'), /not a checksum/],
    ['two sizes', dsc.replace(`${sums.sha1} 0`, `${sums.sha1} 1`), /two sizes of foo_1/],
    ['a sum of another length', dsc.replace(sums.sha1, sums.md5), /not a checksum/],
    ['a size that is none', dsc.replaceAll(' 0 ', ' 1e3 '), /not a checksum/],
    ['lists of different files', dsc.replace(`${sums.sha1} 0 foo`, `${sums.sha1} 0 bar`), /different files/],
    ['a list that leaves out one', `${dsc} ${sums.md5} 0 bar\n`, /leaves out/],
    ['a file twice', `${dsc} ${sums.md5} 0 foo_1.tar.gz\n`, /twice/],
    ['no files', dsc.replace('Files:', 'Filez:'), /no field Files/],
    ['no version', dsc.replace('Version: 1\n', ''), /no field Version/],
    ['a source that is a path', dsc.replace('Source: foo', 'Source: ../foo'), /its source is/],
    ['a format that is none', dsc.replace('1.0', 'x'), /its format/],
    ['another stanza', `${dsc}\nA: b\n`, /2 stanzas/],
  ])('is refused for %s', (_title, text, reason) => {
    expect(() => parseDsc(text, 'x.dsc')).toThrow(
      expect.objectContaining({ code: 'PACKAGE_INVALID', message: expect.stringMatching(reason) }),
    )
  })
})

describe('a .changes', () => {
  const changes = dsc
    .replace('Files:', 'Distribution: unstable\nChanges:\n foo\nFiles:')
    .replace(`${sums.md5} 0 foo`, `${sums.md5} 0 kernel optional foo`)

  it('tells section and priority of each file', () => {
    expect(parseChanges(changes, 'x').files).toEqual([
      { name: 'foo_1.tar.gz', bytes: 0, ...sums, section: 'kernel', priority: 'optional' },
    ])
    expect(() => parseChanges(dsc, 'x')).toThrow(/no field Changes/)
  })
})

describe('a clear signature', () => {
  const signed =
    '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n- -dash\nA: b\n-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n'

  it('is taken off its text', () => {
    expect(splitClearSigned(signed, 'x')).toEqual({ text: '-dash\nA: b\n', block: signed })
    expect(splitClearSigned('A: b\n', 'x')).toEqual({ text: 'A: b\n' })
  })

  it.each([
    ['text after it', `${signed}A: c\n`, /text follows/],
    ['no end', signed.replace('-----END', '-----'), /damaged/],
    ['no signature', signed.replace('-----BEGIN PGP SIGNATURE-----', ''), /damaged/],
    ['a header that could hide text', signed.replace('Hash: SHA256', 'Hash: SHA256\nA: c'), /damaged/],
  ])('is refused with %s', (_title, text, reason) => {
    expect(() => splitClearSigned(text, 'x')).toThrow(reason)
  })

  it('with text in front is not one: nothing of it is a field', () => {
    expect(() => parseDsc(`A: c\n\n${signed}`, 'x')).toThrow(expect.objectContaining({ code: 'PACKAGE_INVALID' }))
  })
})
