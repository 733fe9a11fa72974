import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { arMagic, arPadding, encodeArHeader, largestArMember, readArMembers } from '../../../src/archive/ar.ts'

const scratch = mkdtempSync(join(tmpdir(), 'ar-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

interface Content {
  readonly name: string
  readonly mtime: number
  readonly bytes: Uint8Array
}

function archive(contents: readonly Content[]): Buffer {
  const parts = contents.flatMap(({ name, mtime, bytes }) => [
    encodeArHeader({ name, mtime, bytes: bytes.length }),
    bytes,
    arPadding(bytes.length),
  ])
  return Buffer.concat([Buffer.from(arMagic), ...parts])
}

function read(path: string): Content[] | undefined {
  const descriptor = openSync(path, 'r')
  try {
    const whole = readFileSync(path)
    return readArMembers({ descriptor, path }, statSync(path).size)?.map(({ name, mtime, range }) => ({
      name,
      mtime,
      bytes: new Uint8Array(whole.subarray(range.offset, range.offset + range.bytes)),
    }))
  } finally {
    closeSync(descriptor)
  }
}

describe('an ar archive', () => {
  const path = join(scratch, 'x.a')

  it('comes back as it was', () => {
    const content = fc.record({
      name: fc.stringMatching(/^[a-z_][a-z.]{0,15}$/).filter((name) => name.length <= 16),
      mtime: fc.nat(999_999_999_999),
      bytes: fc.uint8Array({ maxLength: 100 }),
    })
    fc.assert(
      fc.property(fc.array(content, { maxLength: 5 }), (contents) => {
        writeFileSync(path, archive(contents))
        expect(read(path)).toEqual(contents.map((one) => ({ ...one, bytes: new Uint8Array(one.bytes) })))
      }),
    )
  })

  it.skipIf(spawnSync('ar', ['--version']).error !== undefined)('is read by ar (needs binutils)', () => {
    writeFileSync(
      path,
      archive([
        { name: 'odd', mtime: 5, bytes: Buffer.from('abc') },
        { name: 'even', mtime: 6, bytes: Buffer.from('de') },
      ]),
    )
    expect(execFileSync('ar', ['t', path], { encoding: 'utf8' })).toBe('odd\neven\n')
    expect(execFileSync('ar', ['p', path, 'even'], { encoding: 'utf8' })).toBe('de')
  })

  it('is nothing else', () => {
    writeFileSync(path, '!<arch>')
    expect(read(path)).toBeUndefined()
    writeFileSync(path, '')
    expect(read(path)).toBeUndefined()
  })

  it('cannot be written with what does not fit a header', () => {
    expect(() => encodeArHeader({ name: 'a-name-of-seventeen', mtime: 0, bytes: 0 })).toThrow(/does not fit/)
    expect(() => encodeArHeader({ name: 'x', mtime: 0, bytes: largestArMember + 1 })).toThrow(/does not fit/)
    expect(encodeArHeader({ name: 'x', mtime: 0, bytes: largestArMember })).toHaveLength(60)
  })

  it.each([
    ['a header that is cut off', (bytes: Buffer) => bytes.subarray(0, 40), /within the header/],
    ['a content that is cut off', (bytes: Buffer) => bytes.subarray(0, -1), /ends within x/],
    [
      'a header without its end',
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 66), Buffer.from('xx'), bytes.subarray(68)]),
      /no header/,
    ],
  ])('is refused with %s', (_title, damage, reason) => {
    writeFileSync(path, damage(archive([{ name: 'x', mtime: 0, bytes: Buffer.from('abcd') }])))
    expect(() => read(path)).toThrow(
      expect.objectContaining({ code: 'PACKAGE_INVALID', message: expect.stringMatching(reason) }),
    )
  })
})
