import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alwaysLeftOut, leavesOut } from '../../../../src/packaging/plan/leave-out.ts'

describe('patterns', () => {
  it.each([
    ['*.bin', 'a.bin', true],
    ['*.bin', 'deep/down/a.bin', true],
    ['*.bin', 'a.bin.c', false],
    ['docs/', 'docs/', true],
    ['docs/', 'sub/docs/', true],
    ['docs/', 'docs', false],
    ['/docs', 'docs/', true],
    ['/docs', 'sub/docs/', false],
    ['sub/*.c', 'sub/a.c', true],
    ['sub/*.c', 'sub/deep/a.c', false],
    ['sub/*.c', 'x/sub/a.c', false],
    ['sub/**', 'sub/deep/a.c', true],
    ['**/test/*.c', 'test/a.c', true],
    ['**/test/*.c', 'a/b/test/a.c', true],
    ['./a?.c', 'ab.c', true],
    ['./a?.c', 'sub/ab.c', false],
    ['a.c', 'abc', false],
    ['a+(b)[c]', 'a+(b)[c]', true],
    ['*', 'a/b', true],
  ])('%s on %s: %s', (pattern, path, expected) => {
    const isDirectory = path.endsWith('/')
    expect(leavesOut([pattern])(path.replace(/\/$/, ''), isDirectory)).toBe(expected)
  })

  it('a name without wildcards leaves out that name and no other', () => {
    const name = fc.string({ unit: fc.constantFrom(...Array.from('ab.+^$()[]{}|\\-#~ ')), minLength: 1 })
    fc.assert(
      fc.property(name, name, (pattern, other) => {
        expect(leavesOut([pattern])(other, false)).toBe(pattern === other)
      }),
    )
  })
})

describe('what is never packed', () => {
  const never = leavesOut(alwaysLeftOut)

  it.each([
    '.git/',
    '.git',
    '.gitignore',
    'sub/.gitattributes',
    '.github/',
    '.svn/',
    '.hg/',
    '.hgignore',
    'CVS/',
    'a.c~',
    '#a.c#',
    '.#a.c',
    '.a.c.swp',
    '.a.c.swo',
    'foo-1.0-1dkms.noarch.rpm',
    'out/foo-dkms_1.0_all.deb',
    'foo_1.0.dsc',
    'foo_1.0_source.changes',
  ])('%s', (path) => {
    expect(never(path.replace(/\/$/, ''), path.endsWith('/'))).toBe(true)
  })

  it.each([
    'dkms.conf',
    '.config',
    'a.c',
    'git.c',
    'CVS',
    'x.orig',
    'foo.o_shipped',
    'a~b',
    '.clang-format',
    'packaging.yaml',
    'swap.swp',
  ])('but %s is', (path) => {
    expect(never(path, false)).toBe(false)
  })
})
