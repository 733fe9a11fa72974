import { describe, expect, it } from 'vitest'
import { symversFiles } from '../../../src/cli/symvers-option.ts'

function files(values: readonly string[], releases: readonly string[]): Record<string, string> {
  return Object.fromEntries(symversFiles(new Map([['symvers', values]]), releases))
}

describe('--symvers', () => {
  it.each([
    [['/a'], ['5.1'], { '5.1': '/a' }],
    [['5.1=/a', '5.2=/b=c'], ['5.1', '5.2'], { '5.1': '/a', '5.2': '/b=c' }],
    [['5.3=/a'], [], { '5.3': '/a' }],
    [[], ['5.1'], {}],
  ] as const)('%j with the kernels %j is %j', (values, releases, expected) => {
    expect(files(values, releases)).toEqual(expected)
  })

  it.each([[[]], [['5.1', '5.2']]])('must name the kernel where those named are %j', (releases) => {
    expect(() => files(['/a'], releases)).toThrowError(expect.objectContaining({ code: 'USAGE' }))
  })
})
