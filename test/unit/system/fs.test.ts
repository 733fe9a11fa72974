import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  beginningOfName,
  commitRename,
  fileError,
  isDirectory,
  isFile,
  lstatOrNone,
  makeDirectories,
  removeEmptyParents,
  statOrNone,
  syncTree,
  temporaryDirectory,
  writeFileAtomic,
} from '../../../src/system/fs.ts'
import { asNobody } from '../../support/as-nobody.ts'

let base: string

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'fs-test-'))
  chmodSync(base, 0o755)
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

const looks = [
  ['lstatOrNone', lstatOrNone],
  ['statOrNone', statOrNone],
] as const

describe.each(looks)('%s', (_, look) => {
  it.each<[string, () => string]>([
    ['a name that nothing has', () => join(base, 'none')],
    ['a name longer than any', () => join(base, 'x'.repeat(300))],
    ['a path longer than any', () => `${base}${'/x'.repeat(4000)}`],
    ['something below a file', () => join(base, 'file/below')],
    ['something below links in a circle', () => join(base, 'circle/below')],
  ])('finds nothing at %s', (__, path) => {
    writeFileSync(join(base, 'file'), '')
    symlinkSync('circle', join(base, 'circle'))
    expect(look(path())).toBeUndefined()
  })

  it('says that it may not look, and what to do', () => {
    mkdirSync(join(base, 'secret'), { mode: 0o700 })
    expect(() => asNobody(() => look(join(base, 'secret/x')))).toThrow(
      expect.objectContaining({
        code: 'FILE_ACCESS',
        message: `cannot access: ${join(base, 'secret/x')}: permission denied`,
        hint: expect.stringContaining('root') as string,
      }),
    )
  })
})

it('isFile and isDirectory are false for names longer than any', () => {
  expect([isFile(`/${'x'.repeat(300)}`), isDirectory(`/${'x'.repeat(300)}`)]).toEqual([false, false])
})

it.each([
  ['EROFS', /writing/],
  ['EACCES', /root/],
  ['ENAMETOOLONG', /shorter/],
])('fileError gives for %s a hint that fits', (code, hint) => {
  const error = fileError(Object.assign(new Error('x'), { code }), 'write', '/a')
  expect(error.hint).toMatch(hint)
  if (code !== 'EACCES') expect(error.hint).not.toContain('root')
})

describe('below /proc, where directories cannot be made and Node never says so', () => {
  const place = '/proc/no-such-place/deeper'
  it.each<[string, () => unknown]>([
    ['makeDirectories', () => makeDirectories(place)],
    ['writeFileAtomic', () => writeFileAtomic(`${place}/file`, '')],
    ['commitRename', () => commitRename(join(base, 'x'), `${place}/x`)],
    ['temporaryDirectory', () => temporaryDirectory(place, 'x-')],
  ])('%s fails', (_, make) => {
    expect(make).toThrow(/no such file or directory/)
  })
})

it('writeFileAtomic writes a file whose name has as many bytes as one may have', () => {
  const path = join(base, 'ü'.repeat(127))
  writeFileAtomic(path, 'text')
  expect(isFile(path)).toBe(true)
})

it('beginningOfName leaves what is short alone and never gives more than 162 bytes', () => {
  expect(beginningOfName('foo.ko')).toBe('foo.ko')
  for (const name of ['x'.repeat(255), `x${'ü'.repeat(127)}`, `x${'€'.repeat(84)}`, `xx${'😀'.repeat(63)}`]) {
    expect(Buffer.byteLength(beginningOfName(name))).toBeLessThanOrEqual(162)
  }
})

describe('removeEmptyParents', () => {
  it('removes what is empty, up to the stop', () => {
    mkdirSync(join(base, 'a/b/c'), { recursive: true })
    removeEmptyParents(join(base, 'a/b/c'), base)
    expect([existsSync(join(base, 'a')), existsSync(base)]).toEqual([false, true])
  })

  it('leaves a directory that is not empty, with those above it', () => {
    mkdirSync(join(base, 'a/b/c'), { recursive: true })
    writeFileSync(join(base, 'a/b/file'), '')
    removeEmptyParents(join(base, 'a/b/c'), base)
    expect([existsSync(join(base, 'a/b/c')), existsSync(join(base, 'a/b/file'))]).toEqual([false, true])
  })
})

it('syncTree flushes files and directories whose names are not UTF-8', () => {
  const odd = Buffer.concat([Buffer.from(`${base}/`), Buffer.from([0x61, 0xff])])
  mkdirSync(odd)
  writeFileSync(Buffer.concat([odd, Buffer.from([0x2f, 0xfe])]), 'content')
  expect(() => syncTree(base)).not.toThrow()
})
