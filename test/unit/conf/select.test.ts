import { describe, expect, it } from 'vitest'
import { exclusions } from '../../../src/conf/exclusive.ts'
import { interpretConf } from '../../../src/conf/interpret.ts'
import type { DkmsConf } from '../../../src/conf/model.ts'
import { evaluatePlain } from '../../../src/conf/plain.ts'
import { selectMake, selectPatches } from '../../../src/conf/select.ts'

const kernel = { release: '6.1.0-56-amd64', arch: 'x86_64' }

function conf(text: string): DkmsConf {
  const base = 'PACKAGE_NAME=p PACKAGE_VERSION=1 DEST_MODULE_LOCATION=/extra\n'
  const read = interpretConf(evaluatePlain(base + text, {}) ?? new Map(), { file: 'f', strictness: 'strict' }).conf
  if (read === undefined) throw new Error(text)
  return read
}

describe('the MAKE command for a kernel', () => {
  it.each([
    ['', undefined],
    ['MAKE=a', 'a'],
    ['MAKE=a MAKE_MATCH=^5', undefined],
    ['MAKE=a MAKE_MATCH=^6', 'a'],
    ['MAKE=a MAKE[1]=b MAKE_MATCH[1]=^6', 'b'],
    ['MAKE=a MAKE[1]=b MAKE_MATCH[1]=^6 MAKE[2]=c MAKE_MATCH[2]=amd64', 'c'],
    ['MAKE=a MAKE[9]=b MAKE_MATCH[9]=6.1', 'b'],
    ['MAKE=a MAKE[1]=b', 'a'],
    ['MAKE[1]=b', undefined],
    ['MAKE=a MAKE[1]=b MAKE_MATCH[1]="(6"', 'a'],
  ])('with %j is %j', (text, expected) => {
    expect(selectMake(conf(text), kernel)).toBe(expected)
  })
})

describe('the patches for a kernel', () => {
  it('are those without a match and those that match, in index order, over gaps', () => {
    const text = 'PATCH[12]=l PATCH[0]=a PATCH[3]=d PATCH_MATCH[3]=^5 PATCH[4]=e PATCH_MATCH[4]=^6'
    expect(selectPatches(conf(text), kernel).map(({ file }) => file)).toEqual(['a', 'e', 'l'])
  })
})

describe('exclusion of a kernel', () => {
  const kconfig = { get: (name: string) => ({ CONFIG_A: 'y', CONFIG_B: 'm', CONFIG_S: 'text' })[name] }

  it.each([
    ['', true],
    ['BUILD_EXCLUSIVE_KERNEL=^6', true],
    ['BUILD_EXCLUSIVE_KERNEL=^5', false],
    ['BUILD_EXCLUSIVE_KERNEL="(6"', false],
    ['BUILD_EXCLUSIVE_ARCH=x86', true],
    ['BUILD_EXCLUSIVE_ARCH=^arm', false],
    ['BUILD_EXCLUSIVE_KERNEL_MIN=6.1', true],
    ['BUILD_EXCLUSIVE_KERNEL_MIN=6.1.0-57', false],
    ['BUILD_EXCLUSIVE_KERNEL_MIN=6.2', false],
    ['BUILD_EXCLUSIVE_KERNEL_MAX=6.1', false],
    ['BUILD_EXCLUSIVE_KERNEL_MAX=6.1.9999', true],
    ['BUILD_EXCLUSIVE_KERNEL_MAX=6.10', true],
    ['BUILD_EXCLUSIVE_CONFIG="CONFIG_A CONFIG_B"', true],
    ['BUILD_EXCLUSIVE_CONFIG="CONFIG_A CONFIG_C"', false],
    ['BUILD_EXCLUSIVE_CONFIG="!CONFIG_A"', false],
    ['BUILD_EXCLUSIVE_CONFIG="!CONFIG_C CONFIG_A"', true],
    ['BUILD_EXCLUSIVE_CONFIG=CONFIG_S', false],
    ['OBSOLETE_BY=6.0', false],
    ['OBSOLETE_BY=6.1', false],
    ['OBSOLETE_BY=6.1.0', false],
    ['OBSOLETE_BY=6.1.0-55', false],
    ['OBSOLETE_BY=6.1.0-56', false],
    ['OBSOLETE_BY=6.1.0-57', true],
    ['OBSOLETE_BY=6.2', true],
    ['OBSOLETE_BY=6.0 BUILD_EXCLUSIVE_KERNEL_MAX=7', true],
  ])('with %j lets it be built: %s', (text, built) => {
    const { packageReason } = exclusions(conf(text), kernel, kconfig)
    expect(packageReason === undefined).toBe(built)
  })

  it('does not look at BUILD_EXCLUSIVE_CONFIG without a configuration', () => {
    expect(exclusions(conf('BUILD_EXCLUSIVE_CONFIG=CONFIG_Z'), kernel, undefined).packageReason).toBeUndefined()
  })

  const two = 'BUILT_MODULE_NAME=(a b) DEST_MODULE_LOCATION[1]=/extra\n'

  it('can be of single modules', () => {
    const { packageReason, modules } = exclusions(conf(`${two}BUILD_EXCLUSIVE_KERNEL[1]=^5`), kernel, kconfig)
    expect(packageReason).toBeUndefined()
    expect([...modules.keys()]).toEqual([1])
    expect(modules.get(1)).toContain('^5')
  })

  it('is of the whole package by index 0, whatever the other modules say', () => {
    const { packageReason, modules } = exclusions(conf(`${two}BUILD_EXCLUSIVE_KERNEL=(^5 ^6)`), kernel, kconfig)
    expect(packageReason).toContain('^5')
    expect(modules.size).toBe(0)
  })

  it('names both sides of the comparison', () => {
    const { packageReason } = exclusions(conf('BUILD_EXCLUSIVE_KERNEL_MAX=6.1'), kernel, kconfig)
    expect(packageReason).toBe('kernel 6.1.0-56-amd64 is newer than BUILD_EXCLUSIVE_KERNEL_MAX 6.1')
  })
})
