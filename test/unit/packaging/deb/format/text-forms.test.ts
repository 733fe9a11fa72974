import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  changelogProblems,
  closedBugs,
  type DebChangelogEntry,
  parseChangelog,
  renderChangelog,
} from '../../../../../src/packaging/deb/format/changelog.ts'
import { formatDate, parseDate } from '../../../../../src/packaging/deb/format/dates.ts'
import { fieldOf, parseOneStanza, parseStanzas, renderStanzas } from '../../../../../src/packaging/deb/format/deb822.ts'
import { parseDescription, renderDescription } from '../../../../../src/packaging/deb/format/long-description.ts'
import { type DebClause, parseRelations, renderRelations } from '../../../../../src/packaging/deb/format/relations.ts'
import { sourceArchitectures } from '../../../../../src/packaging/deb/format/source-architectures.ts'
import { lacks, scratchDirectory, tool } from './deb-tools.ts'

const options = { file: 'x' }
const visible = fc.stringMatching(/^[!-~äß€]([ -~äß€]{0,20}[!-~äß€])?$/)

describe('control data', () => {
  it('means the same after it was written and read', () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,10}$/)
    const line = fc.oneof(visible, fc.constantFrom('', '.', '..', ' verbatim', '# no comment', 'a: b'))
    const value = fc
      .tuple(fc.oneof(visible, fc.constant('')), fc.array(line, { maxLength: 4 }), visible)
      .map(([first, lines, last]) => [first, ...lines, last].join('\n'))
    const field = fc.record({ name, value: fc.oneof(visible, value) })
    const stanza = fc.uniqueArray(field, { minLength: 1, maxLength: 4, selector: (one) => one.name.toLowerCase() })
    fc.assert(
      fc.property(fc.array(stanza, { maxLength: 3 }), (stanzas) => {
        expect(parseStanzas(renderStanzas(stanzas), options)).toEqual(stanzas)
      }),
    )
  })

  it('has a dot where an empty line is meant, and one more where a line of dots is', () => {
    const text = renderStanzas([[{ name: 'Description', value: 'x\na\n\n.\n..  \n b' }]])
    expect(text).toBe('Description: x\n a\n .\n ..\n ...\n  b\n')
  })

  it('leaves out fields without text', () => {
    expect(
      renderStanzas([
        [
          { name: 'A', value: '' },
          { name: 'B', value: 'b' },
        ],
      ]),
    ).toBe('B: b\n')
  })

  it('is found by the name of a field in any case', () => {
    expect(fieldOf(parseOneStanza('package: x\n', options), 'Package')).toBe('x')
  })

  it.each([
    ['a line without a colon', 'A: b\nnonsense\n', /x:2: "nonsense" is neither/],
    ['a continuation of nothing', ' a\n', /x:1: a continuation line without a field/],
    ['a field twice', 'A: b\na: c\n', /x:2: the field a comes twice/],
    ['a comment where there are none', 'A: b\n# c\n', /x:2/],
    ['a name with a blank', 'A b: c\n', /x:1/],
    ['an empty name', ': c\n', /x:1/],
  ])('is refused with its line for %s', (_title, text, reason) => {
    expect(() => parseStanzas(text, options)).toThrow(
      expect.objectContaining({ code: 'PACKAGE_INVALID', message: expect.stringMatching(reason) }),
    )
  })

  it('may have comments where they are allowed', () => {
    const text = '# a\nA: b\n# c\n d\n#e\n\n# f\n\nB: c\n'
    expect(parseStanzas(text, { ...options, comments: true })).toEqual([
      [{ name: 'A', value: 'b\nd' }],
      [{ name: 'B', value: 'c' }],
    ])
  })

  it('has exactly one stanza where one is wanted', () => {
    expect(() => parseOneStanza('', options)).toThrow(/has 0 stanzas/)
    expect(() => parseOneStanza('A: b\n\nB: c\n', options)).toThrow(/has 2 stanzas/)
  })
})

describe('a description', () => {
  it('comes back when nothing is to be folded', () => {
    const described = { summary: 'one line', description: 'A paragraph\nof two lines.\n\n verbatim\n\nEnd.' }
    expect(parseDescription(renderDescription(described))).toEqual(described)
    expect(renderDescription({ summary: 'one line', description: '\n' })).toBe('one line')
  })

  it('is folded at 79 characters, however many bytes they have', () => {
    const lines = renderDescription({ summary: 's', description: 'größe '.repeat(60) })
      .split('\n')
      .slice(1)
    expect(lines.every((line) => Array.from(line).length <= 79)).toBe(true)
    expect(Array.from(lines[0] ?? '').length).toBe(77)
    expect(lines.join(' ')).toBe('größe '.repeat(60).trim())
  })

  it('keeps items of lists apart and folds them below their text', () => {
    const item = `- ${'word '.repeat(20)}`
    const [, first, second, third] = renderDescription({ summary: 's', description: `${item}\n* b` }).split('\n')
    expect(first).toMatch(/^ - word/)
    expect(second).toMatch(/^ {3}word/)
    expect(third).toBe(' * b')
  })

  it('loses no word, whatever is in it', () => {
    fc.assert(
      fc.property(fc.array(visible, { minLength: 1 }), (lines) => {
        const rendered = renderDescription({ summary: 's', description: lines.join('\n') })
        expect(rendered.split(/\s+/).slice(1)).toEqual(lines.join('\n').trim().split(/\s+/))
      }),
    )
  })
})

describe('relations', () => {
  it.each([
    ['a', 'a'],
    ['a  (>=1.0)', 'a (>= 1.0)'],
    ['a (>> 1) | b (<< 2) ,c,', 'a (>> 1) | b (<< 2), c'],
    ['a (< 1), b (> 2)', 'a (<= 1), b (>= 2)'],
    ['python3:any (= 1:2-3~x)', 'python3:any (= 1:2-3~x)'],
    ['gcc [amd64   !armhf] <!nocheck  cross><stage1>', 'gcc [amd64 !armhf] <!nocheck cross> <stage1>'],
    ['a,\n b\n , c', 'a, b, c'],
    ['', ''],
  ])('are read from %j', (text, normal) => {
    expect(renderRelations(parseRelations(text, 'x'))).toBe(normal)
  })

  it.each(['a b', 'a (1)', 'a (== 1)', 'a | ', '(>= 1)', 'a (>= 1', 'a [x'])('are refused for %j', (text) => {
    expect(() => parseRelations(text, 'x: Depends')).toThrow(/^x: Depends: /)
  })

  it('come back as they were', () => {
    const word = fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{1,8}$/)
    const relation = fc.record(
      {
        name: word,
        qualifier: fc.constantFrom('any', 'native'),
        constraint: fc.record({ operator: fc.constantFrom('<', '<=', '=', '>=', '>'), version: word }),
        architectures: fc.array(word, { minLength: 1, maxLength: 3 }),
        profiles: fc.array(fc.array(word, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 2 }),
      },
      { requiredKeys: ['name'] },
    )
    const clause = fc.oneof(relation, fc.array(relation, { minLength: 2, maxLength: 3 }))
    fc.assert(
      fc.property(fc.array(clause), (clauses) => {
        expect(parseRelations(renderRelations(clauses as DebClause[]), 'x')).toEqual(clauses)
      }),
    )
  })
})

describe('dates', () => {
  it('are those of RFC 5322 in UTC', () => {
    expect(formatDate(1_700_000_000)).toBe('Tue, 14 Nov 2023 22:13:20 +0000')
    expect(formatDate(0)).toBe('Thu, 01 Jan 1970 00:00:00 +0000')
  })

  it('are read in any time zone, with a day of one digit, and without the weekday', () => {
    expect(parseDate('Tue, 14 Nov 2023 23:13:20 +0100')).toBe(1_700_000_000)
    expect(parseDate('14 Nov 2023 16:43:20 -0530')).toBe(1_700_000_000)
    expect(parseDate('Thu,  1 Jan 1970 0:00:00 +0000')).toBe(0)
  })

  it.each([
    '',
    '2023-11-14',
    '31 Feb 2023 00:00:00 +0000',
    '1 Foo 2023 00:00:00 +0000',
    '1 Jan 2023 25:00:00 +0000',
    '1 Jan 2023 00:61:00 +0000',
  ])('are not %j', (text) => expect(parseDate(text)).toBeUndefined())

  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 35 }), (time) => {
        expect(parseDate(formatDate(time))).toBe(time)
      }),
    )
  })
})

const entry: DebChangelogEntry = {
  source: 'foo',
  version: '1:1.0-2',
  distributions: ['unstable', 'jammy'],
  urgency: 'low',
  author: 'Ann Packager <ann@example.org>',
  time: 1_700_000_000,
  text: '* One\n  and its second line. Closes: #12, bug#3\n\n  [ Bob ]\n* Two',
}

const scratch = scratchDirectory('deb-changelog')

describe('a changelog', () => {
  it('comes back as it was', () => {
    const entries = [entry, { ...entry, version: '0.9', text: '* First' }]
    expect(parseChangelog(renderChangelog(entries), 'x')).toEqual(entries)
  })

  it.skipIf(lacks('dpkg-parsechangelog'))('is read by dpkg-parsechangelog without complaint (needs dpkg-dev)', () => {
    const path = join(scratch, 'changelog')
    writeFileSync(path, renderChangelog([entry, { ...entry, version: '0.9' }]))
    const told = parseOneStanza(tool(['dpkg-parsechangelog', '-l', path]), options)
    expect(Object.fromEntries(told.map(({ name, value }) => [name, value]))).toMatchObject({
      Source: 'foo',
      Version: '1:1.0-2',
      Distribution: 'unstable jammy',
      Urgency: 'low',
      Maintainer: entry.author,
      Timestamp: '1700000000',
      Closes: '3 12',
    })
  })

  it('ends where entries of another form begin', () => {
    const text = `${renderChangelog([entry])}\n\nLocal variables:\nmode: debian-changelog\n`
    expect(parseChangelog(text, 'x')).toEqual([entry])
    expect(parseChangelog(`${renderChangelog([entry])}\nfoo (0.1) old; urgency=low\n\nWho knows\n`, 'x')).toEqual([
      entry,
    ])
  })

  it.each([
    ['nothing', '', /no entry/],
    ['an entry without an end', 'foo (1) unstable; urgency=low\n\n  * x\n', /no end/],
    ['an end without a date', 'foo (1) unstable; urgency=low\n\n  * x\n\n -- A <a@b>  yesterday\n', /line 5/],
    ['a line at the margin', 'foo (1) unstable; urgency=low\n\nx\n', /line 3/],
  ])('is refused for %s', (_title, text, reason) => {
    expect(() => parseChangelog(text, 'x')).toThrow(reason)
  })

  it.each([
    ['a version with a blank', { version: '1 0' }],
    ['no distribution', { distributions: [] }],
    ['an author without an address', { author: 'Ann' }],
    ['an author of two lines', { author: 'Ann\n <a@b>' }],
    ['no text', { text: '\n \n' }],
    ['control characters', { text: '* \u001b[31m' }],
    ['half a second', { time: 0.5 }],
  ])('cannot be written with %s', (_title, change) => {
    expect(changelogProblems([{ ...entry, ...change }])).toHaveLength(1)
    expect(() => renderChangelog([{ ...entry, ...change }])).toThrow()
  })

  it('closes each bug once, in the order of their numbers', () => {
    expect(closedBugs('closes: #9, #10 Closes: bug#9, 8\nnot #7')).toEqual([8, 9, 10])
  })
})

describe('the architectures of a source', () => {
  it.each([
    [['all'], ['all']],
    [
      ['any', 'all', 'amd64'],
      ['any', 'all'],
    ],
    [
      ['amd64 arm64', 'all'],
      ['amd64', 'arm64', 'all'],
    ],
    [
      ['linux-any', 'amd64', 'kfreebsd-amd64', 'all'],
      ['linux-any', 'kfreebsd-amd64', 'all'],
    ],
    [
      ['any-amd64 arm64', 'amd64'],
      ['any-amd64', 'arm64'],
    ],
  ])('of %j are %j', (fields, expected) => {
    expect(sourceArchitectures(fields)).toEqual(expected)
  })
})
