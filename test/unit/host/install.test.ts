import { spawnSync } from 'node:child_process'
import {
  existsSync,
  globSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DistroFamily } from '../../../src/distro/model.ts'
import { checkout } from './host-root.ts'

const families = {
  debian: true,
  ubuntu: true,
  fedora: true,
  rhel: true,
  suse: true,
  arch: true,
  gentoo: true,
  mandriva: true,
  generic: true,
} satisfies Record<DistroFamily, true>

let destdir = ''
beforeEach(() => {
  destdir = mkdtempSync(join(tmpdir(), 'dkms-factory-install-'))
})
afterEach(() => rmSync(destdir, { recursive: true, force: true }))

function install(environment: Readonly<Record<string, string>>, ...parts: readonly string[]) {
  const words = parts.length === 0 ? ['host', 'doc'] : parts
  return spawnSync('sh', [join(checkout, 'scripts/install.sh'), ...words], {
    encoding: 'utf8',
    cwd: '/',
    env: { PATH: process.env['PATH'], DESTDIR: destdir, ...environment },
  })
}

const installed = (path: string) => join(destdir, path)

describe('host/layout', () => {
  const rows = readFileSync(join(checkout, 'host/layout'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(/\s+/))

  it('names families the program knows, and files that exist', () => {
    for (const [part = '', forFamilies = '', kind = '', source = '', target = ''] of rows) {
      expect(['program', 'host', 'doc']).toContain(part)
      for (const family of forFamilies.split(',')) expect(['all', ...Object.keys(families)]).toContain(family)
      if (/^(file|conf):0[0-7]{3}$/.test(kind)) expect(existsSync(join(checkout, source)), source).toBe(true)
      else expect(['tree', 'link', 'directory']).toContain(kind)
      expect(target).toMatch(/^(@(prefix|sbin|lib|share|etc|pkglib)@)?\//)
    }
  })

  it('leaves out no file of host/', () => {
    const sources = new Set(rows.map(([, , , source]) => source))
    const files = globSync('host/*/*', { cwd: checkout }).filter((file) => !file.includes('__pycache__'))
    expect(files.length).toBeGreaterThan(15)
    for (const file of files) expect(sources).toContain(file)
  })
})

describe('install.sh', () => {
  it.each(
    Object.keys(families),
  )('leaves no name between @ and no foreign place in what it installs for %s', (family) => {
    const ran = install({ FAMILY: family, PREFIX: '/opt/dkms' })
    expect(ran.stderr).toBe('')
    expect(ran.status).toBe(0)
    for (const path of globSync('**/*', { cwd: destdir }).filter((path) => statSync(installed(path)).isFile())) {
      expect(readFileSync(installed(path), 'utf8'), path).not.toMatch(/@(prefix|sbin|lib|share|etc|pkglib)@/)
      expect(path).toMatch(/^(etc|opt\/dkms|var\/lib\/dkms)(\/|$)/)
    }
    const sbin = family === 'arch' ? 'bin' : 'sbin'
    expect(readFileSync(installed('opt/dkms/lib/systemd/system/dkms.service'), 'utf8')).toContain(
      `ExecStart=/opt/dkms/${sbin}/dkms autoinstall`,
    )
  })

  it('gives Debian its kernel hooks, and others the kernel-install plugin of theirs', () => {
    install({ FAMILY: 'ubuntu' })
    const hooks = ['postinst.d', 'header_postinst.d', 'preinst.d', 'prerm.d'].map((name) => `etc/kernel/${name}/dkms`)
    for (const hook of hooks) expect(statSync(installed(hook)).mode & 0o777, hook).toBe(0o755)
    rmSync(destdir, { recursive: true })
    install({ FAMILY: 'fedora' })
    for (const hook of hooks) expect(existsSync(installed(hook))).toBe(false)
    expect(readFileSync(installed('usr/lib/kernel/install.d/40-dkms.install'), 'utf8')).toContain('kernel_postinst')
  })

  it('never overwrites what the administrator changed, and puts the new version beside it', () => {
    install({ FAMILY: 'debian' })
    const conf = installed('etc/dkms/framework.conf')
    install({ FAMILY: 'debian' })
    expect(existsSync(`${conf}.new-version`)).toBe(false)
    writeFileSync(conf, 'verbose=yes\n')
    install({ FAMILY: 'debian' })
    expect(readFileSync(conf, 'utf8')).toBe('verbose=yes\n')
    expect(readFileSync(`${conf}.new-version`, 'utf8')).toContain('#verbose=')
  })

  it('makes links that lead to installed files wherever DESTDIR is', () => {
    install({ FAMILY: 'debian' })
    const links = globSync('**/*', { cwd: destdir }).filter((path) => lstatSync(installed(path)).isSymbolicLink())
    expect(links.length).toBeGreaterThan(1)
    for (const link of links) {
      expect(readlinkSync(installed(link))).not.toMatch(/^\//)
      expect(existsSync(join(dirname(installed(link)), readlinkSync(installed(link)))), link).toBe(true)
    }
  })

  it('refuses a prefix that is no path, and an unknown part of the layout installs nothing', () => {
    expect(install({ FAMILY: 'debian', PREFIX: 'usr' })).toMatchObject({ status: 1 })
    expect(install({ FAMILY: 'debian' }, 'everything').status).toBe(1)
    expect(globSync('**/*', { cwd: destdir })).toEqual([])
  })

  it('tells the family as the program does', async () => {
    const { detectDistro } = await import('../../../src/distro/detect.ts')
    const script = readFileSync(join(checkout, 'scripts/install.sh'), 'utf8')
    const detect = /^detect_family\(\) \{$.*?^\}$/ms.exec(script)?.[0] ?? ''
    mkdirSync(destdir, { recursive: true })
    for (const [id, like] of [
      ['debian', ''],
      ['raspbian', 'debian'],
      ['ubuntu', 'debian'],
      ['linuxmint', 'ubuntu debian'],
      ['fedora', ''],
      ['centos', 'rhel fedora'],
      ['almalinux', 'rhel centos fedora'],
      ['ol', 'fedora'],
      ['opensuse-leap', 'suse opensuse'],
      ['sles', 'suse'],
      ['manjaro', 'arch'],
      ['gentoo', ''],
      ['openmandriva', 'mandriva'],
      ['alpine', ''],
    ]) {
      const text = `ID=${id}\nID_LIKE="${like}"\n`
      writeFileSync(installed('os-release'), text)
      const ran = spawnSync(
        'sh',
        ['-uc', `${detect.replaceAll('/etc/os-release', installed('os-release'))}\ndetect_family`],
        {
          encoding: 'utf8',
        },
      )
      expect(ran.stdout.trim(), id).toBe(detectDistro(text).family)
    }
  })
})
