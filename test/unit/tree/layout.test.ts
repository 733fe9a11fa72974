import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { absolutePath, type Roots } from '../../../src/domain.ts'
import {
  byteOrder,
  isMarkerName,
  markerName,
  markerTarget,
  moduleFileNames,
  moduleOfFile,
  treePaths,
} from '../../../src/tree/layout.ts'

const roots: Roots = {
  dkmsTree: absolutePath('/t'),
  sourceTree: absolutePath('/s'),
  installTree: absolutePath('/i'),
  etc: absolutePath('/e'),
  tmp: absolutePath('/tmp'),
}
const id = { name: 'foo', version: '1.0' }
const kernel = { release: '6.1.0-56-amd64', arch: 'x86_64' }
const paths = treePaths(roots)

describe('treePaths', () => {
  it.each([
    [paths.packageDir('foo'), '/t/foo'],
    [paths.versionDir(id), '/t/foo/1.0'],
    [paths.sourceLink(id), '/t/foo/1.0/source'],
    [paths.buildDir(id), '/t/foo/1.0/build'],
    [paths.kernelDir(id, kernel), '/t/foo/1.0/6.1.0-56-amd64/x86_64'],
    [paths.moduleDir(id, kernel), '/t/foo/1.0/6.1.0-56-amd64/x86_64/module'],
    [paths.makeLog(id, kernel), '/t/foo/1.0/6.1.0-56-amd64/x86_64/log/make.log'],
    [paths.marker('foo', kernel), '/t/foo/kernel-6.1.0-56-amd64-x86_64'],
    [paths.originals('foo', kernel), '/t/foo/original_module/6.1.0-56-amd64/x86_64'],
    [paths.tarballDir(id), '/t/foo/1.0/tarball'],
    [paths.sourceDir(id), '/s/foo-1.0'],
    [paths.lockFile, '/t/.lock'],
  ])('%s is %s', (path, expected) => {
    expect(path).toBe(expected)
  })

  it('writes a marker as DKMS does: relative, to version, release and architecture', () => {
    expect(markerName(kernel)).toBe('kernel-6.1.0-56-amd64-x86_64')
    expect(markerTarget('1.0', kernel)).toBe('1.0/6.1.0-56-amd64/x86_64')
  })
})

describe('names in the tree', () => {
  it.each([
    ['kernel-6.1.0-amd64-x86_64', true],
    ['kernel-6.1.0-x86_64', true],
    ['kernel-1.0', false],
    ['my-kernel-6.1.0-x86_64', false],
    ['1.0', false],
  ])('%s is a marker name: %s', (name, expected) => {
    expect(isMarkerName(name)).toBe(expected)
  })

  it.each([
    ['foo.ko', 'foo'],
    ['foo.ko.gz', 'foo'],
    ['foo.ko.xz', 'foo'],
    ['foo.ko.zst', 'foo'],
    ['foo.o', 'foo'],
    ['foo.bar.ko', 'foo.bar'],
    ['foo.ko.bz2', undefined],
    ['Module.symvers', undefined],
    ['.ko', undefined],
  ])('%s is a file of the module %s', (file, module) => {
    expect(moduleOfFile(file)).toBe(module)
  })

  it('takes the file names it looks for as files of that module', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9_.-]{1,12}$/), (module) => {
        for (const file of moduleFileNames(module)) expect(moduleOfFile(file)).toBe(module)
      }),
    )
  })

  it('orders as the bytes do, for what UTF-16 and UTF-8 order alike', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), fc.string({ unit: 'grapheme-ascii' }), (a, b) => {
        expect(byteOrder(a, b)).toBe(Buffer.from(a).compare(Buffer.from(b)))
      }),
    )
  })
})
