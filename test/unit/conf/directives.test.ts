import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { directives, editDistance, findDirective, isBuildTime, suggestDirective } from '../../../src/conf/directives.ts'
import { renderDirectivesPage } from '../../../src/conf/directives-page.ts'

describe('the table of directives', () => {
  it('has each name once', () => {
    expect(new Set(directives.map(({ name }) => name)).size).toBe(directives.length)
  })

  it('says what to use in place of what is deprecated or ignored', () => {
    expect(directives.filter(({ status, replacement }) => status !== 'current' && replacement === undefined)).toEqual(
      [],
    )
  })

  it.each([
    'MAKE',
    'CLEAN',
    'PRE_BUILD',
    'POST_BUILD',
    'PRE_INSTALL',
    'POST_INSTALL',
    'POST_ADD',
    'POST_REMOVE',
    'PRE_REMOVE',
  ])('leaves %s to the build', (name) => {
    expect(isBuildTime(name)).toBe(true)
  })

  it.each([
    'MAKE_MATCH',
    'PATCH',
    'PACKAGE_VERSION',
    'toString',
    'constructor',
  ])('does not leave %s to the build', (name) => {
    expect(isBuildTime(name)).toBe(false)
  })

  it.each([
    'BUILD_EXCLUSIVE_KERNEL',
    'BUILD_EXCLUSIVE_KERNEL_MIN',
    'BUILD_EXCLUSIVE_KERNEL_MAX',
    'BUILD_EXCLUSIVE_ARCH',
    'BUILD_EXCLUSIVE_CONFIG',
  ])('lets %s have an index', (name) => {
    expect(findDirective(name)?.kind).toBe('array')
  })

  it.each([
    ['BUILD_MODULE_NAME', 'BUILT_MODULE_NAME'],
    ['BUILD_MODULE_LOCATION', 'BUILT_MODULE_LOCATION'],
    ['BULIT_MODULE_NAME', 'BUILT_MODULE_NAME'],
    ['DEST_MODULE_LOCATIONS', 'DEST_MODULE_LOCATION'],
    ['PATCHES', 'PATCH'],
    ['AUTO_INSTALL', 'AUTOINSTALL'],
    ['AUTOINSTAL', 'AUTOINSTALL'],
    ['PACKAGE_VERSON', 'PACKAGE_VERSION'],
    ['package_name', 'PACKAGE_NAME'],
    ['POSTINSTALL', 'POST_INSTALL'],
    ['REMAKE_INITD', 'REMAKE_INITRD'],
    ['MAKE', undefined],
    ['CFLAGS', undefined],
    ['KERNEL_VERSION', undefined],
    ['UDEV_TRIGGER', undefined],
    ['toString', undefined],
    ['i', undefined],
  ])('takes %s for %s', (name, expected) => {
    expect(suggestDirective(name)).toBe(expected)
  })

  it.each([
    ['', 'abc', 3],
    ['abc', 'abc', 0],
    ['abc', 'acb', 1],
    ['abc', 'axc', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
  ])('counts the distance from %j to %j as %d', (a, b, expected) => {
    expect([editDistance(a, b), editDistance(b, a)]).toEqual([expected, expected])
  })
})

describe('docs/directives.md', () => {
  it('is what the tables render', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/directives.md'), 'utf8')
    expect(page).toBe(renderDirectivesPage())
  })
})
