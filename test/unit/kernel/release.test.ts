import { expect, it } from 'vitest'
import { baseVersion, flavour, withoutLastComponent } from '../../../src/kernel/release.ts'

it.each([
  ['6.1.0-56-amd64', '6.1.0', 'amd64'],
  ['6.4.0-150600.23-default', '6.4.0', 'default'],
  ['5.14.0-503.el9.x86_64', '5.14.0', undefined],
  ['6.6.7-zen1-1-zen', '6.6.7', 'zen'],
  ['6.9.0', '6.9.0', undefined],
  ['mykernel', '', undefined],
  ['my-kernel', '', 'kernel'],
])('takes %s apart into %s and %s', (release, base, name) => {
  expect(baseVersion(release)).toBe(base)
  expect(flavour(release)).toBe(name)
})

it.each([
  ['6.1.0-56-amd64', '6.1'],
  ['6.12.38+deb13-amd64', '6.12'],
  ['mykernel', 'mykernel'],
])('drops the last component of %s', (release, expected) => {
  expect(withoutLastComponent(release)).toBe(expected)
})
