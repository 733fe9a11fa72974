import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type PackageFiles, readPackageFiles, readTextsNamedIn } from '../../../src/conf/package-files.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'package-files-'))
  chmodSync(directory, 0o755)
  mkdirSync(join(directory, 'patches/deep'), { recursive: true })
  writeFileSync(join(directory, 'VERSION'), '1.2\n')
  writeFileSync(join(directory, 'patches/deep/a.patch'), '')
})
afterEach(() => rmSync(directory, { recursive: true }))

function told({ findings }: PackageFiles): string[] {
  return findings.map(({ severity, code, file }) => `${severity} ${code} ${file}`)
}

/** Root reads what nobody else may. */
function asNobody<Result>(work: () => Result): Result {
  if (process.geteuid?.() !== 0) return work()
  process.seteuid?.(65_534)
  try {
    return work()
  } finally {
    process.seteuid?.(0)
  }
}

describe('the files of a package', () => {
  it('are listed with their kinds, and the small ones beside the conf are read', () => {
    chmodSync(join(directory, 'patches/deep/a.patch'), 0o755)
    writeFileSync(join(directory, 'large'), 'x'.repeat(64 * 1024 + 1))
    symlinkSync('patches', join(directory, 'link'))
    symlinkSync('nowhere', join(directory, 'dangling'))
    const { files, texts, findings } = readPackageFiles(directory, 'pkg')
    expect(files.map(({ path, kind, executable }) => [path, kind, executable])).toEqual([
      ['VERSION', 'file', false],
      ['large', 'file', false],
      ['link', 'directory', true],
      ['patches', 'directory', true],
      ['patches/deep', 'directory', true],
      ['patches/deep/a.patch', 'file', true],
    ])
    expect(texts).toEqual({ VERSION: '1.2\n' })
    expect(findings).toEqual([])
  })

  it('that cannot be read are findings, each under its own name, and the others are listed', () => {
    for (const path of ['secret', 'patches/locked']) {
      const whole = join(directory, path)
      if (path === 'secret') writeFileSync(whole, 'x')
      else mkdirSync(whole)
      chownSync(whole, process.getuid?.() ?? 0, -1)
      chmodSync(whole, 0)
    }
    const found = asNobody(() => readPackageFiles(directory, 'pkg'))
    expect(told(found)).toEqual(['warning FILE_UNREADABLE pkg/patches/locked', 'warning FILE_UNREADABLE pkg/secret'])
    expect(found.files.map(({ path }) => path)).toContain('patches/deep/a.patch')
    expect(found.texts).toEqual({ VERSION: '1.2\n' })
  })

  it('may hold links that lead in a circle', () => {
    symlinkSync('loop', join(directory, 'patches/loop'))
    const found = readPackageFiles(directory, 'pkg')
    expect(told(found)).toEqual(['warning FILE_UNREADABLE pkg/patches/loop'])
    expect(found.findings[0]?.message).toContain('pkg/patches/loop: too many symbolic links')
    expect(found.files).toHaveLength(4)
  })

  it('may have names that are no UTF-8, in a directory of such a name as well', () => {
    const odd = Buffer.concat([Buffer.from(`${directory}/patches/`), Buffer.from([0x66, 0xfc, 0x72])])
    mkdirSync(odd)
    writeFileSync(Buffer.concat([odd, Buffer.from('/x')]), '')
    writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0xff])]), '')
    const found = readPackageFiles(directory, 'pkg')
    expect(told(found)).toEqual(['warning NAME_NOT_UTF8 pkg/patches/f\ufffdr', 'warning NAME_NOT_UTF8 pkg/\ufffd'])
    expect(found.files).toHaveLength(4)
  })
})

describe('the texts that a conf names', () => {
  it('are read from beside it, and nothing else is', () => {
    writeFileSync(join(directory, 'other'), 'x')
    const conf = 'PACKAGE_VERSION=$(cat VERSION)\n. ./patches\n. none.sh\n'
    expect(readTextsNamedIn(conf, directory)).toEqual({ VERSION: '1.2\n' })
  })
})
