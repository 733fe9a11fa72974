import { describe, expect, it } from 'vitest'
import { makeCommand, shellWord } from '../../../../src/runtime/build/make-command.ts'

const input = {
  rule: undefined,
  kernelSourceDir: '/k/build',
  buildDir: '/b',
  kernelRelease: '6.1',
  clang: false,
  jobs: 2,
}

describe('the make command', () => {
  it.each([
    [{}, 'make -j2 KERNELRELEASE=6.1 -C /k/build M=/b'],
    [{ jobs: 0 }, 'make -j KERNELRELEASE=6.1 -C /k/build M=/b'],
    [{ jobs: undefined }, 'make KERNELRELEASE=6.1 -C /k/build M=/b'],
    [{ clang: true }, 'make -j2 KERNELRELEASE=6.1 -C /k/build M=/b LLVM=1'],
    [{ rule: 'make all' }, 'make -j2 KERNELRELEASE=6.1 all'],
    [{ rule: 'make' }, 'make -j2 KERNELRELEASE=6.1'],
    [{ rule: "'make' all" }, "'make' all"],
    [{ rule: "'make' all", clang: true }, "'make' all LLVM=1"],
    [{ rule: 'cd src; make all' }, 'cd src; make all'],
    [{ rule: 'cd src && make all', clang: true }, 'cd src && make all LLVM=1'],
    [{ rule: './build.sh', clang: true }, './build.sh'],
    [{ rule: 'make LLVM=-15 all', clang: true }, 'make -j2 KERNELRELEASE=6.1 LLVM=-15 all'],
    [{ rule: 'makefile-tool x', clang: true }, 'makefile-tool x'],
    [{ rule: 'make KVER=$kernelver' }, 'make -j2 KERNELRELEASE=6.1 KVER=$kernelver'],
    [{ buildDir: '/with blank/b' }, "make -j2 KERNELRELEASE=6.1 -C /k/build M='/with blank/b'"],
  ])('is made from %j', (change, expected) => {
    expect(makeCommand({ ...input, ...change })).toBe(expected)
  })

  it.each([
    ['plain-1.0', 'plain-1.0'],
    ["it's", `'it'\\''s'`],
    ['a b', "'a b'"],
    ['$(id)', "'$(id)'"],
    ['', "''"],
  ])('quotes %j for a shell', (text, expected) => {
    expect(shellWord(text)).toBe(expected)
  })
})
