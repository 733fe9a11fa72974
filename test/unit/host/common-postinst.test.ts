import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type PostinstCase, postinstArguments, postinstCases, prepareHost } from './common-postinst-cases.ts'
import { createHostRoot, type HostRoot, skipBecause, whyNoChroot } from './host-root.ts'

describe('common.postinst', () => {
  skipBecause(whyNoChroot())
  let root: HostRoot
  beforeAll(() => {
    root = createHostRoot()
  })
  beforeEach(() => root.reset())
  afterAll(() => root[Symbol.dispose]())

  it.each(postinstCases)('$title', (one) => {
    prepareHost(root, one)
    const ran = root.run('/usr/lib/dkms/common.postinst', ...postinstArguments(one))
    expect(ran.calls.map((call) => call.replace(' -m m -v 1.0', ''))).toEqual(one.calls)
    if (one.says !== undefined) expect(ran.stdout + ran.stderr).toMatch(one.says)
    expect(ran.status).toBe(one.status)
  })

  it('does nothing for a kernel that has the module installed already', () => {
    prepareHost(root, { title: '', kernels: { '6.1.0-2-amd64': 'headers' }, status: 0, calls: [] })
    root.write('fake/installed/6.1.0-2-amd64', '')
    expect(root.run('/usr/lib/dkms/common.postinst', 'm', '1.0', '').calls).toEqual(['add -m m -v 1.0'])
  })

  it('takes no setting and no directive from the environment of its caller', () => {
    const conf = 'PACKAGE_NAME=m\nPACKAGE_VERSION=1.0\n'
    prepareHost(root, { title: '', conf, kernels: { '6.1.0-2-amd64': 'headers' }, status: 0, calls: [] })
    root.write('etc/dkms/framework.conf', '')
    const exported = ['AUTOINSTALL=yes', 'continue_on_error=no', 'autoinstall_all_kernels=yes']
    const ran = root.run('/usr/bin/env', ...exported, '/usr/lib/dkms/common.postinst', 'm', '1.0', '')
    expect(ran.calls).toEqual(['add -m m -v 1.0'])
    root.reset()
    const kernels = { '6.1.0-1-amd64': 'headers', '6.1.0-2-amd64': 'headers' } as const
    prepareHost(root, { title: '', kernels, status: 0, calls: [] })
    root.write('etc/dkms/framework.conf', '')
    const again = root.run('/usr/bin/env', ...exported, '/usr/lib/dkms/common.postinst', 'm', '1.0', '')
    expect(again.calls.filter((call) => call.startsWith('build'))).toEqual(['build -m m -v 1.0 -k 6.1.0-2-amd64'])
  })

  it('says nothing that shells print about mistakes in scripts', () => {
    for (const one of postinstCases) {
      root.reset()
      prepareHost(root, one)
      const { stderr } = root.run('/usr/lib/dkms/common.postinst', ...postinstArguments(one))
      expect(stderr, one.title).not.toMatch(/not found|parameter not set|syntax|No such file|common\.postinst: \d+/i)
    }
  })
})

describe('common.postinst on a distribution with rpm', () => {
  skipBecause(whyNoChroot())
  let root: HostRoot
  beforeAll(() => {
    root = createHostRoot('fedora')
    rmSync(join(root.path, 'usr/bin/dpkg'), { force: true })
    root.write('usr/bin/rpm', '#!/bin/sh\ncat /fake/rpm\n', 0o755)
  })
  beforeEach(() => root.reset())
  afterAll(() => root[Symbol.dispose]())

  function upgradeInChroot(kernels: PostinstCase['kernels'], rpm: readonly string[]): string[] {
    prepareHost(root, { title: '', kernels, running: '5.4.0-host', status: 0, calls: [] })
    root.write('fake/rpm', rpm.map((line) => `${line}\n`).join(''))
    const ran = root.run('/usr/lib/dkms/common.postinst', 'm', '1.0', '', '', '0.9')
    expect(ran).toMatchObject({ status: 0, stderr: '' })
    return ran.calls.filter((call) => call.startsWith('build')).map((call) => call.replace(/.* -k /, ''))
  }

  it('takes for the newest kernel the highest version that rpm names and whose modules are here', () => {
    const kernels = {
      '6.9.5-200.fc40.x86_64': 'headers',
      '6.10.3-200.fc40.x86_64': 'headers',
      '6.11.0-local': 'headers',
    } as const
    const named = ['6.10.3-200.fc40.x86_64', '6.9.5-200.fc40.x86_64', '6.12.1-200.fc40.x86_64']
    expect(upgradeInChroot(kernels, named)).toEqual(['6.10.3-200.fc40.x86_64'])
  })

  it('takes the highest of all where rpm names kernels otherwise than they name themselves', () => {
    const kernels = { '6.4.0-9-default': 'headers', '6.4.0-10-default': 'headers' } as const
    expect(upgradeInChroot(kernels, ['6.4.0-10.1.x86_64'])).toEqual(['6.4.0-10-default'])
  })

  it('names the package of the headers as Fedora does', () => {
    prepareHost(root, { title: '', kernels: { '6.1.0-2-amd64': 'bare' }, status: 0, calls: [] })
    const ran = root.run('/usr/lib/dkms/common.postinst', 'm', '1.0', '')
    expect(ran.stderr).toContain('install kernel-devel-6.1.0-2-amd64')
  })
})
