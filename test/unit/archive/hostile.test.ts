import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { extractTar } from '../../../src/archive/extract.ts'
import type { TarLimits } from '../../../src/archive/tar-read.ts'
import { absolutePath } from '../../../src/domain.ts'
import { paxHeader, type RawEntry, rawMember, rawTar } from './raw-tar.ts'

const scratch = absolutePath(mkdtempSync(join(tmpdir(), 'hostile-')))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

let archives = 0
async function extract(bytes: Buffer, limits?: Partial<TarLimits>): Promise<string> {
  archives += 1
  const home = join(scratch, String(archives))
  const archive = `${home}.tar`
  writeFileSync(archive, bytes)
  const target = absolutePath(`${home}.d`)
  await extractTar(archive, target, limits === undefined ? {} : { limits })
  return target
}

const file: RawEntry = { name: 'a', content: 'hello' }
const directory: RawEntry = { name: 'd/', type: '5' }

describe('members that are refused', () => {
  const cases: readonly (readonly [string, readonly RawEntry[], RegExp])[] = [
    ['an absolute path', [{ ...file, name: '/etc/passwd' }], /absolute/],
    ['an absolute path by its prefix field', [{ ...file, prefix: '/etc' }], /absolute/],
    ['a path that climbs', [{ ...file, name: '../a' }], /climbs/],
    ['a path that climbs in its middle', [directory, { ...file, name: 'd/../../a' }], /climbs/],
    ['a path that climbs by its pax record', [paxHeader({ path: '../../a' }), file], /climbs/],
    ['a path that climbs by its GNU long name', [{ name: 'L', type: 'L', content: '../../a\0' }, file], /climbs/],
    ['a link to an absolute path', [{ name: 'l', type: '2', link: '/etc/passwd' }], /absolute path \/etc\/passwd/],
    ['a link that leaves', [{ name: 'd/l', type: '2', link: '../../x' }], /leaves/],
    [
      'a link that leaves by its pax record',
      [paxHeader({ linkpath: '../x' }), { name: 'l', type: '2', link: 'a' }],
      /leaves/,
    ],
    ['a link that climbs back on its way', [{ name: 'd/l', type: '2', link: 'x/../../../y' }], /climbs back/],
    [
      'a link to nothing by its pax record',
      [paxHeader({ linkpath: '' }), { name: 'l', type: '2', link: 'a' }],
      /nothing/,
    ],
    ['a hard link to an absolute path', [{ name: 'l', type: '1', link: '/etc/passwd' }], /absolute/],
    ['a hard link that climbs', [{ name: 'l', type: '1', link: '../x' }], /climbs/],
    [
      'a hard link to a file that is not in the archive',
      [{ name: 'l', type: '1', link: 'x' }],
      /no file that came before/,
    ],
    [
      'a hard link through a symbolic link',
      [directory, { name: 'l', type: '2', link: 'd' }, { name: 'h', type: '1', link: 'l/x' }],
      /no file/,
    ],
    ['a character device', [{ name: 'n', type: '3' }], /character device/],
    ['a block device', [{ name: 'n', type: '4' }], /block device/],
    ['a FIFO', [{ name: 'n', type: '6' }], /FIFO/],
    ['a sparse file of GNU tar', [{ name: 's', type: 'S' }], /sparse/],
    [
      'a sparse file described in pax records',
      [paxHeader({ 'GNU.sparse.major': '1', 'GNU.sparse.name': 'x' }), file],
      /sparse/,
    ],
    ['a kind nobody knows', [{ name: 'n', type: 'Z' }], /kind/],
    ['the same file twice', [file, file], /twice/],
    ['a link in place of a file', [file, { name: 'a', type: '2', link: 'b' }], /twice/],
    ['a file in place of a link, to write through it', [{ name: 'a', type: '2', link: 'b' }, file], /twice/],
    ['a link in place of a directory', [directory, { name: 'd', type: '2', link: 'e' }], /twice/],
    [
      'a link in place of a directory that was only implied',
      [
        { ...file, name: 'd/a' },
        { name: 'd', type: '2', link: 'e' },
      ],
      /twice/,
    ],
    [
      'a file below a link',
      [directory, { name: 'l', type: '2', link: 'd' }, { ...file, name: 'l/a' }],
      /not a directory/,
    ],
    ['a file below a file', [file, { ...file, name: 'a/b' }], /not a directory/],
    ['the same file by another spelling', [file, { ...file, name: './/a' }], /twice/],
    ['a line end in a name', [{ ...file, name: 'a\nb' }], /control character/],
    ['an escape sequence in a name', [{ ...file, name: 'a\u001b[2J' }], /control character/],
    ['a line end in a link', [{ name: 'l', type: '2', link: 'a\nb' }], /control character/],
    ['a line end in a pax name', [paxHeader({ path: 'a\nb' }), file], /control character/],
    ['a NUL in a pax name', [paxHeader({ path: 'a\0b' }), file], /control character/],
    ['a NUL in a GNU long name', [{ name: 'L', type: 'L', content: 'a\0b\0' }, file], /control character/],
    ['a malformed pax record', [{ name: 'P', type: 'x', content: '99 path=b\n' }, file], /malformed/],
    ['a name that is longer than a file system allows', [paxHeader({ path: 'n'.repeat(256) }), file], /longer/],
    ['a file in place of the whole archive', [{ ...file, name: './', type: '1', link: 'a' }], /no file|whole/],
  ]
  it.each(cases)('%s', async (_, entries, reason) => {
    const outcome = extract(rawTar(entries))
    await expect(outcome).rejects.toMatchObject({ code: 'ARCHIVE_UNSAFE', message: expect.stringMatching(reason) })
  })

  it('a name that is not UTF-8', async () => {
    const member = rawMember({ ...file, name: 'aXb' })
    member[1] = 0xe4
    member.write(
      `${(Number.parseInt(member.toString('latin1', 148, 154), 8) + 0xe4 - 0x58).toString(8).padStart(6, '0')}\0 `,
      148,
    )
    await expect(extract(Buffer.concat([member, Buffer.alloc(1024)]))).rejects.toThrow(/not UTF-8/)
  })
})

describe('limits', () => {
  it('stop a file that claims more bytes than allowed before they come', async () => {
    const lying = rawTar([{ ...file, size: '77777777777' }], false)
    await expect(extract(lying, { totalBytes: 1000 })).rejects.toMatchObject({ code: 'ARCHIVE_UNSAFE' })
  })

  it('stop an archive that unpacks to far more than its size', async () => {
    const bomb = gzipSync(rawTar([{ name: 'zeros', content: Buffer.alloc(8_000_000) }]))
    await expect(extract(bomb, { ratio: 100, ratioFloor: 1_000_000 })).rejects.toThrow(/100 times its size/)
    expect(statSync(await extract(bomb)).isDirectory()).toBe(true)
  })

  it('stop an archive with too many members', async () => {
    const many = rawTar(Array.from({ length: 11 }, (_, index) => ({ name: `f${index}` })))
    await expect(extract(many, { members: 10 })).rejects.toThrow(/more than 10 members/)
  })

  it('count hard links, which are unpacked as copies', async () => {
    const links = rawTar([
      { name: 'a', content: 'x'.repeat(600) },
      { name: 'b', type: '1', link: 'a' },
    ])
    await expect(extract(links, { totalBytes: 1000 })).rejects.toMatchObject({ code: 'ARCHIVE_UNSAFE' })
  })

  it('stop what follows the end of the archive', async () => {
    const padded = gzipSync(Buffer.concat([rawTar([file]), Buffer.alloc(3_000_000)]))
    await expect(extract(padded, { totalBytes: 1_000_000 })).rejects.toThrow(/more than 1000000 bytes/)
  })
})

describe('archives that cannot be read', () => {
  const whole = rawTar([file, { name: 'b', content: Buffer.alloc(3000, 7) }, directory])

  it('cut off anywhere before their end', async () => {
    for (let length = 0; length < whole.length - 512; length += 97) {
      await expect(extract(whole.subarray(0, length)), `at ${length}`).rejects.toMatchObject({
        code: 'ARCHIVE_UNREADABLE',
      })
    }
  })

  it('cut off anywhere when compressed', async () => {
    const packed = gzipSync(whole)
    for (let length = 0; length < packed.length; length += 1) {
      await expect(extract(packed.subarray(0, length)), `at ${length}`).rejects.toMatchObject({
        code: 'ARCHIVE_UNREADABLE',
      })
    }
  })

  it('with one bit of a header turned', async () => {
    for (let at = 0; at < 512; at += 13) {
      const broken = Buffer.from(whole)
      broken[at] = (broken[at] ?? 0) ^ 0x10
      await expect(extract(broken), `at ${at}`).rejects.toMatchObject({ code: expect.stringMatching(/^ARCHIVE_/) })
    }
  })

  it.each([
    ['nothing at all', Buffer.alloc(0)],
    ['text', Buffer.from('#!/bin/sh\necho not an archive\n'.repeat(100))],
    ['only zeros that are not even a block', Buffer.alloc(100)],
    ['a compressed archive compressed again', gzipSync(gzipSync(whole))],
    ['an extended header of more than a mebibyte', rawTar([paxHeader({ comment: 'x'.repeat(1_100_000) }), file])],
  ])('%s', async (_, bytes) => {
    await expect(extract(bytes)).rejects.toMatchObject({ code: 'ARCHIVE_UNREADABLE' })
  })

  it('because they are no files, without waiting for who writes to a pipe', async () => {
    const pipe = join(scratch, 'pipe.tar')
    execFileSync('mkfifo', [pipe])
    for (const [index, path] of [pipe, '/dev/zero', scratch].entries()) {
      await expect(extractTar(path, absolutePath(join(scratch, `no-file-${index}.d`)))).rejects.toMatchObject({
        code: 'ARCHIVE_UNREADABLE',
        message: expect.stringContaining('is not a regular file') as string,
      })
    }
  })

  it('because they do not exist', async () => {
    await expect(extractTar(join(scratch, 'none.tar'), absolutePath(join(scratch, 'none.d')))).rejects.toMatchObject({
      code: 'ARCHIVE_MISSING',
    })
  })
})

describe('what is taken and made harmless', () => {
  it('setuid bits, write permission for all and foreign owners are dropped', async () => {
    const target = await extract(
      rawTar([
        { ...file, mode: 0o6777 },
        { ...file, name: 'b', mode: 0o000 },
      ]),
    )
    expect(statSync(join(target, 'a')).mode & 0o7777).toBe(0o755)
    expect(statSync(join(target, 'b')).mode & 0o7777).toBe(0o644)
    expect(statSync(join(target, 'a')).uid).toBe(process.geteuid?.())
  })

  it('times that no file system can hold are left out', async () => {
    const target = await extract(rawTar([paxHeader({ mtime: '99999999999999' }), file]))
    expect(Math.abs(statSync(join(target, 'a')).mtimeMs - Date.now())).toBeLessThan(60_000)
  })

  it('links that stay inside, also by climbing', async () => {
    const target = await extract(
      rawTar([
        { ...file, name: 'd/e/a' },
        { name: 'd/f/l', type: '2', link: '../e/a' },
      ]),
    )
    expect(readdirSync(join(target, 'd/f'))).toEqual(['l'])
  })

  it('a hard link becomes a file of its own', async () => {
    const target = await extract(rawTar([file, { name: 'b', type: '1', link: './a' }]))
    expect(statSync(join(target, 'b')).nlink).toBe(1)
    expect(statSync(join(target, 'b')).size).toBe(5)
  })
})
