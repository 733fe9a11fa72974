import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type GnuTarMember, gnuTarChunks } from '../../../src/archive/gnu-tar-write.ts'
import { absolutePath } from '../../../src/domain.ts'

const scratch = mkdtempSync(join(tmpdir(), 'gnu-tar-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const mtime = 1_700_000_000
const owner = { user: 'root', group: 'root' }
const lacksGnuTar = !/GNU tar/.test(spawnSync('tar', ['--version'], { encoding: 'utf8' }).stdout ?? '')

async function archive(members: Iterable<GnuTarMember>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of gnuTarChunks(members)) parts.push(part)
  return Buffer.concat(parts)
}

function file(name: string, text: string): GnuTarMember {
  return { kind: 'file', name, mode: 0o644, mtime, owner, content: { text } }
}

describe.skipIf(lacksGnuTar)('an archive of ours beside that of GNU tar (needs GNU tar)', () => {
  const names = [99, 100, 101, 102, 255]
    .map((length) => 'n'.repeat(length))
    .concat(`${'ä'.repeat(50)}x`, 'ö'.repeat(51))
  /** One name per archive: which of them fit is what the test is about. */
  const cases = names.map((name) => [Buffer.byteLength(name), name] as const)

  function gnuTar(directory: string, ...options: readonly string[]): Buffer {
    const argv = ['--format=gnu', '--sort=name', `--mtime=@${mtime}`, ...options, '-cf', '-', '.']
    return execFileSync('tar', argv, { cwd: directory, maxBuffer: 2 ** 26 })
  }

  it.each(cases)('has the same bytes for a name and a target of %i bytes (%s)', async (_length, name) => {
    const directory = join(scratch, createHash('md5').update(name).digest('hex'))
    mkdirSync(directory, { mode: 0o755 })
    writeFileSync(join(directory, 'a'), 'text')
    symlinkSync(name, join(directory, 'b'))
    if (Buffer.byteLength(name) <= 255) {
      mkdirSync(join(directory, name.slice(0, -2)))
      writeFileSync(join(directory, name.slice(0, -2), 'c'), '')
    }
    const members: GnuTarMember[] = [
      { kind: 'directory', name: './', mode: 0o755, mtime },
      file('./a', 'text'),
      { kind: 'symlink', name: './b', mode: 0o777, mtime, target: name },
      { kind: 'directory', name: `./${name.slice(0, -2)}/`, mode: 0o755, mtime },
      file(`./${name.slice(0, -2)}/c`, ''),
    ]
    const rooted = members.map((member) => ({ ...member, owner }))
    expect((await archive(rooted)).equals(gnuTar(directory, '--owner=root:0', '--group=root:0'))).toBe(true)
    const numbered = members.map(({ owner: _owner, ...member }) => member)
    const theirs = gnuTar(directory, '--owner=0', '--group=0', '--numeric-owner')
    expect((await archive(numbered)).equals(theirs)).toBe(true)
  })

  it('has the same header for a file of more than 8 GiB', async () => {
    const directory = join(scratch, 'large')
    mkdirSync(directory)
    const from = absolutePath(join(directory, 'x'))
    const bytes = 2 ** 33 + 5
    writeFileSync(from, '')
    truncateSync(from, bytes)
    utimesSync(from, mtime, mtime)
    const member: GnuTarMember = { kind: 'file', name: './x', mode: 0o644, mtime, owner, content: { from, bytes } }
    const chunks = gnuTarChunks([member])
    const { value } = await chunks.next()
    await chunks.return(undefined)
    const script = `tar --format=gnu --owner=root:0 --group=root:0 -cf - ./x | head -c 512`
    expect(
      Buffer.from(value ?? '')
        .subarray(0, 512)
        .equals(execFileSync('sh', ['-c', script], { cwd: directory })),
    ).toBe(true)
  })
})

describe('an archive in GNU format', () => {
  it('tells the MD5 of each file once it has been read', async () => {
    const told: string[] = []
    const members = [file('./a', 'a'), file('./b', '')]
    for await (const _ of gnuTarChunks(members, { onMd5: ({ name }, md5) => told.push(`${md5} ${name}`) })) continue
    expect(told).toEqual(['0cc175b9c0f1b6a831c399e269772661 ./a', 'd41d8cd98f00b204e9800998ecf8427e ./b'])
  })

  it('fails when a file is missing or has another size than was told', async () => {
    const from = absolutePath(join(scratch, 'short'))
    writeFileSync(from, 'four')
    const member = (bytes: number): GnuTarMember => ({ ...file('./x', ''), kind: 'file', content: { from, bytes } })
    await expect(archive([member(5)])).rejects.toMatchObject({ code: 'FILE_ACCESS' })
    await expect(archive([member(3)])).rejects.toMatchObject({ code: 'FILE_ACCESS' })
    expect((await archive([member(4)])).length).toBe(10_240)
    rmSync(from)
    await expect(archive([member(4)])).rejects.toMatchObject({ code: 'FILE_ACCESS' })
  })
})
