import { describe, expect, it } from 'vitest'
import { kernelSpecMacros, macroVersion, quietMacros } from '../../../../src/packaging/rpm/kernel-spec.ts'

describe('the macros for spec files of one kernel', () => {
  it('are those of DKMS 2.2, by name and value', () => {
    expect(kernelSpecMacros('hello', '1.0', { release: '5.14.0-1.el9.x86_64', arch: 'x86_64' })).toEqual([
      ['version', '1.0'],
      ['module_name', 'hello'],
      ['kernel_version', '5.14.0-1.el9.x86_64'],
    ])
  })

  it('keep rpmbuild from stripping modules, and from a payload that installers cannot read', () => {
    expect(Object.fromEntries(quietMacros)).toMatchObject({
      __os_install_post: '%{nil}',
      debug_package: '%{nil}',
      _binary_payload: 'w9.gzdio',
    })
  })

  it.each([
    ['1.0', '1.0'],
    ['1.0rc1', '1.0rc1'],
    ['2.0~git^3_x+y', '2.0~git^3_x+y'],
    ['2.0-rc1', '2.0~rc1'],
    ['3-4', '3_4'],
    // Nothing that rpm takes can be made of it, and rpm says so.
    ['1..2-3', '1..2-3'],
  ])('have for the version %s the version %s', (version, expected) => {
    expect(macroVersion(version)).toBe(expected)
  })
})
