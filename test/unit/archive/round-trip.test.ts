import { execFileSync, spawnSync } from 'node:child_process'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { Compression } from '../../../src/archive/compression.ts'
import { extractTar } from '../../../src/archive/extract.ts'
import type { TarEntry } from '../../../src/archive/tar-entry.ts'
import { readTar } from '../../../src/archive/tar-read.ts'
import { writeTar } from '../../../src/archive/tar-write.ts'
import { absolutePath } from '../../../src/domain.ts'

const scratch = absolutePath(mkdtempSync(join(tmpdir(), 'round-trip-')))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

let places = 0
function place(): string {
  places += 1
  return join(scratch, String(places))
}

/** What lies below a directory, as text: kind, executable bit, time of files, content. */
function describeTree(dir: string, path = ''): string[] {
  return readdirSync(join(dir, path))
    .sort()
    .flatMap((name) => {
      const child = path === '' ? name : `${path}/${name}`
      const stats = lstatSync(join(dir, child))
      if (stats.isSymbolicLink()) return [`link ${child} -> ${readlinkSync(join(dir, child))}`]
      if (stats.isDirectory()) return [`dir ${child}`, ...describeTree(dir, child)]
      const mode = (stats.mode & 0o7777).toString(8)
      return [`file ${child} ${mode} ${stats.mtimeMs / 1000} ${readFileSync(join(dir, child)).toString('base64')}`]
    })
}

function describeEntries(entries: readonly TarEntry[]): string[] {
  return entries.map((entry) => {
    const path = entry.path.slice(2)
    if (entry.kind === 'directory') return `dir ${path}`
    if (entry.kind === 'symlink') return `link ${path} -> ${entry.target}`
    const content = 'text' in entry.content ? Buffer.from(entry.content.text) : readFileSync(entry.content.from)
    return `file ${path} ${entry.executable ? 755 : 644} ${entry.mtime} ${content.toString('base64')}`
  })
}

const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
  .filter((text) => !/[/\p{Cc}\uFFFD]/u.test(text) && text !== '.' && text !== '..' && Buffer.byteLength(text) <= 255)

/** Directories d0, d0/d1, ..., each with files of any name, size and time. */
const tree = fc
  .array(
    fc.record({
      names: fc.uniqueArray(name, { maxLength: 4, selector: (text) => text.normalize() }),
      content: fc.string({ unit: 'binary', maxLength: 3000 }),
      executable: fc.boolean(),
      mtime: fc.integer({ min: 0, max: 1_600_000_000 }),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((levels) => {
    const entries: TarEntry[] = []
    let dir = '.'
    for (const [depth, level] of levels.entries()) {
      dir = `${dir}/d${depth}-${'long'.repeat(12)}`
      entries.push({ kind: 'directory', path: dir })
      for (const file of level.names) {
        const { executable, mtime, content } = level
        entries.push({ kind: 'file', path: `${dir}/_${file}`, executable, mtime, content: { text: content } })
      }
      entries.push({ kind: 'symlink', path: `${dir}/~up`, target: depth === 0 ? '.' : '..' })
    }
    return entries
  })

const options = { compression: 'none', mtime: 1_600_000_000 } as const

describe('any tree', () => {
  it('comes back from an archive as it went in', async () => {
    await fc.assert(
      fc.asyncProperty(tree, async (entries) => {
        const home = place()
        await writeTar(entries, `${home}.tar`, options)
        await extractTar(`${home}.tar`, absolutePath(home))
        expect(describeTree(home).sort()).toEqual(describeEntries(entries).sort())
      }),
      { numRuns: 40 },
    )
  })

  it.for(['tar', 'bsdtar'])('comes out the same through %s', async (program, context) => {
    if (spawnSync(program, ['--version']).error !== undefined) {
      return context.skip(`${program} is not installed`)
    }
    await fc.assert(
      fc.asyncProperty(tree, async (entries) => {
        const home = place()
        await writeTar(entries, `${home}.tar`, options)
        mkdirSync(home)
        execFileSync(program, ['-x', '-f', `${home}.tar`, '-C', home], { env: { ...process.env, LC_ALL: 'C.UTF-8' } })
        // bsdtar composes characters: the comparison is on composed names.
        const normal = (lines: string[]): string[] => lines.map((line) => line.normalize()).sort()
        expect(normal(describeTree(home))).toEqual(normal(describeEntries(entries)))
      }),
      { numRuns: 15 },
    )
  })

  it.for([
    ['tar', ['--format=gnu']],
    ['tar', ['--format=pax']],
    ['tar', ['--format=v7']],
    ['bsdtar', ['--format=pax']],
    ['bsdtar', ['--format=gnutar']],
  ] as const)('packed by %s %s is read the same', async ([program, flags], context) => {
    if (spawnSync(program, ['--version']).error !== undefined) {
      return context.skip(`${program} is not installed`)
    }
    const home = place()
    const short = flags[0] === '--format=v7'
    makeFiles(home, short)
    execFileSync(program, [...flags, '-c', '-f', `${home}.tar`, '-C', home, '.'], {
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    })
    await extractTar(`${home}.tar`, absolutePath(`${home}.d`))
    expect(describeTree(`${home}.d`)).toEqual(describeTree(home))
  })
})

function makeFiles(home: string, short: boolean): void {
  const deep = join(home, short ? 'a/b' : `a/${'deep-'.repeat(30)}/${'er-'.repeat(40)}`)
  mkdirSync(deep, { recursive: true })
  writeFileSync(join(home, 'run'), '#!/bin/sh\n', { mode: 0o755 })
  writeFileSync(join(deep, short ? 'plain' : 'modül-ядро'), 'x'.repeat(1000))
  symlinkSync('../run', join(home, 'a/link'))
  execFileSync('touch', ['-d', '@1600000000', join(home, 'run'), join(deep, short ? 'plain' : 'modül-ядро')])
}

describe('a large archive', () => {
  it('keeps every name that is not ASCII, wherever the chunks of the stream are cut', async () => {
    const entries: TarEntry[] = Array.from({ length: 3000 }, (_, index) => ({
      kind: 'file',
      path: `./${Array.from({ length: 4 }, () => `${'x'.repeat(index % 7)}${'ü€😀'.repeat(20)}`).join('/')}${index}`,
      executable: false,
      content: { text: 'x'.repeat(index % 700) },
    }))
    const archive = `${place()}.tar`
    await writeTar(entries, archive, options)
    const names: string[] = []
    await readTar(archive, (member) => {
      names.push(`./${member.path}`)
      return undefined
    })
    expect(names).toEqual(entries.map((entry) => entry.path))
  })

  it.each<Compression>(['gzip', 'bzip2', 'xz', 'zstd'])('as %s is the same for GNU tar', async (compression) => {
    const home = place()
    const text = 'static int answer = 42;\n'.repeat(50_000)
    const entries: TarEntry[] = [{ kind: 'file', path: './a', executable: false, mtime: 5, content: { text } }]
    await writeTar(entries, home, { compression, mtime: 10 })
    expect(execFileSync('tar', ['-x', '-O', '-f', home, './a'], { maxBuffer: 1e8 }).toString()).toBe(text)
    expect(await readTar(home, () => undefined)).toEqual({ compression, members: 1, bytes: text.length })
  })
})
