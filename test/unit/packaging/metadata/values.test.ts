import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDependency } from '../../../../src/packaging/metadata/dependency.ts'
import { fields, parseDate } from '../../../../src/packaging/metadata/fields.ts'
import {
  allOf,
  commonLicenseTexts,
  licenseIn,
  normaliseSpdx,
  spdxFromKernel,
} from '../../../../src/packaging/metadata/license.ts'
import { debDkmsIdentity, debIdentity, rpmIdentity } from '../../../../src/packaging/metadata/names.ts'
import { formatPerson, personAmong } from '../../../../src/packaging/metadata/person.ts'
import { asOneLine, fold, shorten } from '../../../../src/packaging/metadata/text.ts'

describe('relations', () => {
  it.each([
    ['dkms', [{ name: 'dkms' }]],
    ['dkms >= 2.8', [{ name: 'dkms', constraint: { operator: '>=', version: '2.8' } }]],
    ['dkms (>= 2.1.0.0)', [{ name: 'dkms', constraint: { operator: '>=', version: '2.1.0.0' } }]],
    ['dkms>=1:2.8-3~rc1', [{ name: 'dkms', constraint: { operator: '>=', version: '1:2.8-3~rc1' } }]],
    ['a << 2', [{ name: 'a', constraint: { operator: '<', version: '2' } }]],
    ['a == 2', [{ name: 'a', constraint: { operator: '=', version: '2' } }]],
    ['kernel(printk) = 0x1a', [{ name: 'kernel(printk)', constraint: { operator: '=', version: '0x1a' } }]],
    ['/usr/sbin/depmod', [{ name: '/usr/sbin/depmod' }]],
    ['python3:any', [{ name: 'python3:any' }]],
    ['a | b (>= 2) | c', [{ name: 'a' }, { name: 'b', constraint: { operator: '>=', version: '2' } }, { name: 'c' }]],
  ])('%s', (text, anyOf) => {
    expect(parseDependency(text, 'alternatives')).toEqual({ value: { anyOf } })
  })

  it.each([
    '',
    'a b',
    'a >=',
    '>= 2',
    'a => 2',
    'a >= 2 3',
    'a (>= 2',
    'a >= 2)',
    'a | ',
    'a, b',
    'a\nb',
    'a = %{x}',
  ])('%j is refused', (text) => {
    expect(parseDependency(text, 'positive')).toHaveProperty('fault')
  })

  it('rich dependencies are for RPM alone, and their parentheses match', () => {
    const rich = '(kernel-devel if (kernel  or kernel-rt))'
    expect(parseDependency(rich, 'positive')).toEqual({
      value: { anyOf: [{ name: '(kernel-devel if (kernel or kernel-rt))' }] },
    })
    expect(parseDependency(rich, 'alternatives')).toHaveProperty('fault')
    for (const wrong of ['(a if b', '(a) b (c)', '(a))'])
      expect(parseDependency(wrong, 'positive')).toHaveProperty('fault')
  })
})

describe('single values', () => {
  it.each<[keyof typeof fields, string, unknown]>([
    ['license', ' GPL-2.0-only ', 'GPL-2.0-only'],
    ['description', 'one\r\n\r\n  two  \n\n', 'one\n\n  two'],
    ['url', 'https://example.org/a?b', 'https://example.org/a?b'],
    ['maintainer', "Ann O'Brien <ann@example.org>", { name: "Ann O'Brien", email: 'ann@example.org' }],
    ['packager', 'The Team', { name: 'The Team', email: undefined }],
    ['section', 'contrib/kernel', 'contrib/kernel'],
    ['release', '1dkms', '1dkms'],
    ['epoch', '2', 2],
  ])('%s takes %j', (name, text, value) => {
    expect(fields[name](text)).toEqual({ value })
  })

  it.each<[keyof typeof fields, string]>([
    ['summary', 'two\nlines'],
    ['summary', '  '],
    ['description', '\n \n'],
    ['description', 'a\x1bb'],
    ['url', 'example.org'],
    ['url', 'javascript:alert(1)'],
    ['url', 'https://a b'],
    ['maintainer', '<ann@example.org>'],
    ['maintainer', 'Ann <ann>'],
    ['maintainer', 'Ann <a@b> x'],
    ['section', 'Kernel Stuff'],
    ['priority', 'high'],
    ['release', '1-2'],
    ['release', '%{?dist}'],
    ['epoch', '-1'],
    ['epoch', '1.5'],
  ])('%s refuses %j', (name, text) => {
    expect(fields[name](text)).toHaveProperty('fault')
  })

  it('dates are days at noon UTC, or moments', () => {
    expect(parseDate('2023-11-14')).toEqual({ value: Date.UTC(2023, 10, 14, 12) / 1000 })
    expect(parseDate('2023-11-14T22:13:20+02:00')).toEqual({ value: Date.UTC(2023, 10, 14, 20, 13, 20) / 1000 })
    for (const wrong of ['2023-02-31', '14.11.2023', '2023-11-14 10:00', 'yesterday', '']) {
      expect(parseDate(wrong)).toHaveProperty('fault')
    }
  })
})

describe('licenses', () => {
  it.each([
    ['GPL', 'GPL-2.0-only', 'GPLv2', 'GPL-2', ['GPL-2']],
    ['GPL v2', 'GPL-2.0-only', 'GPLv2', 'GPL-2', ['GPL-2']],
    ['Dual MIT/GPL', 'GPL-2.0-only OR MIT', 'GPLv2 or MIT', 'GPL-2 or Expat', ['GPL-2']],
    ['Dual BSD/GPL', 'GPL-2.0-only OR BSD-3-Clause', 'GPLv2 or BSD', 'GPL-2 or BSD-3-clause', ['GPL-2']],
    ['Dual MPL/GPL', 'GPL-2.0-only OR MPL-1.1', 'GPLv2 or MPLv1.1', 'GPL-2 or MPL-1.1', ['GPL-2', 'MPL-1.1']],
    ['Proprietary', 'LicenseRef-Proprietary', 'LicenseRef-Proprietary', 'LicenseRef-Proprietary', []],
  ])('%s is %s', (kernel, spdx, rpm, deb, texts) => {
    expect(spdxFromKernel(kernel)).toBe(spdx)
    expect(licenseIn('rpm', spdx)).toBe(rpm)
    expect(licenseIn('deb', spdx)).toBe(deb)
    expect(commonLicenseTexts(spdx)).toEqual(texts)
  })

  it('a text that the kernel does not know, or that every object has, means nothing', () => {
    for (const text of ['My own', 'constructor', '']) expect(spdxFromKernel(text)).toBeUndefined()
    expect(licenseIn('deb', 'constructor AND toString')).toBe('constructor and toString')
  })

  it('old identifiers become those of today', () => {
    expect(normaliseSpdx('((GPL-2.0+ WITH Linux-syscall-note) or MIT)')).toBe(
      '((GPL-2.0-or-later WITH Linux-syscall-note) OR MIT)',
    )
    expect(normaliseSpdx('(GPL-2.0 OR BSD-2-Clause)')).toBe('GPL-2.0-only OR BSD-2-Clause')
    expect(normaliseSpdx('see: file')).toBeUndefined()
  })

  it('of several modules apply together', () => {
    expect(allOf(['MIT', 'GPL-2.0-only OR MIT', 'MIT'])).toBe('(GPL-2.0-only OR MIT) AND MIT')
    expect(allOf(['MIT', 'MIT'])).toBe('MIT')
    expect(allOf([])).toBeUndefined()
  })
})

describe('authors of modules', () => {
  it.each<[string[], string | undefined]>([
    [['Ann <ann@example.org>'], 'Ann <ann@example.org>'],
    [['Ann', 'Bob <bob@example.org>'], 'Bob <bob@example.org>'],
    [['Ann A. <ann@example.org>, Bob <bob@example.org>'], 'Ann A. <ann@example.org>'],
    [['ann@example.org'], 'ann <ann@example.org>'],
    [['Ann (ann@example.org)'], 'Ann <ann@example.org>'],
    [['Example Corp.'], 'Example Corp.'],
    [['Ann\n\tEvil <ann@example.org>\r\nX: y'], 'Ann Evil <ann@example.org>'],
    [[''], undefined],
    [[], undefined],
  ])('%j name %s', (authors, expected) => {
    const person = personAmong(authors)
    expect(person === undefined ? undefined : formatPerson(person)).toBe(expected)
  })

  it('never give a person that could not be written in one line', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom(...Array.from('ab <>@,()&\n"')) })), (authors) => {
        const person = personAmong(authors)
        if (person === undefined) return
        expect(person.name).toMatch(/^[^<>\p{Cc}]+$/u)
        expect(fields.maintainer(formatPerson(person))).toEqual({ value: person })
      }),
    )
  })
})

describe('texts', () => {
  it('are shortened between words, to at most the limit', () => {
    expect(shorten('a short line', 79)).toBe('a short line')
    expect(shorten('one two three four', 12)).toBe('one two…')
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 4, max: 30 }), (text, limit) => {
        expect(Array.from(shorten(asOneLine(text), limit)).length).toBeLessThanOrEqual(limit)
      }),
    )
  })

  it('are folded without losing a word', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }), (words) => {
        const lines = fold(words.join(' '), 10)
        expect(lines.join(' ')).toBe(words.join(' '))
        for (const line of lines) expect(line.length <= 10 || !line.includes(' ')).toBe(true)
      }),
    )
  })
})

describe('names and versions in the formats', () => {
  it('are told where they had to change, and why', () => {
    expect(rpmIdentity({ name: 'a_b', version: '7.3-rc1' })).toEqual({
      name: 'a_b',
      version: '7.3~rc1',
      notes: [expect.stringMatching(/^the RPM version for 7\.3-rc1 is 7\.3~rc1: /)],
    })
    expect(debDkmsIdentity({ name: 'A_b_c-dkms', version: 'v1.0_2' })).toMatchObject({
      name: 'a-b-c-dkms',
      version: '1.0+2',
    })
    expect(debDkmsIdentity({ name: 'foo', version: '1' })).toEqual({ name: 'foo-dkms', version: '1', notes: [] })
    expect(debIdentity({ name: '8812au', version: 'git' })).toMatchObject({ name: '8812au', version: '0~git' })
  })

  it('are refused where the format has none', () => {
    expect(() => rpmIdentity({ name: 'foo', version: '1..2' })).toThrow(
      expect.objectContaining({ code: 'PACKAGE_REFUSED' }),
    )
  })
})
