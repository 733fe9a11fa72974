import { describe, expect, it } from 'vitest'
import { absolutePath } from '../../../../src/domain.ts'
import { decideRestore, inOrderOfPreference } from '../../../../src/runtime/install/originals.ts'

const kernelTree = absolutePath('/i/6.1')
const file = absolutePath('/t/foo/original_module/6.1/x86_64/foo.ko')
const origin = absolutePath('/i/6.1/kernel/drivers/foo.ko')

describe('decideRestore', () => {
  const usual = { kernelTree, fallback: undefined, isEmpty: false, isOurs: false, present: () => 'nothing' as const }
  const fallback = absolutePath('/i/6.1/kernel/misc/foo.ko')

  it.each([
    ['where it came from', { origin }, {}, { action: 'restore', to: origin }],
    [
      'where the conf says, without an origin',
      { origin: undefined },
      { fallback },
      { action: 'restore', to: fallback },
    ],
    ['nowhere, when nothing tells', { origin: undefined }, {}, { action: 'keep', why: 'unknown-origin' }],
    [
      'nowhere, from another kernel',
      { origin: absolutePath('/i/6.10/foo.ko') },
      {},
      { action: 'keep', why: 'outside' },
    ],
    ['nowhere, from outside', { origin: absolutePath('/etc/passwd') }, {}, { action: 'keep', why: 'outside' }],
    ['nowhere, when it is ours', { origin }, { isOurs: true }, { action: 'drop', why: 'ours' }],
    ['nowhere, when it is empty', { origin }, { isEmpty: true }, { action: 'drop', why: 'empty' }],
    [
      'nowhere, when it is there',
      { origin },
      { present: () => 'identical' as const },
      { action: 'drop', why: 'identical' },
    ],
    [
      'nowhere, over another file',
      { origin },
      { present: () => 'other' as const },
      { action: 'drop', why: 'superseded' },
    ],
  ])('goes %s', (_, archived, facts, expected) => {
    expect(decideRestore({ file, ...archived }, { ...usual, ...facts })).toMatchObject(expected)
  })
})

it('the original is taken from extra, updates, the destination, in this order, before all others', () => {
  const paths = ['kernel/a/foo.ko', 'updates/dkms/foo.ko', 'updates/foo.ko', 'extra/foo.ko', 'extra/deep/foo.ko']
  const ordered = inOrderOfPreference(
    paths.map((path) => absolutePath(`/i/6.1/${path}`)),
    kernelTree,
    absolutePath('/i/6.1/updates/dkms'),
  )
  expect(ordered.map((path) => path.slice('/i/6.1/'.length))).toEqual([
    'extra/foo.ko',
    'updates/foo.ko',
    'updates/dkms/foo.ko',
    'kernel/a/foo.ko',
    'extra/deep/foo.ko',
  ])
})
