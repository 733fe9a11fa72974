import { describe, expect, it } from 'vitest'
import { printable, renderInspection } from '../../../src/cli/render/inspection.ts'
import type { DebInspection, RpmInspection } from '../../../src/packaging/inspect/model.ts'

const hostile = 'a\u001b]0;title\u0007\u009b2J\u202eb'
const files = Array.from({ length: 70 }, (_, index) => ({
  path: `/usr/f${index}`,
  kind: 'file' as const,
  mode: '0644',
  bytes: index,
  user: 'root',
  group: 'root',
}))

const deb: DebInspection = {
  kind: 'deb',
  file: '/tmp/foo.deb',
  bytes: 1000,
  name: hostile,
  version: '1.0',
  arch: 'all',
  header: { Package: 'foo', Description: `one\n${hostile}`, 'Pre-Depends': 'x' },
  relations: { preDepends: ['x'] },
  scripts: [{ name: 'postinst', interpreter: ['/bin/sh', '-e'], body: '#!/bin/sh -e\n\techo hi\n' }],
  conffiles: [],
  triggers: [],
  files,
  modules: [
    { path: '/lib/a.ko', bytes: 1, kernel: '6.1', vermagic: '6.1 SMP', signature: { signer: hostile } },
    { path: '/lib/b.ko', bytes: 1, archive: '/x.tar', problem: 'it is none' },
  ],
  dkms: [
    {
      path: '/x.tar',
      kind: 'full',
      name: 'foo',
      version: '1',
      kernels: [{ release: '6.1', arch: 'x86_64' }],
      moduleNames: ['a'],
    },
  ],
  integrity: { state: 'damaged', checks: [{ name: '/usr/f1', state: 'changed' }] },
  signatures: [{ where: '_gpgorigin', state: 'bad', keyId: '0123456789abcdef' }],
  problems: [],
}

describe('what inspect prints', () => {
  const text = renderInspection(deb)

  it('holds nothing of the file that could drive a terminal', () => {
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u)
    expect(printable(hostile)).toBe('a\\x1b]0;title\\x07\\x9b2J\\u{202e}b')
    expect(printable('größe 漢字')).toBe('größe 漢字')
  })

  it.each([
    /^Kind: +Debian package$/m,
    /^Integrity: +damaged\n +\/usr\/f1: changed$/m,
    /^Signature: +_gpgorigin: bad, key 0123456789abcdef$/m,
    /^ {2}preDepends x$/m,
    /^ {2}postinst \(\/bin\/sh -e\)\n {4}#!\/bin\/sh -e\n {8}echo hi$/m,
    /^ {2}\/lib\/a\.ko\n {4}kernel: 6\.1\n {4}vermagic: 6\.1 SMP\n {4}signer: a/m,
    /^ {2}\/x\.tar: \/lib\/b\.ko\n {4}it is none$/m,
    /^ {2}\/x\.tar: full foo\/1, modules a, built for 6\.1\/x86_64$/m,
    /^Contents: 70 paths$/m,
    /^ {2}and 10 more; --json lists all$/m,
  ])('has the lines %s', (lines) => {
    expect(text).toMatch(lines)
  })

  it('tells relations once, and has no blanks at the ends of lines', () => {
    expect(text).not.toContain('Pre-Depends')
    expect(text).not.toMatch(/ $/m)
  })
})

describe('what inspect prints of an RPM package', () => {
  const { conffiles: _, triggers: __, header: ___, ...common } = deb
  const changelog = Array.from({ length: 12 }, (_unused, index) => ({
    time: 1_700_000_000 - index * 86_400,
    author: `A${index} - 1.${index}`,
    text: `- ${hostile}`,
  }))
  const rpm: RpmInspection = {
    ...common,
    kind: 'rpm',
    release: '1dkms',
    header: { buildtime: 1_700_000_000, installedsize: 1_700_000_000 },
    changelog,
  }
  const text = renderInspection(rpm)

  it('has times that people read', () => {
    expect(text).toContain('  buildtime: 2023-11-14T22:13:20Z\n  installedsize: 1700000000\n')
  })

  it('ends with the newest changes', () => {
    expect(text).toMatch(/^Changelog\n {2}2023-11-14 A0 - 1\.0\n {4}- a\\x1b.*\n {2}2023-11-13 A1 - 1\.1\n/m)
    expect(text).toMatch(/^ {2}2023-11-05 A9 .*\n.*\n {2}and 2 more; --json lists all\n$/m)
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u)
  })
})
