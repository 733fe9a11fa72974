import { describe, expect, it } from 'vitest'
import { familyOf, redHatFlavours } from '../../../../src/packaging/kmp/family.ts'

describe('the macros for a kernel', () => {
  it.each([
    ['5.14.0-427.13.1.el9_4.x86_64', 'rhel'],
    ['4.18.0-513.el8.x86_64+debug', 'rhel'],
    ['6.8.9-300.fc40.x86_64', 'rhel'],
    ['5.14.21-150500.55.7-default', 'suse'],
    ['6.9.1-1-default', 'suse'],
    ['6.1.0-56-amd64', 'suse'],
  ])('%s are those of %s', (release, family) => {
    expect(familyOf({ release })).toBe(family)
  })
})

describe('the flavours of RHEL', () => {
  const flavoursOf = (...releases: readonly string[]) =>
    redHatFlavours(releases.map((release) => ({ release, arch: 'x86_64' }))).join(' ')

  it.each([
    ['default', ['5.14.0-427.el9.x86_64', '5.14.0-503.el9.x86_64']],
    ['default debug', ['5.14.0-427.el9.x86_64', '5.14.0-427.el9.x86_64+debug', '5.14.0-503.el9.x86_64+debug']],
    ['rt-debug', ['5.14.0-427.el9.x86_64+rt-debug']],
    ['debug', ['3.10.0-1160.el7.x86_64.debug']],
    ['default', ['5.14.21-150500.55.7-default', '6.1.0+']],
  ])('are %s for %j', (flavours, releases) => {
    expect(flavoursOf(...releases)).toBe(flavours)
  })
})
