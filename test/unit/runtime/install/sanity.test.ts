import { describe, expect, it } from 'vitest'
import { isObsolete, type ModuleIdentity, refuseVersion } from '../../../../src/runtime/install/sanity.ts'

const none = undefined

function of(version: string | undefined, srcversion?: string): ModuleIdentity {
  return { version, srcversion }
}

describe('refuseVersion', () => {
  it.each<[ModuleIdentity, ModuleIdentity, boolean, string | undefined, string]>([
    [of('2.0', 'A'), of('1.0', 'B'), false, none, 'a newer one is installed'],
    [of('1.0', 'A'), of('2.0', 'B'), false, 'not-newer', 'an older one is refused'],
    [of('1.10'), of('1.9'), false, none, 'numbers are compared as numbers'],
    [of('1.0-rc1'), of('1.0'), false, none, 'what follows makes it newer'],
    [of('1.0', 'A'), of('1.0', 'A'), false, 'same', 'the same source is refused, whatever the bytes'],
    [of('1.0', 'A'), of('1.0', 'B'), true, none, 'another source of the same version is installed'],
    [of('1.0', 'A'), of('1.0'), true, none, 'one of them without a checksum is another source'],
    [of('1.0'), of('1.0'), true, 'same', 'without checksums the bytes tell'],
    [of('1.0'), of('1.0'), false, none, 'other bytes are installed'],
    [of(none), of(none), true, 'same-unversioned', 'the same bytes without a version'],
    [of(none), of(none), false, none, 'other bytes without a version'],
    [of(none, 'A'), of(none, 'A'), false, 'same', 'the same checksum without a version'],
    [of('1.0'), of(none), false, none, 'a version beats none'],
    [of(none), of('1.0'), false, 'not-newer', 'none is older than any'],
    [of('1.0 CAFE'), of('1.0 CAFE'), false, 'same', 'old kernels have the checksum in the version'],
    [of('1.0 CAFE'), of('1.0 BEEF'), true, none, 'other old checksums'],
    [of('1.0 CAFE', 'A'), of('1.0 BEEF', 'A'), true, 'same', 'the new checksum counts first'],
  ])('%j over %j, same bytes: %s: %s (%s)', (ours, found, same, expected) => {
    expect(refuseVersion(ours, found, () => same)).toBe(expected)
  })

  it('reads the bytes only where nothing else tells', () => {
    const never = () => {
      throw new Error('asked')
    }
    expect(refuseVersion(of('1', 'A'), of('1', 'A'), never)).toBe('same')
    expect(refuseVersion(of('2'), of('1'), never)).toBeUndefined()
  })
})

describe('isObsolete', () => {
  // The first column as DKMS 2.0 to 3.2 decide on this kernel.
  it.each([
    ['6.0', true],
    ['6.1', true],
    ['6.1.0', true],
    ['6.1.0-55', true],
    ['6.1.0-56', true],
    ['6.1.0-57', false],
    ['6.2', false],
    ['6.1.1', false],
    ['10.0', false],
    ['6.1.0-6', true],
    ['6.1.0-100', false],
  ])('OBSOLETE_BY=%s on 6.1.0-56-amd64: %s', (by, expected) => {
    expect(isObsolete(by, '6.1.0-56-amd64')).toBe(expected)
  })

  it('takes a kernel without an ABI for older than any', () => {
    expect(isObsolete('6.1-3', '6.1')).toBe(false)
    expect(isObsolete('6.1', '6.1')).toBe(true)
  })
})
