import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { byContent, byFileName, type Compression, compress, decompress } from '../../../src/archive/compression.ts'

const all: readonly Compression[] = ['none', 'gzip', 'bzip2', 'xz', 'zstd']
const programs: Readonly<Record<string, string>> = { gzip: 'gzip', bzip2: 'bzip2', xz: 'xz', zstd: 'zstd' }

async function* chunked(bytes: Buffer, size = 10_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts)
}

const sample = Buffer.from('kernel modules, packed; '.repeat(40_000))

describe('the name of an archive', () => {
  it.each([
    ['foo-1.0.dkms.tar.gz', 'gzip'],
    ['foo.tgz', 'gzip'],
    ['foo.tar.bz2', 'bzip2'],
    ['foo.tbz2', 'bzip2'],
    ['foo.tar.xz', 'xz'],
    ['foo.txz', 'xz'],
    ['foo.tar.zst', 'zstd'],
    ['foo.tar', 'none'],
    ['foo.gz.tar', 'none'],
  ])('%s asks for %s', (name, compression) => {
    expect(byFileName(name)).toBe(compression)
  })

  it.each([
    'foo',
    'foo.zip',
    'foo.tar.lz',
    'foo.',
    '.gz',
    'foo.GZ',
  ])('%s is refused with the suffixes that are known', (name) => {
    expect(() => byFileName(name)).toThrowError(
      expect.objectContaining({ code: 'USAGE', hint: expect.stringMatching(/\.tar\.zst/) }),
    )
  })
})

describe.each(all)('%s', (compression) => {
  it('gives back what it was given', async () => {
    const packed = await collect(compress(compression, chunked(sample)))
    expect(byContent(packed)).toBe(compression)
    expect((await collect(decompress(compression, chunked(packed, 777), 'x'))).equals(sample)).toBe(true)
  })

  it('gives the same bytes for the same chunks', async () => {
    const once = await collect(compress(compression, chunked(sample)))
    expect((await collect(compress(compression, chunked(sample)))).equals(once)).toBe(true)
  })

  it('hands on the error of its input', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield sample
      throw new Error('the disk is gone')
    }
    await expect(collect(compress(compression, failing()))).rejects.toThrow('the disk is gone')
  })

  if (compression === 'none') return

  it('is read by its program, and reads what its program writes', async () => {
    const program = programs[compression] ?? ''
    const packed = await collect(compress(compression, chunked(sample)))
    const theirs = spawnSync(program, ['-dc'], { input: packed, maxBuffer: 1e8 })
    expect(theirs.stdout.equals(sample)).toBe(true)
    const made = spawnSync(program, ['-c'], { input: sample, maxBuffer: 1e8 }).stdout
    expect((await collect(decompress(compression, chunked(made), 'x'))).equals(sample)).toBe(true)
  })

  it('calls damaged data unreadable', async () => {
    const packed = await collect(compress(compression, chunked(sample)))
    packed.fill(0x55, 8, 60)
    await expect(collect(decompress(compression, chunked(packed), 'bad.tar'))).rejects.toMatchObject({
      code: 'ARCHIVE_UNREADABLE',
      message: expect.stringContaining('bad.tar'),
    })
  })
})

describe('gzip', () => {
  it('names no file and no time in its header', async () => {
    const packed = await collect(compress('gzip', chunked(sample)))
    expect([...packed.subarray(3, 8)]).toEqual([0, 0, 0, 0, 0])
  })

  it('reads several members one after another, as gzip does', async () => {
    const packed = await collect(compress('gzip', chunked(sample)))
    const twice = await collect(decompress('gzip', chunked(Buffer.concat([packed, packed])), 'x'))
    expect(twice.length).toBe(2 * sample.length)
  })
})

describe('a compressor that is not installed', () => {
  const path = process.env['PATH']
  const empty = mkdtempSync(join(tmpdir(), 'no-programs-'))
  afterEach(() => {
    process.env['PATH'] = path
    rmSync(empty, { recursive: true, force: true })
  })

  it.each(['bzip2', 'xz'] as const)('%s is named with the package that brings it', async (compression) => {
    process.env['PATH'] = empty
    await expect(collect(compress(compression, chunked(sample)))).rejects.toMatchObject({
      code: 'TOOL_MISSING',
      hint: expect.stringContaining('apt-get install'),
    })
    await expect(collect(decompress(compression, chunked(sample), 'x'))).rejects.toMatchObject({ code: 'TOOL_MISSING' })
  })
})
