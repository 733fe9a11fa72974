import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { XMLParser } from 'fast-xml-parser'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { escapes } from '../../../src/templates/escape.ts'

const has = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0

const hostile = [
  "O'Brien",
  '100% sure',
  '%(id)',
  '%{nil}%{?x:y}',
  '%%{foo}',
  '$(id) `id` ${HOME} $x',
  '"; rm -rf / #',
  '# not a comment',
  '{brace',
  '}closed{',
  'trailing backslash\\',
  'two backslashes\\\\',
  '\\#\\\\# back\\slash',
  'a macro behind \\%{ one backslash',
  'or \\\\%( two, \\\\\\%[ three, \\%%{ or its percents',
  '-n',
  '*',
  '~',
  '<a href="x">&amp;</a>',
  'Grüße, 世界 👋',
  '{{name}} {{{x}}}',
]

let directory = ''
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'dkms-factory-escape-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function file(name: string, text: string): string {
  const path = join(directory, name)
  writeFileSync(path, text)
  return path
}

/** One line without blanks at the ends, which every one of these languages takes for layout. */
const line = fc
  .string({ unit: fc.constantFrom(...Array.from('ab1 %{}()$`\\\'"#:~<>&;|*?[]-=,.!é世')), maxLength: 20 })
  .map((text) => text.trim())
  .filter((text) => text !== '')

describe('sh', () => {
  const echo = (words: readonly string[]): string[] => {
    const script = file('words.sh', words.map((word) => `printf '%s\\0' ${escapes.sh(word)}\n`).join(''))
    return execFileSync('sh', [script], { encoding: 'utf8' }).split('\0').slice(0, -1)
  }

  it('gives a shell every text back, line breaks included', () => {
    const words = [...hostile, '', 'two\nlines', ' blanks ', "''", "'"]
    expect(echo(words)).toEqual(words)
  })

  it('gives any text back', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0') && text.isWellFormed()),
          { minLength: 20 },
        ),
        (words) => {
          expect(echo(words)).toEqual(words)
        },
      ),
      { numRuns: 5 },
    )
  })

  it('leaves plain words readable, and refuses what no shell word can be', () => {
    expect(escapes.sh('/usr/src/foo-1.0')).toBe('/usr/src/foo-1.0')
    expect(() => escapes.sh('a\0b')).toThrow(expect.objectContaining({ code: 'PACKAGE_REFUSED' }))
  })
})

describe.skipIf(!has('rpmspec'))('spec, specmacro and spectext (needs rpmspec)', () => {
  const query = (text: string, format: string): string =>
    execFileSync('rpmspec', ['-q', '--srpm', '--qf', format, file('t.spec', text)], { encoding: 'utf8' })

  const specOf = (value: string): string =>
    [
      `%global value ${escapes.specmacro(value)}`,
      'Name: x',
      'Version: 1',
      'Release: 1',
      'License: %{value}',
      `Summary: x${escapes.spec(value)}`,
      '%description',
      escapes.spectext(value),
    ].join('\n')

  it.each(hostile)('rpm reads %j back as it is', (value) => {
    const told = query(`${specOf(value)}\n`, '<%{license}>\n<%{summary}>\n<%{description}>').split('\n')
    expect(told).toEqual([`<${value}>`, `<x${value}>`, `<${/^[%#]/.test(value) ? '- ' : ''}${value}>`])
  })

  it('rpm reads any line back as it is', () => {
    fc.assert(
      fc.property(line, (value) => {
        const told = query(`${specOf(value)}\n`, '<%{license}>\n<%{summary}>\n<%{description}>').split('\n')
        expect(told).toEqual([`<${value}>`, `<x${value}>`, `<${/^[%#]/.test(value) ? '- ' : ''}${value}>`])
      }),
      { numRuns: 40 },
    )
  })

  it('no line of a text opens a section, a condition or an include, or is dropped as a comment', () => {
    const lines = ['%prep', '  %if 0', '%include /etc/passwd', '# comment', '%%package evil', 'end\\', 'last']
    const text = `Name: x\nVersion: 1\nRelease: 1\nSummary: x\nLicense: x\n%description\n${escapes.spectext(lines.join('\n'))}\n`
    const told = query(text, '%{description}')
    expect(told).toBe(
      ['- %prep', '  - %if 0', '- %include /etc/passwd', '- # comment', '- %%package evil', 'end\\', 'last'].join('\n'),
    )
  })

  it('specbare is read back by rpm as spectext is, and a % before a blank or the end is single', () => {
    const bare = escapes.specbare('100% of %{name}, 5%.\n7%')
    expect(bare).toBe('100% of %%{name}, 5%.\n7%')
    const text = `Name: x\nVersion: 1\nRelease: 1\nSummary: x\nLicense: x\n%description\n${bare}\n`
    expect(query(text, '%{description}')).toBe('100% of %{name}, 5%.\n7%')
  })

  it('an empty macro is empty and not an error', () => {
    expect(query(specOf('').replace('%{value}', 'a%{value}b'), '<%{license}>')).toBe('<ab>')
  })

  it('refuses what would become a line of its own', () => {
    for (const name of ['spec', 'specmacro'] as const) {
      expect(() => escapes[name]('a\n%prep')).toThrow(expect.objectContaining({ code: 'PACKAGE_REFUSED' }))
    }
  })
})

describe.skipIf(!has('make'))('make (needs make)', () => {
  const echo = (values: readonly string[]): string[] => {
    const lines = values.map((value, index) => `v${index} = ${escapes.make(value)}`)
    const shown = values.map((_, index) => `$(info [$(v${index})])`)
    const path = file('t.mk', [...lines, ...shown, 'all:;', ''].join('\n'))
    return execFileSync('make', ['-s', '-f', path], { encoding: 'utf8' }).trimEnd().split('\n')
  }

  it('gives a makefile every text back', () => {
    const values = [...hostile, ' blank before', 'after ', '\\', '\\\\', '#', '$', '$$', 'x\\#']
    expect(echo(values)).toEqual(values.map((value) => `[${value}]`))
  })

  it('gives any line back', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 10 }), (values) => {
        expect(echo(values)).toEqual(values.map((value) => `[${value}]`))
      }),
      { numRuns: 10 },
    )
  })

  it('refuses a second line', () => {
    expect(() => escapes.make('a\n\tid')).toThrow(expect.objectContaining({ code: 'PACKAGE_REFUSED' }))
  })
})

describe.skipIf(!has('dpkg-deb'))('deb822 (needs dpkg-deb)', () => {
  it('continues lines so that none becomes a field', () => {
    const text = 'summary: 100%\nMaintainer: evil\n\n  indented\n.'
    const root = join(directory, 'deb')
    execFileSync('mkdir', ['-p', join(root, 'DEBIAN')])
    const control = `Package: xx\nVersion: 1\nArchitecture: all\nMaintainer: me <me@example.org>\nDescription: ${escapes.deb822(text)}\n`
    writeFileSync(join(root, 'DEBIAN/control'), control)
    const deb = join(directory, 'x.deb')
    execFileSync('dpkg-deb', ['--root-owner-group', '-b', root, deb], { stdio: 'ignore' })
    const field = (name: string) => execFileSync('dpkg-deb', ['-f', deb, name], { encoding: 'utf8' }).trimEnd()
    expect(field('Maintainer')).toBe('me <me@example.org>')
    expect(field('Description')).toBe('summary: 100%\n Maintainer: evil\n .\n   indented\n .')
  })

  it('refuses control characters', () => {
    expect(() => escapes.deb822('a\rb')).toThrow(expect.objectContaining({ code: 'PACKAGE_REFUSED' }))
  })
})

describe('xml and json', () => {
  it('a parser reads every text back, in elements and attributes', () => {
    const parser = new XMLParser({
      ignoreAttributes: false,
      trimValues: false,
      parseTagValue: false,
      htmlEntities: true,
    })
    fc.assert(
      fc.property(fc.oneof(line, fc.constantFrom(...hostile, 'a\nb\tc')), (value) => {
        const text = escapes.xml(value)
        expect(parser.parse(`<r a="${text}">x${text}</r>`)).toEqual({ r: { '#text': `x${value}`, '@_a': value } })
      }),
    )
  })

  it('refuses characters that XML does not have', () => {
    for (const value of ['\x01', '\x1b[0m', '\ud800', '\uffff']) {
      expect(() => escapes.xml(value)).toThrow(expect.objectContaining({ code: 'PACKAGE_REFUSED' }))
    }
  })

  it('JSON comes back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        expect(JSON.parse(escapes.json(value))).toBe(value)
      }),
    )
  })
})
