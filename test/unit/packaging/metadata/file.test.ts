import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFactoryError } from '../../../../src/errors.ts'
import { parsePackagingFile } from '../../../../src/packaging/metadata/file.ts'
import { readMetadataOptions } from '../../../../src/packaging/metadata/options.ts'
import { knownKeys, packagingJsonSchema } from '../../../../src/packaging/metadata/schema.ts'

const root = join(import.meta.dirname, '../../../..')

async function problemsOf(text: string): Promise<readonly string[]> {
  try {
    await parsePackagingFile(text, 'packaging.yaml')
  } catch (error) {
    if (isFactoryError(error, 'METADATA_INVALID')) {
      return error.details.length === 0 ? [error.message] : error.details
    }
    throw error
  }
  return []
}

describe('packaging.yaml', () => {
  it('is read with every scalar as the text it is', async () => {
    const text = `license: GPL-2.0-only
release: 1
epoch: 2
maintainer: Ann <ann@example.org>
requires: [dkms >= 2.8, a | b]
exclude: ["*.bin", 1.10]
changelog:
  - date: 2023-11-14
    version: 1.10
    changes:
      - first
      - |
        two
        lines
rpm:
  summary: yes
  requires: ["(kernel-devel if kernel)"]
deb:
  pre-depends: [dpkg]
`
    expect(await parsePackagingFile(text, '/x/packaging.yaml')).toEqual({
      path: '/x/packaging.yaml',
      common: {
        license: 'GPL-2.0-only',
        release: '1',
        epoch: 2,
        maintainer: { name: 'Ann', email: 'ann@example.org' },
        changelog: [{ time: Date.UTC(2023, 10, 14, 12) / 1000, version: '1.10', changes: ['first', 'two\nlines'] }],
        relations: {
          requires: [
            { anyOf: [{ name: 'dkms', constraint: { operator: '>=', version: '2.8' } }] },
            { anyOf: [{ name: 'a' }, { name: 'b' }] },
          ],
        },
      },
      overrides: {
        rpm: { summary: 'yes', relations: { requires: [{ anyOf: [{ name: '(kernel-devel if kernel)' }] }] } },
        deb: { relations: { preDepends: [{ anyOf: [{ name: 'dpkg' }] }] } },
      },
      exclude: ['*.bin', '1.10'],
    })
  })

  it('may be empty', async () => {
    const nothing = { path: 'packaging.yaml', common: {}, overrides: {}, exclude: [] }
    for (const text of ['', '# nothing\n', '---\n']) {
      expect(await parsePackagingFile(text, 'packaging.yaml')).toEqual(nothing)
    }
  })

  it('is told every problem at once, each with its line, in their order', async () => {
    const text = `licence: GPL
summary:
requires: dkms
recommends:
  - a b
  - "(a if b)"
rpm:
  sumary: x
  release: 1-2
deb: x
changelog:
  - version: 1
    change: [x]
Epoch: 1
nothing-like-it: 1
`
    expect(await problemsOf(text)).toEqual([
      'packaging.yaml:1: unknown key "licence"; did you mean license?',
      'packaging.yaml:2: summary is empty',
      'packaging.yaml:3: requires is not a list',
      expect.stringMatching(/^packaging\.yaml:5: recommends\[0\] is not a relation: "a b"; /),
      expect.stringMatching(/^packaging\.yaml:6: recommends\[1\] is a rich dependency/),
      'packaging.yaml:8: unknown key "sumary" in rpm; did you mean summary?',
      expect.stringMatching(/^packaging\.yaml:9: rpm\.release has characters other than/),
      'packaging.yaml:10: deb is not a block of keys',
      'packaging.yaml:12: changelog[0].changes is missing',
      'packaging.yaml:13: unknown key "change" in changelog[0]; did you mean changes?',
      'packaging.yaml:14: unknown key "Epoch"; did you mean epoch?',
      'packaging.yaml:15: unknown key "nothing-like-it"',
    ])
  })

  it.each([
    ['a syntax error', 'a: [', 1],
    ['a key twice', 'url: x\nurl: y\n', 2],
    ['a tab as indentation', 'rpm:\n\tsummary: x\n', 2],
    ['two documents', 'summary: a\n---\nsummary: b\n', 2],
    ['a list', '- summary\n', 1],
    ['a text', 'summary\n', 1],
  ])('that is %s is refused with its line', async (_, text, line) => {
    expect((await problemsOf(text))[0]).toMatch(new RegExp(`^packaging\\.yaml:${line}: `))
  })

  it('cannot be made to unfold without end', async () => {
    const lines = ['exclude:', '  - &a0 [x, x, x, x, x, x, x, x, x, x]']
    for (let level = 1; level < 12; level += 1)
      lines.push(
        `  - &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(', ')}]`,
      )
    expect(await problemsOf(`${lines.join('\n')}\n`)).toHaveLength(1)
  })

  it('whatever is in it, the outcome is values or problems', async () => {
    const keys = fc.constantFrom(...knownKeys([]), 'changes', 'date', '__proto__', 'x')
    const scalar = fc.constantFrom('x', '1', 'a b', '', '(a)', '2023-01-01', 'null', '[', '"')
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof({ depthSize: 'small' }, scalar, fc.array(tie('tree')), fc.dictionary(keys, tie('tree'))),
    }))
    await fc.assert(
      fc.asyncProperty(fc.oneof(tree, fc.dictionary(keys, tree)), async (value) => {
        await problemsOf(JSON.stringify(value))
      }),
    )
  })
})

describe('the JSON Schema', () => {
  it('in the repository is that of the program (node scripts/generate-schema.ts writes it)', () => {
    expect(readFileSync(join(root, 'schema/packaging.schema.json'), 'utf8')).toBe(packagingJsonSchema())
  })

  it('knows every key, refuses others, and describes each', () => {
    const schema = JSON.parse(packagingJsonSchema()) as {
      properties: Record<string, { description?: string }>
      additionalProperties: boolean
    }
    expect(Object.keys(schema.properties).toSorted()).toEqual([...knownKeys([])].toSorted())
    expect(schema.additionalProperties).toBe(false)
    for (const [name, { description }] of Object.entries(schema.properties))
      expect([name, description]).toEqual([name, expect.any(String)])
  })

  it('every key is in the documentation', () => {
    const page = readFileSync(join(root, 'docs/packaging.md'), 'utf8')
    const keys = [[], ['rpm'], ['deb'], ['kmp'], ['driverdisk'], ['changelog', 0]].flatMap((path) => knownKeys(path))
    expect(keys.filter((key) => !page.includes(`\`${key}\``))).toEqual([])
  })
})

describe('options', () => {
  it('mean what the file means', () => {
    expect(
      readMetadataOptions({ license: 'MIT', epoch: '1', requires: ['dkms >= 2'], packager: undefined }, false),
    ).toEqual({
      license: 'MIT',
      epoch: 1,
      relations: { requires: [{ anyOf: [{ name: 'dkms', constraint: { operator: '>=', version: '2' } }] }] },
    })
    expect(readMetadataOptions({ requires: [] }, false)).toEqual({ relations: { requires: [] } })
    expect(readMetadataOptions({ requires: ['(a if b)'] }, true)).toHaveProperty('relations.requires')
  })

  it.each([
    [{ release: 'a-b' }, '--release: has characters other than letters, digits and . + ~: a-b'],
    [{ epoch: '5000000000' }, '--epoch: is not a whole number below 1000000000: 5000000000'],
  ])('of which one is wrong are told in one line: %j', (options, message) => {
    expect(() => readMetadataOptions(options, false)).toThrow(expect.objectContaining({ message, details: [] }))
  })

  it('are told every problem at once, by their names', () => {
    const options = { summary: 'a\nb', url: 'x', requires: ['a b', '(a if b)'], 'pre-depends': ['='] }
    expect(() => readMetadataOptions(options, false)).toThrow(
      expect.objectContaining({
        code: 'METADATA_INVALID',
        details: ['--summary', '--url', '--requires', '--requires', '--pre-depends'].map((name) =>
          expect.stringMatching(new RegExp(`^${name}: `)),
        ),
      }),
    )
  })
})
