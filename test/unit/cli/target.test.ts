import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseCommandLine } from '../../../src/cli/grammar.ts'
import { purposeOf } from '../../../src/cli/lock.ts'
import { readArchive, readTarget } from '../../../src/cli/target.ts'
import { type ProgressEvent, silent } from '../../../src/report.ts'

const base = mkdtempSync(join(tmpdir(), 'cli-target-'))
afterAll(() => rmSync(base, { recursive: true }))
const archive = join(base, 'x.tar.gz')
const source = join(base, 'source')

beforeAll(() => {
  writeFileSync(archive, '')
  mkdirSync(source)
  writeFileSync(join(source, 'dkms.conf'), '')
  mkdirSync(join(base, 'plain'))
})

function archiveOf(...words: readonly string[]): string {
  return readArchive(parseCommandLine(['ldtarball', ...words]), silent)
}

describe('the archive that is loaded', () => {
  it('is the word, or the value of --archive', () => {
    expect(archiveOf(archive)).toBe(archive)
    expect(archiveOf('--archive', archive)).toBe(archive)
    expect(archiveOf('there/is/none')).toBe(join(process.cwd(), 'there/is/none'))
  })

  it.each([
    [[], /^no archive was named$/, /name the archive/],
    [[''], /^no archive was named$/, /name the archive/],
    [['-'], /^archives are read from files, not from standard input$/, /write it to a file/],
    [[source], /source is a directory, not an archive$/, /: add .*source$/],
    [[join(base, 'plain')], /plain is a directory, not an archive$/, /: add .*plain$/],
  ])('is asked for in words when %j is given', (words, message, hint) => {
    expect(() => archiveOf(...words)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(message), hint: expect.stringMatching(hint) }),
    )
  })

  it('is one: a further word is warned about', () => {
    const events: ProgressEvent[] = []
    readArchive(parseCommandLine(['ldtarball', archive, 'more']), (event) => events.push(event))
    expect(events).toMatchObject([{ kind: 'warning', message: expect.stringContaining('"more"') }])
  })
})

describe('what a command that holds the tree says it does', () => {
  it.each([
    [['build', 'm/1.0'], 'build m/1.0'],
    [['build', '-m', 'm', '-v', '1.0'], 'build m/1.0'],
    [['build', '-m', 'm/1.0', '-k', '6.1'], 'build m/1.0'],
    [['rebuild', 'm'], 'rebuild m'],
    [['rebuild'], 'rebuild'],
    [['autoinstall', '-k', '6.1'], 'autoinstall'],
    [['add', source], `add ${source}`],
    [['ldtarball', archive], `ldtarball ${archive}`],
    [['ldtarball', '--archive', archive], `ldtarball ${archive}`],
    [['ldtarball', './none'], `ldtarball ${join(process.cwd(), 'none')}`],
    [['mktarball', '-m', 'm', '-v', '1.0', '--archive', archive], 'mktarball m/1.0'],
  ])('%j', (words, purpose) => {
    expect(purposeOf(parseCommandLine(words))).toBe(purpose)
  })
})

describe('the source that is meant', () => {
  it('is the first directory; a second one is warned about', () => {
    const other = join(base, 'other')
    mkdirSync(other)
    writeFileSync(join(other, 'dkms.conf'), '')
    const events: ProgressEvent[] = []
    const line = parseCommandLine(['mkrpm', source, join(other, 'dkms.conf'), archive, archive, 'hello/1.0'])
    expect(readTarget(line, (event) => events.push(event))).toEqual({ source, archive, name: 'hello', version: '1.0' })
    expect(events.map((event) => ('message' in event ? event.message : ''))).toEqual([
      expect.stringContaining('other/dkms.conf'),
      expect.stringContaining('x.tar.gz'),
    ])
  })
})
