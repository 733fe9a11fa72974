import { describe, expect, it } from 'vitest'
import type { ModuleInfo } from '../../../../src/kernel/modinfo.ts'
import { deriveMetadata } from '../../../../src/packaging/metadata/derive.ts'
import { factsOfModule, factsOfSource } from '../../../../src/packaging/metadata/facts.ts'
import type { PackagingFile, StatedMetadata } from '../../../../src/packaging/metadata/model.ts'
import { type MetadataLayers, needsModuleFacts, resolveMetadata } from '../../../../src/packaging/metadata/resolve.ts'

const id = { name: 'foo', version: '1.0' }
const subject = { package: id, time: 1_700_000_000 }
const nothing = { license: undefined, summary: undefined, description: undefined, maintainer: undefined }
const derived = {
  license: 'MIT',
  summary: 'of a module',
  description: 'd',
  maintainer: { name: 'Mod', email: 'm@x.org' },
}

function fileOf(common: StatedMetadata, overrides: PackagingFile['overrides'] = {}): PackagingFile {
  return { path: 'packaging.yaml', common, overrides, exclude: [] }
}

describe('precedence', () => {
  const requires = (name: string): StatedMetadata => ({ relations: { requires: [{ anyOf: [{ name }] }] } })
  const layers = [
    ['option', { options: { summary: 'o', ...requires('o') } }],
    ['file', { file: fileOf({}, { rpm: { summary: 'r', ...requires('r') } }) }],
    ['file', { file: fileOf({ summary: 'c', ...requires('c') }) }],
    ['module', { derived }],
    ['default', {}],
  ] as const

  it('options win over the block of the family, that over the file, that over the modules, that over defaults', () => {
    const file = fileOf({ summary: 'c', ...requires('c') }, { rpm: { summary: 'r', ...requires('r') } })
    const all = { options: { summary: 'o', ...requires('o') }, file, derived }
    const seen = (change: Partial<MetadataLayers>, family: 'rpm' | 'deb') => {
      const { summary, origins, relations } = resolveMetadata(family, subject, { ...all, ...change })
      return [summary, origins.summary, relations.requires[0]?.anyOf[0].name, origins.requires]
    }
    expect(seen({}, 'rpm')).toEqual(['o', 'option', 'o', 'option'])
    expect(seen({ options: {} }, 'rpm')).toEqual(['r', 'file', 'r', 'file'])
    expect(seen({ options: {} }, 'deb')).toEqual(['c', 'file', 'c', 'file'])
    expect(seen({ options: {}, file: fileOf({}) }, 'deb')).toEqual(['of a module', 'module', undefined, 'default'])
    expect(seen({ options: {}, file: fileOf({}), derived: nothing }, 'deb')).toEqual([
      'Kernel modules of foo',
      'default',
      undefined,
      'default',
    ])
  })

  it.each(layers)('a value of %s says so', (origin, layer) => {
    const metadata = resolveMetadata('rpm', subject, { options: {}, file: undefined, derived: nothing, ...layer })
    expect(metadata.origins.summary).toBe(origin)
  })

  it('an empty list of options takes back what the file says', () => {
    const file = fileOf(requires('c'))
    const metadata = resolveMetadata('deb', subject, { options: { relations: { requires: [] } }, file, derived })
    expect(metadata.relations.requires).toEqual([])
    expect(metadata.origins.requires).toBe('option')
  })
})

describe('what nobody says', () => {
  it('is the default, complete for every family', () => {
    expect(resolveMetadata('deb', subject, { options: {}, file: undefined, derived: nothing })).toMatchObject({
      license: 'Unknown',
      summary: 'Kernel modules of foo',
      description: 'Kernel modules of foo 1.0.',
      maintainer: undefined,
      packager: undefined,
      group: 'System/Kernel',
      section: 'kernel',
      priority: 'optional',
      release: undefined,
      changelog: [{ time: 1_700_000_000, author: undefined, version: '1.0', changes: ['foo 1.0.'] }],
    })
  })

  it('about a change is the version, the maintainer and the time of the package; the packager is the maintainer', () => {
    const file = fileOf({
      changelog: [
        { changes: ['x'] },
        { changes: ['y'], version: '0.9', time: 5, author: { name: 'B', email: undefined } },
      ],
    })
    const { changelog, packager } = resolveMetadata('rpm', subject, { options: {}, file, derived })
    expect(packager).toEqual(derived.maintainer)
    expect(changelog).toEqual([
      { time: 1_700_000_000, author: derived.maintainer, version: '1.0', changes: ['x'] },
      { time: 5, author: { name: 'B', email: undefined }, version: '0.9', changes: ['y'] },
    ])
  })

  it('is looked for in the modules only where something is missing', () => {
    const all: StatedMetadata = {
      license: 'MIT',
      summary: 's',
      description: 'd',
      maintainer: { name: 'A', email: undefined },
    }
    const { license: _, ...rest } = all
    expect(needsModuleFacts({ options: all, file: undefined })).toBe(false)
    expect(needsModuleFacts({ options: { license: 'MIT' }, file: fileOf(rest) })).toBe(false)
    expect(needsModuleFacts({ options: {}, file: fileOf(rest) })).toBe(true)
  })
})

describe('what modules say', () => {
  const source = (name: string, license: string, description: string, top = '') =>
    factsOfSource(
      `src/${name}.c`,
      `${top}\nMODULE_LICENSE("${license}");\nMODULE_DESCRIPTION("${description}");\nMODULE_AUTHOR("${name} <${name}@x.org>");\n`,
    )

  it('of one module is the package, without the full stop', () => {
    expect(deriveMetadata(id, ['foo'], source('foo', 'GPL', 'Driver for the\\n Foo device.'))).toEqual({
      license: 'GPL-2.0-only',
      summary: 'Driver for the Foo device',
      description: 'Kernel modules of foo 1.0.\n\nDriver for the Foo device.',
      maintainer: { name: 'foo', email: 'foo@x.org' },
    })
  })

  it('of several: the first of dkms.conf leads, and all licenses apply', () => {
    const facts = [...source('a-helper', 'Dual MIT/GPL', 'Helps'), ...source('foo_main', 'Proprietary', 'Works')]
    expect(deriveMetadata(id, ['foo-main', 'a-helper'], facts)).toMatchObject({
      license: '(GPL-2.0-only OR MIT) AND LicenseRef-Proprietary',
      summary: 'Works',
      description: 'Kernel modules of foo 1.0.\n\n- foo_main: Works\n- a-helper: Helps',
      maintainer: { name: 'foo_main' },
    })
  })

  it('the SPDX line of a file is more exact than MODULE_LICENSE', () => {
    const [facts] = source('foo', 'GPL', 'x', '// SPDX-License-Identifier: GPL-2.0+')
    expect(facts?.license).toBe('GPL-2.0-or-later')
  })

  it('a license the kernel does not know is told in its own words', () => {
    expect(source('foo', 'Foo Public License', 'x')[0]?.license).toBe('Foo Public License')
  })

  it('long descriptions are shortened in the summary and folded below', () => {
    const { summary, description } = deriveMetadata(id, ['foo'], source('foo', 'GPL', 'long word '.repeat(30)))
    expect(summary?.length).toBeLessThanOrEqual(79)
    expect(summary).toMatch(/…$/)
    for (const line of description?.split('\n') ?? []) expect(line.length).toBeLessThanOrEqual(75)
  })

  it('a source without the macros says nothing, and built modules say the same as sources', () => {
    expect(factsOfSource('a.c', 'int main(void) { return 0; }')).toEqual([])
    const info = { license: ['GPL v2'], description: ' Foo\n', author: ['A <a@x.org>'] } satisfies Partial<ModuleInfo>
    expect(factsOfModule('foo', info as unknown as ModuleInfo)).toEqual({
      name: 'foo',
      license: 'GPL-2.0-only',
      description: 'Foo',
      authors: ['A <a@x.org>'],
    })
  })
})
