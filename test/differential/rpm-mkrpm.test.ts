/** mkrpm as people and scripts call it. */

import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { because, nobodyImpossible } from '../support/as-nobody.ts'
import { programFile, type Run, runFile } from '../support/program.ts'
import { writeToyHeaders } from '../support/toy-kernel.ts'
import { copyFixture, makeWorld, putFile, runWithOptions, type World } from '../support/world.ts'
import { attempt, lacks, rpm, tool } from '../unit/packaging/rpm/format/rpm-tools.ts'

const scratch = mkdtempSync(join(tmpdir(), 'mkrpm-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const directory = join(scratch, 'directory')
copyFixture('hello-1.0', directory)

/** As Mandriva and its successors name kernels. */
const kernel = '6.6.2-desktop-1omv2390'
let world: World

async function must(...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await runWithOptions(world, args)
  if (status === 0) return stdout
  throw new Error(`${args.join(' ')}\nended with ${status}\n${stdout}${stderr}`)
}

const aliases = ['pci:v00008086d00001572sv*sd*bc*sc*i*', 'pci:v00008086d00001573sv*sd*bc*sc*i*', 'hello-alias']

beforeAll(async () => {
  writeToyHeaders(join(scratch, 'headers'), kernel)
  world = makeWorld(join(scratch, 'world'), [{ release: kernel, headers: join(scratch, 'headers') }])
  const source = join(world.source, 'hello-1.0')
  copyFixture('hello-1.0', source)
  const code = readFileSync(join(source, 'hello.c'), 'utf8')
  putFile(join(source, 'hello.c'), `${code}${aliases.map((alias) => `TOY_INFO("alias=${alias}")\n`).join('')}`)
  await must('add', source)
  await must('build', 'hello/1.0', '-k', kernel, '-a', 'x86_64')
  copyFixture('hello-2.0', join(world.source, 'hello-2.0'))
  await must('add', join(world.source, 'hello-2.0'))
})

function wrote(stdout: string): string[] {
  return stdout.split('\n').flatMap((line) => /^Wrote: (.+)$/.exec(line)?.slice(1) ?? [])
}

const noUser = nobodyImpossible()

describe('the exit status of mkrpm', () => {
  it.each<[number, string, string]>([
    [2, 'NOT_IN_TREE', 'mkrpm -m nobody -v 1.0 --source-only'],
    [1, 'ARGUMENT_MISSING', 'mkrpm -m hello --source-only'],
    [1, 'ARGUMENT_MISSING', 'mkrpm'],
    [5, 'NOT_BUILT', `mkrpm hello/2.0 -k ${kernel}`],
    [5, 'NOT_BUILT', 'mkrpm hello/2.0'],
    [5, 'NOT_BUILT', 'mkrpm hello/2.0 --all --binaries-only'],
    ...['--binaries-only', '--all', `-k ${kernel}`].map((option): [number, string, string] => [
      5,
      'NOT_BUILT',
      `mkrpm ${directory} --output ${scratch} ${option}`,
    ]),
    [8, 'CONFLICTING_FLAGS', 'mkrpm hello/1.0 --source-only --binaries-only'],
    [2, 'KERNEL_WITH_ALL', `mkrpm hello/1.0 --all -k ${kernel}`],
    [3, 'ARCH_WITH_ALL', 'mkrpm hello/1.0 --all -a x86_64'],
    [2, 'USAGE', 'mkrpm hello/1.0 --profile gentoo'],
    [2, 'USAGE', 'mkrpm hello/1.0 --compress rar'],
    [2, 'USAGE', 'mkrpm hello/1.0 --source-only --sign'],
    [2, 'USAGE', 'mkrpm hello/1.0 --source-only --sign-key /nonexistent/key.asc'],
    [8, 'METADATA_INVALID', 'mkrpm hello/1.0 --source-only --release a-b'],
    [5, 'SPEC_MISSING', 'mkrpm hello/1.0 --source-only --spec missing.spec'],
    [8, 'CONFLICTING_FLAGS', 'mkrpm hello/1.0 --source-only --spec missing.spec --profile dkms'],
    [2, 'USAGE', 'mkrpm hello/1.0 --source-only --sign-passphrase /dev/null'],
    [2, 'USAGE', 'mkrpm hello/1.0 --source-only --sign-passphrase /dev/null --sign-key me@example.org'],
    [8, 'METADATA_INVALID', 'mkrpm hello/1.0 --source-only --provides a|b'],
    [8, 'PACKAGE_REFUSED', 'mkrpm hello/1.0 --source-only --dry-run --requires a=1-2-3'],
  ])('is %s with the code %s for: %s', async (status, code, command) => {
    const run = await runWithOptions(world, command.split(' '))
    expect([run.status, run.stdout], run.stderr).toEqual([status, ''])
    expect(run.stderr).toContain(`(code ${code})`)
  })
})

describe.skipIf(lacks('rpm'))('packages of the tree (needs rpm)', () => {
  it('lie in the rpm directory of the package unless --output says another place', async () => {
    const place = join(world.tree, 'hello/1.0/rpm')
    const expected = ['hello-1.0-1dkms.src.rpm', 'hello-1.0-1dkms.noarch.rpm']
    expect(wrote(await must('mkrpm', '-m', 'hello', '-v', '1.0', '--source-only'))).toEqual(
      expected.map((name) => join(place, name)),
    )
    const output = join(world.desk, 'elsewhere/deep')
    expect(wrote(await must('mkrpm', 'hello/1.0', '--source-only', '--output', output))).toEqual(
      expected.map((name) => join(output, name)),
    )
  })

  it('are told as a document with --json', async () => {
    const output = join(world.desk, 'json')
    const document = JSON.parse(await must('mkrpm', 'hello/1.0', '--all', '--json', '--output', output))
    expect(document).toMatchObject({
      module: 'hello',
      version: '1.0',
      installedAs: 'hello/1.0',
      content: 'full',
      kernels: [{ kernel, arch: 'x86_64' }],
      packages: [
        { kind: 'source', path: join(output, 'hello-1.0-1dkms.src.rpm') },
        { kind: 'binary', path: join(output, 'hello-1.0-1dkms.noarch.rpm'), release: '1dkms', arch: 'noarch' },
      ],
      dryRun: false,
    })
  })

  it.each([
    ['--source-only', ['/usr/share/hello', '/usr/share/hello/dkms-version'], []],
    // DKMS 3.0.13 and later see no package without a dkms.conf below /usr/src, so one of built modules brings that.
    ['--binaries-only', ['/usr/share/hello', '/usr/share/hello/dkms-version', tarball()], modaliases()],
    ['--all', ['/usr/share/hello', '/usr/share/hello/dkms-version', tarball()], modaliases()],
  ])('hold with %s what was asked for', async (option, files, provides) => {
    const output = join(world.desk, option.slice(2))
    const kernels = option === '--binaries-only' ? ['-k', `${kernel}/x86_64`] : []
    const [, binary = ''] = wrote(await must('mkrpm', 'hello/1.0', option, ...kernels, '--output', output))
    const packed = rpm('-qpl', binary).trim().split('\n')
    const isSource = (path: string): boolean => path.startsWith('/usr/src/')
    expect(packed.filter((path) => !isSource(path))).toEqual(files)
    const source = ['/usr/src/hello-1.0', '/usr/src/hello-1.0/dkms.conf']
    if (option === '--binaries-only') expect(packed.filter(isSource)).toEqual(source)
    else expect(packed.filter(isSource)).toEqual(expect.arrayContaining([...source, '/usr/src/hello-1.0/Makefile']))
    expect(rpm('-qp', '--provides', binary).trim().split('\n')).toEqual(['hello = 1.0-1dkms', ...provides])
    if (lacks('rpmbuild')) return
    const top = join(scratch, `rebuild${option}`)
    tool('rpmbuild', '--define', `_topdir ${top}`, '--nodeps', '--rebuild', binary.replace('.noarch.', '.src.'))
    const rebuilt = join(top, 'RPMS/noarch/hello-1.0-1dkms.noarch.rpm')
    for (const query of ['--dump', '--requires', '--provides', '--scripts']) {
      expect(rpm('-qp', query, rebuilt)).toBe(rpm('-qp', query, binary))
    }
  })

  function tarball(): string {
    return '/usr/share/hello/hello-1.0.dkms.tar.gz'
  }

  /** Aliases that differ in one character are merged. */
  function modaliases(): string[] {
    return ['modalias(hello-alias) = 1.0', 'modalias(pci:v00008086d0000157[23]sv*sd*bc*sc*i*) = 1.0']
  }

  it('come one for each kernel in the profile of Mandriva', async () => {
    const output = join(world.desk, 'mandriva')
    const options = ['--profile', 'mandriva', '--release', '2', '--output', output]
    const made = wrote(await must('mkrpm', 'hello/1.0', '-k', `${kernel}/x86_64`, ...options))
    const names = ['dkms-hello-1.0-2.src.rpm', 'dkms-hello-1.0-2.noarch.rpm', `hello-kernel-${kernel}-1.0-2.x86_64.rpm`]
    expect(made).toEqual(names.map((name) => join(output, name)))
    const [, , perKernel = ''] = made
    const place = '/var/lib/dkms-binary/hello/1.0-2'
    expect(rpm('-qpl', perKernel).trim().split('\n')).toEqual([
      '/var/lib/dkms-binary/hello',
      place,
      `${place}/${kernel}`,
      `${place}/${kernel}/dkms.conf`,
      `${place}/${kernel}/x86_64`,
      `${place}/${kernel}/x86_64/log`,
      `${place}/${kernel}/x86_64/log/make.log`,
      `${place}/${kernel}/x86_64/module`,
      `${place}/${kernel}/x86_64/module/Module.symvers`,
      `${place}/${kernel}/x86_64/module/hello.ko`,
    ])
    const requires = rpm('-qp', '--requires', perKernel)
    expect(requires).toContain('kernel-desktop = 6.6.2-1omv2390\n')
    expect(requires).toContain('dkms-minimal >= 2.0.19\n')
    expect(rpm('-qp', '--scripts', perKernel)).toContain(`dkms install --binary -m hello -v 1.0-2 -k ${kernel} --rpm`)
    const only = wrote(await must('mkrpm', 'hello/1.0', '--all', '--binaries-only', ...options))
    expect(only).toEqual([perKernel])
  })

  it.skipIf(noUser !== undefined || lacks('setpriv'))(
    `are made by an ordinary user, from a plain directory and where they are${because(noUser)}`,
    async () => {
      const home = mkdtempSync(join(tmpdir(), 'mkrpm-user-'))
      copyFixture('hello-1.0', join(home, 'source'))
      tool('chown', '-R', '12345:12345', home)
      const user = ['--reuid=12345', '--regid=12345', '--clear-groups', programFile.here]
      const made = await runFile('setpriv', [...user, 'mkrpm'], { cwd: join(home, 'source') })
      expect([made.status, made.stderr]).toEqual([0, ''])
      expect(wrote(made.stdout)).toHaveLength(2)
      for (const path of wrote(made.stdout)) expect(rpm('-K', path)).toMatch(/digests OK/)
      expect(wrote(made.stdout)[0]).toBe(join(home, 'source/hello-1.0-1dkms.src.rpm'))
      const elsewhere = await runFile('setpriv', [...user, 'mkrpm', 'source', '--output', 'out'], { cwd: home })
      expect([elsewhere.status, readdirSync(join(home, 'out')).length]).toEqual([0, 2])
      rmSync(home, { recursive: true })
    },
  )
})

describe.skipIf(lacks('rpm', 'gpg'))('signing (needs rpm and gpg)', () => {
  const home = join(scratch, 'g')
  const database = join(scratch, 'keys-db')
  const key = join(scratch, 'secret.asc')

  function gpg(...args: readonly string[]): Buffer {
    return execFileSync('gpg', ['--homedir', home, '--batch', '--pinentry-mode', 'loopback', ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  }

  beforeAll(() => {
    mkdirSync(home, { mode: 0o700 })
    gpg('--passphrase', 'open sesame', '--quick-gen-key', 'maker@example.org', 'ed25519', 'sign', '0')
    writeFileSync(key, gpg('--passphrase', 'open sesame', '--armor', '--export-secret-keys', 'maker@example.org'))
    writeFileSync(join(scratch, 'public.asc'), gpg('--armor', '--export', 'maker@example.org'))
    writeFileSync(join(scratch, 'passphrase'), 'open sesame\n')
    tool('rpm', '--dbpath', database, '--import', join(scratch, 'public.asc'))
  })
  afterAll(() => {
    execFileSync('gpgconf', ['--homedir', home, '--kill', 'all'])
  })

  function verdict(path: string): string {
    return attempt('rpm', '--dbpath', database, '-K', path).output.replace(/^.*: /, '').trim()
  }

  it('with a key file makes packages that rpm trusts, and no others', async () => {
    const output = join(world.desk, 'signed')
    const options = ['--sign', '--sign-key', key, '--sign-passphrase', join(scratch, 'passphrase'), '--output', output]
    const made = wrote(await must('mkrpm', 'hello/1.0', '--source-only', ...options))
    expect(made.map(verdict)).toEqual(['digests signatures OK', 'digests signatures OK'])
    const unsigned = wrote(await must('mkrpm', 'hello/1.0', '--source-only', '--output', output))
    expect(unsigned.map(verdict)).toEqual(['digests OK', 'digests OK'])
  })

  it('without the passphrase of the key says so and leaves no package', async () => {
    const output = join(world.desk, 'locked')
    const run = await runWithOptions(world, [
      'mkrpm',
      'hello/1.0',
      '--source-only',
      '--sign-key',
      key,
      '--output',
      output,
    ])
    expect([run.status, run.stdout]).toEqual([1, ''])
    expect(run.stderr).toContain('(code PACKAGE_KEY_UNUSABLE)')
    expect(readdirSync(output)).toEqual([])
  })

  it('with gpg uses the key its agent has unlocked', async () => {
    gpg('--passphrase', '', '--quick-gen-key', 'free@example.org', 'rsa2048', 'sign', '0')
    writeFileSync(join(scratch, 'free.asc'), gpg('--armor', '--export', 'free@example.org'))
    tool('rpm', '--dbpath', database, '--import', join(scratch, 'free.asc'))
    const args = ['mkrpm', join(world.source, 'hello-1.0'), '--output', join(world.desk, 'gpg')]
    const run = await runFile(programFile.here, [...args, '--sign-key', 'free@example.org'], {
      env: { GNUPGHOME: home },
    })
    expect([run.status, wrote(run.stdout).map(verdict)], run.stderr).toEqual([
      0,
      ['digests signatures OK', 'digests signatures OK'],
    ])
  })
})

/** What vendors made of the template of DKMS 2.8: every macro and file it was given is used. */
const vendorSpec = `
%{?!module_name: %{error: no module name}}
%{?!kernel_versions: %{error: no kernels}}
Name: %{module_name}
Version: %{version}
Release: 7vendor
Summary: %{module_name} %{version} for %{kernel_versions}
License: GPL
BuildArch: noarch
%description
tarball: %{mktarball_line}; tree: %{_dkmsdir}
%install
mkdir -p %{buildroot}/usr/src
cp -r %{_sourcedir}/%{module_name}-%{version} %{buildroot}/usr/src/
%files
/usr/src/%{module_name}-%{version}
`

describe.skipIf(lacks('rpm', 'rpmbuild'))('a spec file of the user (needs rpmbuild)', () => {
  const inSource = (name: string) => join(world.source, 'hello-1.0', name)
  afterAll(() => rmSync(inSource('hello-dkms-mkrpm.spec'), { force: true }))

  function mkrpm(...more: readonly string[]): Promise<Run> {
    return runWithOptions(world, ['mkrpm', 'hello/1.0', '--output', join(world.desk, 'vendor'), ...more])
  }

  it.each([
    ['--spec', () => inSource('own.spec'), ['--spec', 'own.spec']],
    ['beside the source', () => inSource('hello-dkms-mkrpm.spec'), []],
    ['in /etc/dkms', () => join(world.etc, 'template-dkms-mkrpm.spec'), []],
  ] as const)('is built by rpmbuild with the macros of DKMS 2 (%s)', async (_, place, options) => {
    putFile(place(), vendorSpec)
    const { status, stdout, stderr } = await mkrpm('--source-only', ...options)
    rmSync(place())
    expect(status, stderr).toBe(0)
    expect(wrote(stdout).map((path) => path.replace(/^.*\//, ''))).toEqual([
      'hello-1.0-7vendor.src.rpm',
      'hello-1.0-7vendor.noarch.rpm',
    ])
    const [, binary = ''] = wrote(stdout)
    expect(rpm('-qpl', binary)).toContain('/usr/src/hello-1.0/dkms.conf\n')
    expect(rpm('-qp', '--qf', '%{DESCRIPTION}', binary)).toBe(`tarball: none; tree: ${world.tree}`)
  })

  it('is told the kernels whose builds are asked for', async () => {
    putFile(inSource('own.spec'), vendorSpec)
    const { stdout } = await mkrpm('--all', '--spec', 'own.spec')
    rmSync(inSource('own.spec'))
    const [, binary = ''] = wrote(stdout)
    expect(rpm('-qp', '--qf', '%{SUMMARY}|%{DESCRIPTION}', binary)).toBe(
      `hello 1.0 for ${kernel}|tarball: -k ${kernel} -a x86_64 --binaries-only; tree: ${world.tree}`,
    )
  })

  it('decides what the packages say, and options that would are named; a package that cannot be put in place is an error', async () => {
    putFile(inSource('own.spec'), vendorSpec)
    const output = join(scratch, 'in-the-way')
    mkdirSync(join(output, 'hello-1.0-7vendor.noarch.rpm'), { recursive: true })
    const options = ['--source-only', '--spec', 'own.spec', '--output', output]
    const { status, stderr } = await mkrpm(...options, '--release', '9', '--license', 'MIT')
    rmSync(inSource('own.spec'))
    expect(stderr).toMatch(/Warning: --release, --license: without effect, for .*own\.spec says what/)
    expect(stderr).toContain('(code FILE_ACCESS)')
    expect(status).toBe(1)
    expect(readdirSync(output).filter((name) => name.startsWith('.'))).toEqual([])
  })

  it('that rpmbuild refuses ends with 7 and what rpmbuild said', async () => {
    putFile(inSource('own.spec'), vendorSpec.replace('%files', '%files\n/nowhere'))
    const { status, stdout, stderr } = await mkrpm('--source-only', '--spec', 'own.spec')
    rmSync(inSource('own.spec'))
    expect([status, stdout]).toEqual([7, ''])
    expect(stderr).toContain('(code PACKAGE_BUILD_FAILED)')
    expect(stderr).toContain('/nowhere')
  })

  it('without rpmbuild ends with 1 and names what to install', async () => {
    putFile(inSource('own.spec'), vendorSpec)
    const empty = join(scratch, 'empty')
    mkdirSync(empty, { recursive: true })
    chmodSync(empty, 0o755)
    const options = ['--source-only', '--spec', 'own.spec', '--output', join(world.desk, 'none')]
    const run = await runFile(programFile.here, ['mkrpm', inSource(''), ...options], { env: { PATH: empty } })
    rmSync(inSource('own.spec'))
    expect([run.status, run.stdout]).toEqual([1, ''])
    expect(run.stderr).toContain('(code TOOL_MISSING)')
    expect(run.stderr).toContain('dnf install rpm-build')
  })
})
