import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { absolutePath, below } from '../../../src/domain.ts'
import { findKernelSource } from '../../../src/kernel/headers.ts'
import { kernelsWithHeaders } from '../../../src/kernel/installed.ts'
import { findKernelConfig, parseKconfig, readKconfig } from '../../../src/kernel/kconfig.ts'
import { temporaryDirectory } from '../../../src/system/fs.ts'

let directory: ReturnType<typeof temporaryDirectory>
beforeEach(() => {
  directory = temporaryDirectory(tmpdir(), 'headers-')
})
afterEach(() => directory[Symbol.dispose]())

const roots = () => ({ installTree: below(directory.path, 'modules') })

function make(path: string, content?: string): void {
  const target = join(directory.path, path)
  mkdirSync(content === undefined ? target : dirname(target), { recursive: true })
  if (content !== undefined) writeFileSync(target, content)
}

describe('findKernelSource', () => {
  const kernel = { release: '6.1.0-56-amd64', arch: 'x86_64' }

  it('takes build when it has include', () => {
    make('modules/6.1.0-56-amd64/build/include')
    make('modules/6.1.0-56-amd64/source/include/config/auto.conf', '')
    expect(findKernelSource(roots(), kernel)).toEqual({
      dir: below(roots().installTree, '6.1.0-56-amd64/build'),
      present: true,
    })
  })

  it('names build when there is nothing', () => {
    expect(findKernelSource(roots(), kernel)).toEqual({
      dir: below(roots().installTree, '6.1.0-56-amd64/build'),
      present: false,
    })
  })

  it('does not take a dangling link for headers', () => {
    make('modules/6.1.0-56-amd64')
    symlinkSync('/nonexistent/headers', join(directory.path, 'modules/6.1.0-56-amd64/build'))
    expect(findKernelSource(roots(), kernel).present).toBe(false)
  })

  it('takes a configured source in place of a missing build', () => {
    make('modules/6.1.0-56-amd64/source/include/generated/autoconf.h', '')
    expect(findKernelSource(roots(), kernel)).toEqual({
      dir: below(roots().installTree, '6.1.0-56-amd64/source'),
      present: true,
    })
  })

  it('does not take a source that was never configured', () => {
    make('modules/6.1.0-56-amd64/source/include/linux')
    expect(findKernelSource(roots(), kernel)).toMatchObject({ present: false })
  })

  it('takes nothing but --kernelsourcedir when that is given', () => {
    make('modules/6.1.0-56-amd64/build/include')
    const own = below(directory.path, 'own')
    expect(findKernelSource(roots(), kernel, own)).toEqual({ dir: own, present: false })
    make('own/include')
    expect(findKernelSource(roots(), kernel, own)).toEqual({ dir: own, present: true })
  })
})

describe('kernelsWithHeaders', () => {
  it('lists kernels of any name that have headers, as sort -V does', () => {
    for (const release of ['6.10.0', '6.9.1-amd64', 'mainline', '6.9.1-9']) make(`modules/${release}/build/include`)
    make('modules/6.8.0/kernel')
    make('modules/modules.builtin', '')
    expect(kernelsWithHeaders(roots(), 'x86_64').map((kernel) => kernel.release)).toEqual([
      '6.9.1-9',
      '6.9.1-amd64',
      '6.10.0',
      'mainline',
    ])
    expect(kernelsWithHeaders(roots(), 's390x')[0]).toEqual({ release: '6.9.1-9', arch: 's390x' })
  })

  it('finds none without an install tree', () => {
    expect(kernelsWithHeaders(roots(), 'x86_64')).toEqual([])
  })
})

describe('the kernel configuration', () => {
  it('is auto.conf, else .config, else the given file alone', () => {
    const source = below(directory.path, 'source')
    expect(findKernelConfig(source)).toBeUndefined()
    make('source/.config', '')
    expect(findKernelConfig(source)).toBe(below(source, '.config'))
    make('source/include/config/auto.conf', 'CONFIG_X=m\n')
    expect(findKernelConfig(source)).toBe(below(source, 'include/config/auto.conf'))
    expect(findKernelConfig(source, absolutePath('/nonexistent/config'))).toBeUndefined()
    expect(readKconfig(below(source, 'include/config/auto.conf')).get('CONFIG_X')).toBe('m')
  })

  it('gives values, strings without quotes, and nothing for what is not set', () => {
    const config = parseKconfig(
      [
        'CONFIG_A=y',
        'CONFIG_AB=m',
        '# CONFIG_C is not set',
        'CONFIG_D=n',
        'CONFIG_HZ=250',
        'CONFIG_TEXT="gcc-12 (Debian 12.2.0-14) \\"x\\" \\\\"',
        'CONFIG_EMPTY=""',
        'CONFIG_CRLF=y\r',
        'CONFIG_TWICE=m',
        'CONFIG_TWICE=y',
        'CONFIG_LAST=y',
      ].join('\n'),
    )
    expect(
      ['A', 'AB', 'B', 'C', 'D', 'HZ', 'TEXT', 'EMPTY', 'CRLF', 'TWICE', 'LAST'].map((name) =>
        config.get(`CONFIG_${name}`),
      ),
    ).toEqual(['y', 'm', undefined, undefined, undefined, '250', 'gcc-12 (Debian 12.2.0-14) "x" \\', '', 'y', 'y', 'y'])
  })

  it('can be read without permission errors turning into crashes', () => {
    expect(() => readKconfig(directory.path)).toThrow(expect.objectContaining({ code: 'FILE_ACCESS' }))
  })
})
