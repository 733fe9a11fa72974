import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Header } from 'tar/header'
import { afterAll, describe, expect, it } from 'vitest'
import type { TarEntry } from '../../../src/archive/tar-entry.ts'
import { tarChunks, writeTar } from '../../../src/archive/tar-write.ts'
import { absolutePath } from '../../../src/domain.ts'

const scratch = absolutePath(mkdtempSync(join(tmpdir(), 'tar-write-')))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const mtime = 1_700_000_000

function text(path: string, content: string, more: { executable?: boolean; mtime?: number } = {}): TarEntry {
  return { kind: 'file', path, executable: more.executable ?? false, ...more, content: { text: content } }
}

let archives = 0
async function archive(entries: readonly TarEntry[]): Promise<string> {
  archives += 1
  const path = join(scratch, `${archives}.tar`)
  await writeTar(entries, path, { compression: 'none', mtime })
  return path
}

function gnuTar(...argv: readonly string[]): string {
  return execFileSync('tar', argv, { encoding: 'utf8', env: { ...process.env, TZ: 'UTC', LC_ALL: 'C.UTF-8' } })
}

const longName = `./${'directory/'.repeat(30)}${'n'.repeat(120)}.c`

describe('an archive we write', () => {
  it('is listed by GNU tar with root as owner, plain modes and clamped times', async () => {
    const path = await archive([
      { kind: 'directory', path: './d' },
      text('./d/new', 'x', { mtime: mtime + 999 }),
      text('./d/old', 'xyz', { executable: true, mtime: 1000 }),
      { kind: 'symlink', path: './d/link', target: 'old' },
    ])
    expect(gnuTar('--list', '--verbose', '--file', path).trim().split('\n')).toEqual([
      'drwxr-xr-x root/root         0 2023-11-14 22:13 ./d/',
      '-rw-r--r-- root/root         1 2023-11-14 22:13 ./d/new',
      '-rwxr-xr-x root/root         3 1970-01-01 00:16 ./d/old',
      'lrwxrwxrwx root/root         0 2023-11-14 22:13 ./d/link -> old',
    ])
  })

  it('keeps long names, long targets and names that are not ASCII', async () => {
    const target = `${'t'.repeat(150)}/ziel-ü`
    const names = [longName, './modül-ядро.c', `./${'ü'.repeat(90)}`]
    const path = await archive([...names.map((name) => text(name, name)), { kind: 'symlink', path: './l', target }])
    const listed = gnuTar('--list', '--quoting-style=literal', '--file', path)
    expect(listed.trim().split('\n')).toEqual([...names, './l'])
    expect(gnuTar('--list', '--verbose', '--quoting-style=literal', '--file', path)).toContain(`./l -> ${target}`)
    expect(gnuTar('--extract', '--to-stdout', '--file', path, './modül-ядро.c')).toBe('./modül-ядро.c')
  })

  it('tells the size of a file beyond 8 GiB in both ways a reader may look', async () => {
    const huge = join(scratch, 'huge')
    const bytes = 9 * 2 ** 30
    writeFileSync(huge, '')
    truncateSync(huge, bytes)
    const content = { from: absolutePath(huge), bytes }
    const chunks = tarChunks([{ kind: 'file', path: './huge', executable: false, content }], { mtime })
    const { value } = await chunks.next()
    await chunks.return(undefined)
    const start = Buffer.from(value ?? [])
    expect(start.toString('utf8', 512, 1024)).toContain(` size=${bytes}\n`)
    expect(new Header(start, 1024).size).toBe(bytes)
    expect(new Header(start, 0).mtime).toEqual(new Date(mtime * 1000))
  })

  it('has the same bytes whatever the umask, the owner of the terminal or the time zone', async () => {
    const entries = [text('./a', 'a'), text(longName, 'b')]
    const first = readFileSync(await archive(entries))
    const mask = process.umask(0o077)
    const zone = process.env['TZ']
    process.env['TZ'] = 'Pacific/Kiritimati'
    try {
      expect(readFileSync(await archive(entries)).equals(first)).toBe(true)
    } finally {
      process.umask(mask)
      if (zone === undefined) delete process.env['TZ']
      else process.env['TZ'] = zone
    }
  })

  it('ends with whole records of 10 KiB, as GNU tar writes them', async () => {
    expect(readFileSync(await archive([text('./a', 'a')])).length % 10_240).toBe(0)
  })

  it('leaves the older file in place and nothing beside it when a source cannot be read', async () => {
    const dir = join(scratch, 'failing')
    mkdirSync(dir)
    const path = join(dir, 'a.tar.gz')
    writeFileSync(path, 'old')
    const missing = { from: absolutePath(join(scratch, 'missing')), bytes: 3 }
    const entries: TarEntry[] = [{ kind: 'file', path: './x', executable: false, content: missing }]
    await expect(writeTar(entries, path, { compression: 'gzip', mtime })).rejects.toMatchObject({ code: 'FILE_ACCESS' })
    expect(readFileSync(path, 'utf8')).toBe('old')
    expect(readdirSync(dir)).toEqual(['a.tar.gz'])
  })

  it.each([
    ['grew', 3],
    ['shrank', 5],
  ])('is not made from a file that %s meanwhile', async (_, told) => {
    const source = absolutePath(join(scratch, 'four'))
    writeFileSync(source, 'four')
    chmodSync(source, 0o600)
    const content = { from: source, bytes: told }
    await expect(archive([{ kind: 'file', path: './x', executable: false, content }])).rejects.toThrow(
      /changed its size/,
    )
  })
})
