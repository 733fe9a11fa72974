import { posix } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFactoryError } from '../../../src/errors.ts'
import { markerName, pendingDepmodName, sourceName } from '../../../src/tree/layout.ts'
import { assertSafeName, longestNames, type NamePart } from '../../../src/tree/names.ts'

function fault(part: NamePart, text: string): string | undefined {
  try {
    assertSafeName(part, text)
    return undefined
  } catch (error) {
    if (!isFactoryError(error, 'NAME_UNSAFE')) throw error
    return error.message
  }
}

describe('assertSafeName', () => {
  it.each([
    ['package name', 'v4l2loopback'],
    ['package name', 'kernel-mft-dkms'],
    ['package name', 'foo__bar+baz'],
    ['package version', '1:2.0~rc1+dfsg-1'],
    ['package version', '0.12.7-2ubuntu5.1'],
    ['kernel release', '6.1.0-56-amd64'],
    ['kernel release', 'linux-custom'],
    ['architecture', 'x86_64'],
  ] as const)('accepts the %s %s', (part, text) => {
    expect(fault(part, text)).toBeUndefined()
  })

  it.each([
    ['package name', '', 'is empty'],
    ['package name', 'a/b', 'slash'],
    ['package name', '..', 'two dots'],
    ['package version', '1..2', 'two dots'],
    ['package name', '-rf', 'dash'],
    ['package name', '.hidden', 'dot'],
    ['package name', 'a b', 'blank'],
    ['package name', 'a\tb', 'blank'],
    ['package version', '1\n2', 'blank'],
    ['package name', 'a\0b', 'control'],
    ['architecture', 'x\x1b[31m', 'control'],
    ['package version', 'original_module', 'something else'],
    ['package version', 'kernel-6.1.0-x86_64', 'something else'],
    ['kernel release', 'build', 'something else'],
    ['kernel release', 'source', 'something else'],
    ['kernel release', 'tarball', 'something else'],
  ] as const)('refuses the %s %j: %s', (part, text, reason) => {
    expect(fault(part, text)).toContain(reason)
  })

  it.each(Object.entries(longestNames) as [NamePart, number][])('limits a %s to %i bytes', (part, limit) => {
    expect(fault(part, 'x'.repeat(limit))).toBeUndefined()
    expect(fault(part, 'x'.repeat(limit + 1))).toMatch(new RegExp(`${part} "xxx.*" is longer than ${limit} bytes`))
    expect(fault(part, `xxx${'€'.repeat(limit / 3)}`)).toContain('bytes')
    expect(fault(part, 'x'.repeat(100_000))?.length).toBeLessThan(200)
  })

  it('leaves every name that is made of the longest ones at least 16 bytes short of the longest file name', () => {
    const longest = (part: NamePart) => 'x'.repeat(longestNames[part])
    const id = { name: longest('package name'), version: longest('package version') }
    const kernel = { release: longest('kernel release'), arch: longest('architecture') }
    for (const name of [sourceName(id), markerName(kernel), pendingDepmodName(kernel)]) {
      expect(name.length).toBeLessThanOrEqual(255 - 16)
    }
  })

  it('lets no text through that leaves its directory when joined to a path', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), (text) => {
        fc.pre(fault('package name', text) === undefined)
        expect(posix.dirname(posix.normalize(`/tree/${text}`))).toBe('/tree')
      }),
    )
  })
})
