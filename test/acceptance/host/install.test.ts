/** `make install` into a directory: the program there runs by itself, and the files around it are in their places. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { programVersion } from '../../../src/version/program.ts'
import { whyNoProgram } from '../../unit/host/host-root.ts'

const checkout = resolve(import.meta.dirname, '../../..')
let destdir = ''

beforeAll(() => {
  destdir = mkdtempSync(join(tmpdir(), 'dkms-factory-make-install-'))
  const ran = spawnSync('make', ['-C', checkout, 'install', `DESTDIR=${destdir}`, 'FAMILY=debian'], {
    encoding: 'utf8',
  })
  expect(ran.status, ran.stdout + ran.stderr).toBe(0)
})
afterAll(() => rmSync(destdir, { recursive: true, force: true }))

/** Starts an installed program on a host that has no node. */
function start(program: string, ...args: readonly string[]) {
  return spawnSync(join(destdir, 'usr/sbin', program), args, {
    encoding: 'utf8',
    cwd: '/',
    env: { PATH: '/nonexistent:/bin' },
  })
}

describe('make install', () => {
  it('installs a program that runs from there, under both names', () => {
    expect(start('dkms', '--version').stdout).toMatch(/^dkms-\d/)
    expect(start('dkms-factory', '--version').stdout).toContain(programVersion)
  })

  it('installs everything the program loads later: help, and the interpreter for foreign dkms.conf files', () => {
    expect(start('dkms', '--help').stdout).toContain('bring a package source into the tree')
    const source = join(destdir, 'source')
    mkdirSync(source)
    const conf =
      'PACKAGE_NAME="m"\nPACKAGE_VERSION="1"\nDEST_MODULE_LOCATION="/updates"\nif true; then AUTOINSTALL=yes; fi\n'
    writeFileSync(join(source, 'dkms.conf'), conf)
    const linted = start('dkms-factory', 'lint', source, '--json')
    expect(linted.stderr).toBe('')
    expect(() => JSON.parse(linted.stdout) as unknown).not.toThrow()
  })

  it('reads an installed framework.conf without a complaint', () => {
    const roots = ['--dkmstree', `${destdir}/tree`, '--etc', `${destdir}/etc/dkms`]
    mkdirSync(join(destdir, 'tree'))
    expect(start('dkms', 'status', ...roots)).toMatchObject({ status: 0, stdout: '', stderr: '' })
  })

  it('installs the rest', () => {
    for (const path of ['usr/lib/dkms/common.postinst', 'etc/kernel/postinst.d/dkms', 'usr/share/man/man8/dkms.8']) {
      expect(existsSync(join(destdir, path)), path).toBe(true)
    }
  })

  it('installs a unit systemd understands', ({ skip }) => {
    const missing = whyNoProgram('systemd-analyze')
    if (missing !== undefined) skip(missing)
    const unit = readFileSync(join(destdir, 'usr/lib/systemd/system/dkms.service'), 'utf8')
    const file = join(destdir, 'dkms.service')
    writeFileSync(file, unit.replaceAll('/usr/sbin/dkms', `${destdir}/usr/sbin/dkms`))
    expect(spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' }).stderr).toBe('')
  })
})
