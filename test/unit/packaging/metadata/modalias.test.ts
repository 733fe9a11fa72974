import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRpmVersion } from '../../../../src/packaging/metadata/dependency.ts'
import { mergeAliases, modaliasProvides, redHatWords } from '../../../../src/packaging/metadata/modalias.ts'

/** Every text a list of aliases with classes stands for; `*` and the like stay as they are. */
function expand(alias: string): string[] {
  const match = /^(.*?)\[([^\]]*)\](.*)$/s.exec(alias)
  if (match === null) return [alias]
  const [, before = '', inside = '', after = ''] = match
  return Array.from(inside).flatMap((one) => expand(after).map((rest) => `${before}${one}${rest}`))
}

describe('modalias capabilities', () => {
  it.each<[string, string[], string[]]>([
    ['one alias is itself', ['pci:v00008086d*'], ['pci:v00008086d*']],
    ['aliases that differ in one character become a class', ['pci:d1sv*', 'pci:d2sv*', 'pci:d4sv*'], ['pci:d[124]sv*']],
    ['whatever their order, each once', ['usb:v2', 'usb:v1', 'usb:v2'], ['usb:v[12]']],
    ['two differences are too many', ['pci:d1s1', 'pci:d2s2'], ['pci:d1s1', 'pci:d2s2']],
    ['another place begins another class', ['a11', 'a12', 'a21', 'a22'], ['a1[12]', 'a2[12]']],
    ['lengths differ', ['pci:d1', 'pci:d10'], ['pci:d1', 'pci:d10']],
    ['a star is no member of a class', ['pci:d*', 'pci:d1'], ['pci:d*', 'pci:d1']],
    ['classes that are there stay whole', ['of:[12]a', 'of:[13]a'], ['of:[12]a', 'of:[13]a']],
    ['but what follows them may vary', ['of:[12]a', 'of:[12]b'], ['of:[12][ab]']],
    ['nothing', [], []],
  ])('%s', (_, aliases, expected) => {
    expect(mergeAliases(aliases)).toEqual(expected)
  })

  it('stand for exactly the aliases they were made of', () => {
    const alias = fc.string({ unit: fc.constantFrom('a', 'b', '1', '*', ':'), minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(fc.array(alias), (aliases) => {
        const merged = mergeAliases(aliases)
        expect(merged.flatMap(expand).sort()).toEqual([...new Set(aliases)].sort())
      }),
    )
  })

  it('have the version of their module, in one word, and are merged within one version only', () => {
    const provides = modaliasProvides([
      { aliases: ['usb:v1', 'usb:v3'], version: '1.0 beta' },
      { aliases: ['usb:v2'], version: undefined },
      { aliases: ['usb:v5'], version: '1.0 beta' },
      { aliases: [], version: '3' },
    ])
    expect(provides).toEqual([
      { name: 'modalias(usb:v2)' },
      { name: 'modalias(usb:v[135])', constraint: { operator: '=', version: '1.0_beta' } },
    ])
  })

  it('are one word each', () => {
    expect(modaliasProvides([{ aliases: ['dmi:*svn Foo\nBar:', 'of:N*T*Cvendor,one'], version: '' }])).toEqual([
      { name: 'modalias(dmi:*svn?Foo?Bar:)' },
      { name: 'modalias(of:N*T*Cvendor?one)' },
    ])
  })

  it.each([
    ['1.0', '1.0'],
    ['2.1-3', '2.1-3'],
    ['7.3.21-k8-NAPI', '7.3.21_k8_NAPI'],
    ['-1', '_1'],
    ['1.2 (beta)', '1.2__beta_'],
    ['1:2,3', '1_2_3'],
    ['1.0~rc1^git', '1.0~rc1^git'],
  ])('have the version %s as %s', (version, expected) => {
    const [provide] = modaliasProvides([{ aliases: ['a'], version }])
    expect(provide?.constraint?.version).toBe(expected)
    expect(isRpmVersion(provide?.constraint?.version ?? '')).toBe(true)
  })

  it('have in packages of Red Hat nothing that would end a word or a version', () => {
    const aliases = ['of:N*T*Cvendor,one', 'of:N*T*Cvendor,two', 'pci:v00001234d0000000[12]*', 'dmi:*svn Foo+(é):']
    const version = '1:2.1-beta 3~x'
    expect(modaliasProvides([{ aliases, version }], redHatWords).map(({ name }) => name)).toEqual([
      'modalias(dmi:*svn_Foo____:)',
      'modalias(of:N*T*Cvendor_one)',
      'modalias(of:N*T*Cvendor_two)',
      'modalias(pci:v00001234d0000000[12]*)',
    ])
    expect(modaliasProvides([{ aliases: ['a'], version }], redHatWords)[0]?.constraint?.version).toBe('1_2.1_beta_3_x')
  })
})
