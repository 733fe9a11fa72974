import { chmodSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createHostRoot, type HostRoot, skipBecause, whyNoChroot } from './host-root.ts'

const reason = whyNoChroot()
const kernel = '6.1.0-2-amd64'

describe('the hooks of Debian kernels', () => {
  skipBecause(reason)
  let root: HostRoot
  beforeAll(() => {
    root = createHostRoot('debian')
  })
  beforeEach(() => {
    root.reset()
    root.directory(`usr/lib/modules/${kernel}/build/include`)
  })
  afterAll(() => root[Symbol.dispose]())

  it.each(['postinst.d', 'header_postinst.d'])('%s/dkms builds for the kernel it is given', (hook) => {
    const ran = root.run(`/etc/kernel/${hook}/dkms`, kernel, `/boot/vmlinuz-${kernel}`)
    expect(ran).toEqual({ status: 0, stdout: '', stderr: '', calls: [`autoinstall --kernelver ${kernel}`] })
  })

  it('postinst.d/dkms hands a failure on and tells how to go on', () => {
    root.write('fake/exit/autoinstall', '11')
    const ran = root.run('/etc/kernel/postinst.d/dkms', kernel)
    expect(ran.status).toBe(1)
    expect(ran.stderr).toContain('dpkg --configure -a')
    expect(ran.stderr).toContain('/etc/dkms/no-autoinstall')
  })

  it.each([
    ['preinst.d', 'kernel_preinst'],
    ['prerm.d', 'kernel_prerm'],
  ])('%s/dkms runs %s and never fails', (hook, action) => {
    expect(root.run(`/etc/kernel/${hook}/dkms`, kernel)).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
      calls: [`${action} -k ${kernel}`],
    })
    root.write(`fake/exit/${action}`, '14')
    const failed = root.run(`/etc/kernel/${hook}/dkms`, kernel)
    expect(failed.status).toBe(0)
    expect(failed.stderr).toMatch(/6\.1\.0-2-amd64 could not be removed \(exit status 14\)/)
  })

  it.each([
    'postinst.d',
    'header_postinst.d',
    'preinst.d',
    'prerm.d',
  ])('%s/dkms without a kernel does nothing', (hook) => {
    expect(root.run(`/etc/kernel/${hook}/dkms`)).toEqual({ status: 0, stdout: '', stderr: '', calls: [] })
  })

  it.each([
    ['add', [`autoinstall --kernelver ${kernel}`]],
    ['remove', [`kernel_prerm -k ${kernel}`]],
    ['inspect', []],
  ])('the kernel-install plugin on %s does what the hooks do', (command, calls) => {
    const ran = root.run('/usr/lib/kernel/install.d/40-dkms.install', command, kernel, '/boot/entry')
    expect(ran).toEqual({ status: 0, stdout: '', stderr: '', calls })
  })

  it('hooks that outlive the program do nothing', () => {
    using bare = createHostRoot('debian')
    rmSync(join(bare.path, 'usr/sbin/dkms'))
    chmodSync(join(bare.path, 'usr/lib/dkms/dkms_autoinstaller'), 0o644)
    for (const hook of ['postinst.d', 'header_postinst.d', 'preinst.d', 'prerm.d']) {
      expect(bare.run(`/etc/kernel/${hook}/dkms`, kernel), hook).toMatchObject({ status: 0, stderr: '' })
    }
  })
})

describe('the kernel-install plugin of other distributions', () => {
  skipBecause(reason)
  let root: HostRoot
  beforeAll(() => {
    root = createHostRoot('fedora')
  })
  beforeEach(() => root.reset())
  afterAll(() => root[Symbol.dispose]())

  it.each([
    ['add', 'kernel_postinst'],
    ['remove', 'kernel_prerm'],
  ])('on %s runs %s and never fails, as the initramfs comes after it', (command, action) => {
    const plugin = '/usr/lib/kernel/install.d/40-dkms.install'
    expect(root.run(plugin, command, kernel)).toMatchObject({ status: 0, calls: [`${action} -k ${kernel}`] })
    root.write(`fake/exit/${action}`, '11')
    const failed = root.run(plugin, command, kernel)
    expect(failed.status).toBe(0)
    expect(failed.stderr).toContain('exit status 11')
  })

  it('does nothing for other commands or without a kernel', () => {
    const plugin = '/usr/lib/kernel/install.d/40-dkms.install'
    expect(root.run(plugin, 'inspect', kernel).calls).toEqual([])
    expect(root.run(plugin, 'add').calls).toEqual([])
    expect(root.run(plugin).status).toBe(0)
  })
})

describe('dkms_autoinstaller', () => {
  skipBecause(reason)
  const script = '/usr/lib/dkms/dkms_autoinstaller'
  let root: HostRoot
  beforeAll(() => {
    root = createHostRoot()
  })
  beforeEach(() => root.reset())
  afterAll(() => root[Symbol.dispose]())

  it('start takes the running kernel when none is named', () => {
    root.directory(`usr/lib/modules/${kernel}/build/include`)
    expect(root.run(script, 'start').calls).toEqual([`autoinstall --kernelver ${kernel}`])
  })

  it.each([1, 4, 11, 21])('start ends with 1 when dkms ends with %d', (status) => {
    root.directory(`usr/lib/modules/${kernel}/build/include`)
    root.write('fake/exit/autoinstall', String(status))
    expect(root.run(script, 'start', kernel).status).toBe(1)
  })

  it('start without headers is a notice that names the package, and 0', () => {
    root.directory(`usr/lib/modules/${kernel}`)
    const ran = root.run(script, 'start', kernel)
    expect(ran).toMatchObject({ status: 0, calls: [] })
    expect(ran.stdout).toContain(`linux-headers-${kernel}`)
  })

  it('start looks for headers where framework.conf has the install tree', () => {
    root.directory(`fake/modules/${kernel}/build/include`)
    root.write('etc/dkms/framework.conf', 'install_tree="/fake/modules"\n')
    expect(root.run(script, 'start', kernel).calls).toHaveLength(1)
  })

  it.each(['stop', 'restart', 'reload', 'force-reload', 'status'])('%s does nothing', (action) => {
    expect(root.run(script, action)).toEqual({ status: 0, stdout: '', stderr: '', calls: [] })
  })

  it.each([[], ['begin']])('%s is wrong usage, 2', (...args) => {
    expect(root.run(script, ...args)).toMatchObject({ status: 2, calls: [] })
  })
})
