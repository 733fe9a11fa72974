import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openImage } from '../../../../src/archive/image/read.ts'
import { type AbsolutePath, absolutePath, below } from '../../../../src/domain.ts'
import { isFactoryError } from '../../../../src/errors.ts'
import { asNobody, because, nobodyImpossible } from '../../../support/as-nobody.ts'
import { lacks } from '../../packaging/rpm/format/rpm-tools.ts'

let root: AbsolutePath
let tree: string
beforeAll(() => {
  root = absolutePath(mkdtempSync(join(tmpdir(), 'squashfs-')))
  chmodSync(root, 0o777)
  tree = join(root, 'tree')
  mkdirSync(join(tree, 'rpms/x86_64'), { recursive: true })
  writeFileSync(join(tree, 'rhdd3'), 'a disk\n')
  writeFileSync(join(tree, 'rpms/x86_64/large.rpm'), Buffer.alloc(300_000, 'module'))
  writeFileSync(join(tree, 'update.post'), '#!/bin/sh\n', { mode: 0o755 })
  symlinkSync('/etc/passwd', join(tree, 'outside'))
  symlinkSync('../rhdd3', join(tree, 'rpms/inside'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

function squash(name: string, ...options: readonly string[]): AbsolutePath {
  const path = below(root, name)
  execFileSync('mksquashfs', [tree, path, '-noappend', '-quiet', '-no-progress', ...options], { stdio: 'ignore' })
  return path
}

const isRoot = process.geteuid?.() === 0
const noUser = nobodyImpossible()

describe.skipIf(lacks('mksquashfs', 'unsquashfs'))('a squashfs image (needs squashfs-tools)', () => {
  it.each([
    'gzip',
    'xz',
    'zstd',
    'lzo',
  ])('compressed with %s is opened, links told and never followed', async (compressor) => {
    using image = await openImage(squash(`${compressor}.img`, '-comp', compressor), root)
    expect(image.container).toEqual({ kind: 'squashfs', compression: 'none' })
    expect([...image.nodes.keys()]).toEqual([
      'outside',
      'rhdd3',
      'rpms',
      'rpms/inside',
      'rpms/x86_64',
      'rpms/x86_64/large.rpm',
      'update.post',
    ])
    expect(image.nodes.get('outside')).toEqual({ kind: 'symlink', target: '/etc/passwd' })
    expect(image.nodes.get('update.post')).toMatchObject({ executable: true })
    const large = image.nodes.get('rpms/x86_64/large.rpm')
    if (large?.kind !== 'file') throw new Error('no file')
    expect(readFileSync(large.copy)).toEqual(readFileSync(join(tree, 'rpms/x86_64/large.rpm')))
  })

  it('that was cut off is told by how much', async () => {
    const path = squash('cut.img')
    const used = Number(readFileSync(path).readBigUInt64LE(40))
    truncateSync(path, used - 50)
    using image = await openImage(path, root)
    expect(image.container).toEqual({ kind: 'squashfs', compression: 'none', missingBytes: 50 })
  })

  it.skipIf(isRoot && noUser !== undefined)(
    `whose files nobody may read is read by an ordinary user${because(noUser)}, who can delete the copies again`,
    async () => {
      const path = squash('modes.img', '-p', 'closed d 000 0 0', '-p', 'closed/file f 000 0 0 echo text')
      const before = readdirSync(root)
      const found = await asNobody(async () => {
        using image = await openImage(path, root)
        const node = image.nodes.get('closed/file')
        return node?.kind === 'file' ? readFileSync(node.copy, 'utf8') : undefined
      })
      expect(found).toBe('text\n')
      expect(readdirSync(root)).toEqual(before)
    },
  )

  it('that would fill the disk is refused before anything is unpacked', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'].map((name) => join(tree, name))
    for (const name of names) writeFileSync(name, Buffer.alloc(1_234_567))
    const path = squash('bomb.img', '-noI')
    for (const name of names) rmSync(name)
    const bytes = readFileSync(path)
    const size = Buffer.alloc(4)
    size.writeUInt32LE(1_234_567)
    let inodes = 0
    for (let at = bytes.indexOf(size); at >= 0; at = bytes.indexOf(size, at + 1)) {
      bytes.writeUInt32LE(4_000_000_000, at)
      inodes += 1
    }
    expect(inodes).toBe(5)
    writeFileSync(path, bytes)
    await expect(openImage(path, root)).rejects.toMatchObject({ code: 'ARCHIVE_UNSAFE' })
  })

  it('that is damaged ends in an answer or a clear error', async () => {
    const good = readFileSync(squash('good.img'))
    const target = below(root, 'fuzzed.img')
    const used = Number(good.readBigUInt64LE(40))
    const damage = fc.array(fc.tuple(fc.nat(used - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
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
      }),
      { numRuns: 25 },
    )
  })
})
