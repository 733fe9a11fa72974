import { describe, expect, it } from 'vitest'
import { parseCommandLine } from '../../../src/cli/grammar.ts'
import { filteringKernels, givenKernels, pairKernels } from '../../../src/cli/kernels.ts'

const running = { release: '6.1.0-1-amd64', arch: 'x86_64' }

function kernelsOf(text: string) {
  return pairKernels(givenKernels(parseCommandLine(`build ${text}`.split(' ').filter(Boolean)).options), running)
}

describe('the kernels of a command', () => {
  it.each([
    ['', [running]],
    ['-k 5.4', [{ release: '5.4', arch: 'x86_64' }]],
    ['-k 5.4/i686', [{ release: '5.4', arch: 'i686' }]],
    ['-a i686', [{ release: '6.1.0-1-amd64', arch: 'i686' }]],
    [
      '-k 5.4 -k 5.5 -a i686',
      [
        { release: '5.4', arch: 'i686' },
        { release: '5.5', arch: 'i686' },
      ],
    ],
    [
      '-k 5.4/i686 -k 5.5/x86_64',
      [
        { release: '5.4', arch: 'i686' },
        { release: '5.5', arch: 'x86_64' },
      ],
    ],
    [
      '-k 5.4 -k 5.5 -a i686 -a x86_64',
      [
        { release: '5.4', arch: 'i686' },
        { release: '5.5', arch: 'x86_64' },
      ],
    ],
  ])('reads %j', (text, kernels) => {
    expect(kernelsOf(text)).toEqual(kernels)
  })

  it('refuses architectures that cannot be paired', () => {
    expect(() => kernelsOf('-k 1.0 -k 2.0 -k 3.0 -a a -a b')).toThrow(expect.objectContaining({ code: 'ARCH_COUNT' }))
  })

  it.each([
    '--kernelver=',
    '--kernelver= -k 5.5',
    '-k 5.5/',
    '-k /x86_64',
    '-k 5.5 --arch=',
  ])('refuses %s, which is no kernel and must not become the running one', (text) => {
    expect(() => kernelsOf(text)).toThrow(expect.objectContaining({ code: 'KERNEL_EMPTY' }))
  })

  it('filters nothing by an empty kernel', () => {
    const { options } = parseCommandLine(['status', '-k', '', '-k', '5.5/', '-a', ''])
    expect(filteringKernels(options)).toEqual({ releases: ['5.5'], arches: [] })
  })

  it.each(['-k ../../etc', '-k 6.1/../x', '-a x/y', '-k -rf'])('refuses %s, which could leave the tree', (text) => {
    expect(() => kernelsOf(text)).toThrow(expect.objectContaining({ code: 'NAME_UNSAFE' }))
  })
})
