import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { below } from '../../../src/domain.ts'
import { compressModule } from '../../../src/kernel/compress.ts'
import { decompressModule, moduleSuffix, suffixOf } from '../../../src/kernel/compression.ts'
import { findOnPath } from '../../../src/kernel/toolchain.ts'
import { temporaryDirectory } from '../../../src/system/fs.ts'
import { run } from '../../../src/system/run.ts'

let directory: ReturnType<typeof temporaryDirectory>
beforeEach(() => {
  directory = temporaryDirectory(tmpdir(), 'compression-')
})
afterEach(() => directory[Symbol.dispose]())

const at = (name: string): string => join(directory.path, name)

function make(path: string, content: string | Buffer = ''): void {
  mkdirSync(dirname(at(path)), { recursive: true })
  writeFileSync(at(path), content)
}

describe('moduleSuffix', () => {
  const suffix = (): string => moduleSuffix({ installTree: below(directory.path, 'modules') }, { release: '6.1' })

  it.each(['', '.gz', '.xz', '.zst'])('finds that the kernel has modules with the suffix "%s"', (own) => {
    make('modules/6.1/kernel/drivers/net/README')
    make(`modules/6.1/kernel/drivers/net/e1000.ko${own}`)
    expect(suffix()).toBe(own)
  })

  it('does not let a module below updates or extra speak for the kernel', () => {
    make('modules/6.1/kernel/fs/ext4.ko')
    make('modules/6.1/updates/dkms/foo.ko.xz')
    make('modules/6.1/extra/foo.ko.zst')
    expect(suffix()).toBe('')
  })

  it('asks the target kernel, not another one', () => {
    make('modules/6.2/kernel/fs/ext4.ko.zst')
    make('modules/6.1/kernel/fs/ext4.ko')
    expect(suffix()).toBe('')
  })

  it('looks at the rest of the tree of a kernel without kernel/', () => {
    make('modules/6.1/misc/old.ko.gz')
    expect(suffix()).toBe('.gz')
  })

  it('does not follow the links to headers', () => {
    make('headers/samples/x.ko.xz')
    mkdirSync(at('modules/6.1'), { recursive: true })
    symlinkSync(at('headers'), at('modules/6.1/build'))
    expect(suffix()).toBe('')
  })

  it('is empty for a kernel that is not there', () => {
    expect(suffix()).toBe('')
  })

  it.each([
    ['a.ko', ''],
    ['a.ko.gz', '.gz'],
    ['a.ko.bz2', undefined],
    ['a.o', undefined],
    ['ko', undefined],
  ])('reads %s as %s', (name, expected) => {
    expect(suffixOf(name)).toBe(expected)
  })
})

describe('compressModule', () => {
  const content = Buffer.from('module '.repeat(5000))
  const path = process.env['PATH'] ?? ''

  async function compress(
    suffix: '' | '.gz' | '.xz' | '.zst',
    options?: Parameters<typeof compressModule>[2],
  ): Promise<string> {
    make('foo.ko', content)
    chmodSync(at('foo.ko'), 0o600)
    return await compressModule(at('foo.ko'), suffix, options)
  }

  it('leaves a module alone when the kernel compresses none', async () => {
    expect(await compress('')).toBe(at('foo.ko'))
    expect(readFileSync(at('foo.ko'))).toEqual(content)
  })

  const programs = { '.gz': 'gzip', '.xz': 'xz', '.zst': 'zstd' } as const
  for (const suffix of ['.gz', '.xz', '.zst'] as const) {
    const program = programs[suffix]
    const absent = findOnPath(program, path) === undefined

    it.skipIf(absent)(
      `replaces the module by one that ${program} can test and we can read (needs ${program})`,
      async () => {
        const compressed = await compress(suffix)
        expect(compressed).toBe(at(`foo.ko${suffix}`))
        expect(existsSync(at('foo.ko'))).toBe(false)
        expect(statSync(compressed).mode & 0o777).toBe(0o600)
        await run([program, '--test', compressed])
        expect(Buffer.from(await decompressModule(readFileSync(compressed)))).toEqual(content)
      },
    )

    it.skipIf(absent)(`gives the same bytes twice (needs ${program})`, async () => {
      const first = readFileSync(await compress(suffix))
      expect(readFileSync(await compress(suffix))).toEqual(first)
    })

    it.skipIf(absent)(`hands options of the administrator to ${program} (needs ${program})`, async () => {
      const options = {
        compressGzipOptions: '-1',
        compressXzOptions: '--check=none',
        compressZstdOptions: '-q -1 --no-check',
      }
      const own = readFileSync(await compress(suffix, options))
      expect(own).not.toEqual(readFileSync(await compress(suffix)))
      expect(existsSync(at('foo.ko'))).toBe(false)
      expect(Buffer.from(await decompressModule(own))).toEqual(content)
    })

    it.skipIf(absent)(`keeps the module when ${program} does not like its options (needs ${program})`, async () => {
      const bad = '--no-such-option'
      const options = { compressGzipOptions: bad, compressXzOptions: bad, compressZstdOptions: bad }
      await expect(compress(suffix, options)).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
      expect(readFileSync(at('foo.ko'))).toEqual(content)
    })
  }

  it.skipIf(findOnPath('xz', path) === undefined)('uses what the decoder of the kernel knows (needs xz)', async () => {
    const { stdout } = await run(['xz', '--list', '--verbose', '--verbose', await compress('.xz')])
    expect(stdout).toContain('CRC32')
    expect(stdout).toContain('dict=1MiB')
  })

  it('writes neither a name nor a time into gzip', async () => {
    const header = readFileSync(await compress('.gz'))
      .subarray(0, 10)
      .toString('hex')
    expect(header).toBe('1f8b0800000000000203')
  })

  it('names the module that cannot be read', async () => {
    await expect(compressModule(at('none.ko'), '.gz')).rejects.toMatchObject({ code: 'FILE_ACCESS' })
    expect(existsSync(at('none.ko.gz'))).toBe(false)
  })
})
