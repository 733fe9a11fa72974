import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ImageEntry, ImageMedium } from '../../../../src/archive/image/model.ts'
import { openImage } from '../../../../src/archive/image/read.ts'
import { writeImage } from '../../../../src/archive/image/write.ts'
import { type AbsolutePath, absolutePath, below } from '../../../../src/domain.ts'
import { isFactoryError } from '../../../../src/errors.ts'

let root: AbsolutePath
beforeAll(() => {
  root = absolutePath(mkdtempSync(join(tmpdir(), 'hostile-image-')))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const entries: readonly ImageEntry[] = [
  { kind: 'file', path: 'dir/name-of-a-file', executable: false, content: { text: 'content' } },
  { kind: 'file', path: 'dir/sub/other-long-name.txt', executable: true, content: { data: Buffer.alloc(20_000, 7) } },
]

async function image(medium: ImageMedium, name: string): Promise<AbsolutePath> {
  const destination = below(root, name)
  await writeImage({ medium, entries, label: 'OEMDRV', time: 1_600_000_000, destination, tmp: root, size: 'auto' })
  return destination
}

/** The bytes of the image with every appearance of one text replaced by another of its length. */
function patched(path: AbsolutePath, from: string, to: string, encoding: 'latin1' | 'utf16le'): void {
  const bytes = readFileSync(path)
  const search = Buffer.from(from, encoding)
  let count = 0
  for (let at = bytes.indexOf(search); at >= 0; at = bytes.indexOf(search, at + 1)) {
    bytes.write(to, at, encoding)
    count += 1
  }
  expect(count).toBeGreaterThan(0)
  writeFileSync(path, bytes)
}

describe('an image whose names lead elsewhere', () => {
  it.each([
    // A long name in FAT lies in pieces: the part before the thirteenth character is in one.
    ['fat', 'other', '../..', 'utf16le'],
    ['ext2', 'name-of-a-file', '../../../file1', 'latin1'],
    ['ext2', 'name-of-a-file', 'name\nof\ta-file', 'latin1'],
  ] as const)('is refused: %s with %s called %j', async (medium, from, to, encoding) => {
    const path = await image(medium, 'names.img')
    patched(path, from, to, encoding)
    const before = readdirSync(root)
    await expect(openImage(path, root)).rejects.toMatchObject({ code: 'ARCHIVE_UNSAFE' })
    expect(readdirSync(root)).toEqual(before)
  })
})

describe('an ISO image whose compressed files would fill the disk', () => {
  it('is refused before anything is unpacked', async () => {
    const tree = mkdtempSync(join(root, 'packed-'))
    for (const name of 'abcde') writeFileSync(join(tree, name), `${name}${'a'.repeat(200_000)}`)
    const path = below(root, 'packed.iso')
    const compressed = ['-set_filter_r', '--zisofs', '/', '--', '-commit']
    execFileSync('xorriso', ['-outdev', path, '-map', tree, '/', ...compressed], { stdio: 'ignore' })
    expect((await openImage(path, root)).nodes.get('a')).toMatchObject({ bytes: 200_001 })
    const bytes = readFileSync(path)
    let count = 0
    for (let at = bytes.indexOf('ZF\x10\x01pz'); at >= 0; at = bytes.indexOf('ZF\x10\x01pz', at + 1)) {
      // Both byte orders, as all numbers of the format.
      bytes.writeUInt32LE(4_000_000_000, at + 8)
      bytes.writeUInt32BE(4_000_000_000, at + 12)
      count += 1
    }
    expect(count).toBe(5)
    writeFileSync(path, bytes)
    await expect(openImage(path, root)).rejects.toMatchObject({ code: 'ARCHIVE_UNSAFE' })
  })
})

describe('a damaged file system', () => {
  it.each([
    'fat',
    'ext2',
  ] as const)('of the kind %s ends in an answer or a clear error, whatever the damage', async (medium) => {
    const path = await image(medium, `fuzz.${medium}`)
    const good = readFileSync(path)
    const target = below(root, `fuzzed.${medium}`)
    const used = Math.min(good.length, 60_000)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(used - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        async (changes) => {
          const bytes = Buffer.from(good)
          for (const [at, value] of changes) bytes[at] = value
          writeFileSync(target, bytes)
          try {
            using opened = await openImage(target, root)
            for (const node of opened.nodes.values())
              if (node.kind === 'file') expect(node.copy.startsWith(root)).toBe(true)
          } catch (error) {
            if (!isFactoryError(error, 'ARCHIVE_UNREADABLE', 'ARCHIVE_UNSAFE')) throw error
          }
        },
      ),
      { numRuns: 150 },
    )
  })

  it.each(['fat', 'ext2'] as const)('of the kind %s that was cut off gives what is left', async (medium) => {
    const path = await image(medium, `cut.${medium}`)
    const size = readFileSync(path).length
    truncateSync(path, Math.floor(size / 3))
    using opened = await openImage(path, root)
    expect(opened.container.missingBytes).toBe(size - Math.floor(size / 3))
  })
})

describe('file systems of other makers', () => {
  const large = randomBytes(3_000_000)
  it.each([
    ['ext4', ['mke2fs', '-q', '-F', '-t', 'ext4', '-b', '4096']],
    ['ext3', ['mke2fs', '-q', '-F', '-t', 'ext3', '-b', '1024']],
    ['ext2 of revision 0', ['mke2fs', '-q', '-F', '-t', 'ext2', '-r', '0', '-b', '2048']],
  ])('%s are read', async (_, [program = '', ...args]) => {
    const tree = mkdtempSync(join(root, 'tree-'))
    mkdirSync(join(tree, 'a'))
    for (let index = 0; index < 150; index += 1) writeFileSync(join(tree, 'a', `file-${index}`), `${index}`)
    writeFileSync(join(tree, 'large'), large)
    execFileSync('ln', ['-s', 'large', join(tree, 'short')])
    execFileSync('ln', ['-s', `${'x'.repeat(80)}/large`, join(tree, 'long')])
    const path = below(root, 'other.img')
    rmSync(path, { force: true })
    execFileSync(program, [...args, '-d', tree, path, '12M'], {
      stdio: 'ignore',
      env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
    })
    using opened = await openImage(path, root)
    const file = opened.nodes.get('large')
    expect(file?.kind === 'file' && readFileSync(file.copy).equals(large)).toBe(true)
    expect(opened.nodes.get('short')).toEqual({ kind: 'symlink', target: 'large' })
    expect(opened.nodes.get('long')).toEqual({ kind: 'symlink', target: `${'x'.repeat(80)}/large` })
    expect([...opened.nodes.keys()].filter((name) => name.startsWith('a/'))).toHaveLength(150)
  })

  it.each([
    [12, 2880, 2],
    [16, 20_000, 1],
    [32, 70_000, 1],
  ])('FAT%i is read, with many and odd names', async (bits, kib, sectors) => {
    const path = below(root, `fat${bits}.img`)
    rmSync(path, { force: true })
    const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin`, MTOOLS_SKIP_CHECK: '1' }
    execFileSync('mkfs.vfat', ['-C', '-F', String(bits), '-s', String(sectors), '-n', 'OEMDRV', path, String(kib)], {
      env,
      stdio: 'ignore',
    })
    const tree = mkdtempSync(join(root, 'tree-'))
    const names = [
      'lower.txt',
      'UPPER.TXT',
      'Mixed.Txt',
      'noext',
      'exactly13char',
      'Grüße und mehr.ko',
      'a.b.c',
      `${'long'.repeat(40)}.rpm`,
    ]
    for (const name of names) writeFileSync(join(tree, name), name)
    for (let index = 0; index < 100; index += 1) writeFileSync(join(tree, `file number ${index}`), '')
    writeFileSync(join(tree, 'large'), large.subarray(0, 2_000_001))
    execFileSync('mcopy', ['-s', '-i', path, tree, '::/sub'], { env: { ...env, LC_ALL: 'C.UTF-8' } })
    using opened = await openImage(path, root)
    expect(
      [...opened.nodes.keys()]
        .map((name) => name.slice(4))
        .filter((name) => names.includes(name))
        .sort(),
    ).toEqual([...names].sort())
    const file = opened.nodes.get('sub/large')
    expect(file?.kind === 'file' && readFileSync(file.copy).equals(large.subarray(0, 2_000_001))).toBe(true)
    expect(opened.nodes.size).toBe(names.length + 102)
  })
})
