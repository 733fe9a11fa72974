import { describe, expect, it } from 'vitest'
import { archNames, unameFrom } from '../../../src/kernel/arch.ts'
import { findOnPath } from '../../../src/kernel/toolchain.ts'
import { run } from '../../../src/system/run.ts'

const path = process.env['PATH'] ?? ''
const machines = [
  'x86_64',
  'i686',
  'aarch64',
  'armv7l',
  'ppc64le',
  'ppc64',
  's390x',
  'riscv64',
  'loongarch64',
  'mips64',
  'ia64',
]

describe('archNames', () => {
  it.each([
    ['x86_64', 'x86_64', 'amd64', 'x86_64'],
    ['i686', 'i686', 'i386', 'i586'],
    ['aarch64', 'aarch64', 'arm64', 'aarch64'],
    ['armv7l', 'armv7hl', 'armhf', 'armv7hl'],
    ['ppc64le', 'ppc64le', 'ppc64el', 'ppc64le'],
    ['s390x', 's390x', 's390x', 's390x'],
    ['loongarch64', 'loongarch64', 'loong64', 'loongarch64'],
  ])('knows %s as %s, %s and %s', (uname, rpm, deb, suse) => {
    expect(archNames(uname)).toEqual({ uname, rpm, deb, suse })
  })

  it.each(machines)('finds the way back from every name of %s', (uname) => {
    const names = archNames(uname)
    expect([unameFrom('rpm', names.rpm), unameFrom('deb', names.deb), unameFrom('suse', names.suse)]).toEqual([
      uname,
      uname,
      uname,
    ])
  })

  it('says what it knows when a machine is unknown', () => {
    expect(() => archNames('pdp11')).toThrow(
      expect.objectContaining({ code: 'ARCH_UNKNOWN', hint: expect.stringContaining('x86_64') }),
    )
  })

  it('knows no machine for packages of every architecture', () => {
    expect(unameFrom('rpm', 'noarch')).toBeUndefined()
    expect(unameFrom('deb', 'all')).toBeUndefined()
  })

  it.skipIf(findOnPath('dpkg-architecture', path) === undefined)(
    'names processors as dpkg does (needs dpkg-dev)',
    async () => {
      const known = new Set((await run(['dpkg-architecture', '-L'])).stdout.split('\n'))
      // Debian 12 does not know the newest port by its final name everywhere; all others must be there.
      const ours = machines.map((uname) => archNames(uname).deb).filter((deb) => deb !== 'loong64')
      expect(ours.filter((deb) => !known.has(deb))).toEqual([])
    },
  )

  it.skipIf(findOnPath('rpm', path) === undefined)('names processors as rpm does (needs the rpm package)', async () => {
    for (const uname of ['x86_64', 'i686', 'aarch64', 'ppc64le', 's390x', 'riscv64', 'loongarch64']) {
      const { stdout } = await run(['rpm', '--target', archNames(uname).rpm, '--eval', '%{_target_cpu}'])
      expect(stdout.trim()).toBe(archNames(uname).rpm)
    }
  })
})
