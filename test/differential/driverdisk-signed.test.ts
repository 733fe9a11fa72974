/** Packages of signed disks, taken out again and judged by rpm. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DiskWorld, makeDiskWorld } from '../support/disk-world.ts'
import { mustRun } from '../support/program.ts'
import { putFile } from '../support/world.ts'
import { attempt, lacks, tool } from '../unit/packaging/rpm/format/rpm-tools.ts'

const release = '5.14.0-362.8.1.el9_3.x86_64'
const root = mkdtempSync(join(tmpdir(), 'disk-signed-'))
const home = join(root, 'gpg')
let disks: DiskWorld

beforeAll(async () => {
  disks = makeDiskWorld(root, [release])
  mkdirSync(home, { mode: 0o700 })
  await disks.run('build', 'hello/1.0', '-k', `${release}/x86_64`)
})
afterAll(() => {
  if (!lacks('gpgconf')) execFileSync('gpgconf', ['--homedir', home, '--kill', 'all'])
  rmSync(root, { recursive: true, force: true })
})

interface Key {
  readonly user: string
  /** A file with the private key. */
  readonly file: string
  /** Of an rpm that trusts this key and no other. */
  readonly database: string
}

async function makeKey(name: string, kind: string): Promise<Key> {
  const gpg = (...args: readonly string[]) =>
    mustRun('gpg', ['--homedir', home, '--batch', '--pinentry-mode', 'loopback', ...args])
  const user = `${name}@example.org`
  const [file, publicKey, database] = [
    join(root, `${name}.asc`),
    join(root, `${name}.pub`),
    join(root, `${name}.rpmdb`),
  ]
  await gpg('--passphrase', '', '--quick-gen-key', user, kind, 'sign', '0')
  writeFileSync(file, await gpg('--armor', '--export-secret-keys', user))
  writeFileSync(publicKey, await gpg('--armor', '--export', user))
  tool('rpm', '--dbpath', database, '--import', publicKey)
  return { user, file, database }
}

/** The RPMs on a disk, wherever its format has them. */
function packagesOf(image: string): readonly string[] {
  const found = execFileSync('find', [disks.unpack(image), '-type', 'f', '-name', '*.rpm'], { encoding: 'utf8' })
  return found.trim().split('\n').sort()
}

function verdict({ database }: Key, path: string): string {
  return attempt('rpm', '--dbpath', database, '-K', path).output.replace(/^.*: /, '').trim()
}

const spec = `
Name: kmod-%{module_name}-%{kernel_version}
Version: %{version}
Release: 1
Summary: Hello
License: GPL-2.0-only
Source0: %{module_name}-%{version}.tar.bz2
%description
Hello.
%prep
%setup -q -n %{module_name}-%{version}
%build
make -C ${join(root, 'headers')}/%{kernel_version} M=$PWD
%install
install -D -m 644 hello.ko %{buildroot}/lib/modules/%{kernel_version}/extra/hello.ko
%files
/lib/modules/%{kernel_version}
`

describe.skipIf(lacks('rpm', 'gpg', 'xorriso', 'bsdtar'))('mkdriverdisk --sign (needs rpm and gpg)', () => {
  const make = ['mkdriverdisk', 'hello/1.0', '-k', `${release}/x86_64`, '--media', 'iso']

  it.each([
    'rsa3072',
    'ed25519',
  ])('with a key of the kind %s puts packages on the disk that rpm trusts', async (kind) => {
    const key = await makeKey(kind, kind)
    const other = await makeKey(`not-${kind}`, kind)
    const words = ['--format', 'redhat3,dud', '--dist', 'sle15sp5', '--output', join(root, `${kind}.iso`)]
    const made = await disks.run(...make, ...words, '--sign', '--sign-key', key.file)
    expect(made.status, made.stderr).toBe(0)
    const packages = packagesOf(join(root, `${kind}.iso`))
    expect(packages).toHaveLength(2)
    expect(packages.map((path) => verdict(key, path))).toEqual(['digests signatures OK', 'digests signatures OK'])
    expect(packages.map((path) => verdict(other, path))).not.toContain('digests signatures OK')
    const { stdout } = await disks.run('show', join(root, `${kind}.iso`), '--json')
    expect(JSON.parse(stdout).packages).toEqual(packages.map(() => expect.objectContaining({ isSigned: true })))

    // What gpg knows the key by does as well as a file, and without --sign-key nothing is signed.
    const byGpg = await disks.runWith(
      { GNUPGHOME: home },
      ...make,
      '-d',
      'redhat3',
      '--sign-key',
      key.user,
      '--output',
      join(root, 'gpg.iso'),
    )
    expect(byGpg.status, byGpg.stderr).toBe(0)
    expect(packagesOf(join(root, 'gpg.iso')).map((path) => verdict(key, path))).toEqual(['digests signatures OK'])
    await disks.run(...make, '-d', 'redhat3', '--output', join(root, 'unsigned.iso'))
    expect(packagesOf(join(root, 'unsigned.iso')).map((path) => verdict(key, path))).toEqual(['digests OK'])

    if (lacks('rpmbuild', 'bzip2')) return
    putFile(join(disks.source, 'own.spec'), spec)
    const ofSpec = ['--spec', 'own.spec', '--sign-key', key.file, '--output', join(root, 'spec.iso')]
    const built = await disks.run(...make, '-d', 'redhat3', ...ofSpec)
    expect(built.status, built.stderr).toBe(0)
    expect(packagesOf(join(root, 'spec.iso')).map((path) => verdict(key, path))).toEqual(['digests signatures OK'])
  })

  it('without a key makes no disk', async () => {
    const image = join(root, 'keyless.iso')
    const { status, stdout, stderr } = await disks.run(...make, '-d', 'redhat3', '--sign', '--output', image)
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toContain('--sign does not say with which key')
  })
})
