/** mkkmod through its command line, and its packages through rpm. */
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runWithOptions, type World } from '../../support/world.ts'
import { attempt, isRoot, lacks, rpm, tool } from '../../unit/packaging/rpm/format/rpm-tools.ts'
import { kernels, makeKernelWorld, must, RpmSystem, symversText, writeSource, wrote } from './kernels.ts'

const scratch = mkdtempSync(join(tmpdir(), 'mkkmod-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
let world: World

beforeAll(async () => {
  world = await makeKernelWorld(scratch)
})

let outputs = 0
function output(): string {
  outputs += 1
  return join(scratch, `out-${outputs}`)
}

function names(paths: readonly string[]): string[] {
  return paths.map((path) => path.replace(/^.*\//, ''))
}

function kernelArgs(...releases: readonly string[]): string[] {
  return releases.flatMap((release) => ['-k', `${release}/x86_64`])
}

async function make(...args: readonly string[]): Promise<string[]> {
  return wrote(await must(world, 'mkkmod', 'foo/1.0', '--output', output(), ...args))
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}

describe('the exit status of mkkmod', () => {
  const k = `-k ${kernels.rhel}/x86_64`
  it.each<[number, string, string]>([
    [2, 'NOT_IN_TREE', `mkkmod nobody/1.0 ${k}`],
    [1, 'ARGUMENT_MISSING', `mkkmod -m foo ${k}`],
    [5, 'NOT_BUILT', 'mkkmod foo/1.0 -k 6.6.6-none'],
    [2, 'KERNEL_WITH_ALL', `mkkmod foo/1.0 --all ${k}`],
    [3, 'ARCH_WITH_ALL', 'mkkmod foo/1.0 --all -a x86_64'],
    [2, 'USAGE', `mkkmod foo/1.0 ${k} --style gentoo`],
    [2, 'USAGE', `mkkmod foo/1.0 ${k} --compress rar`],
    [2, 'USAGE', `mkkmod foo/1.0 ${k} --symvers 6.6.6=/nonexistent`],
    [2, 'USAGE', `mkkmod foo/1.0 ${k} -k ${kernels.suse}/x86_64 --symvers /nonexistent`],
    [1, 'FILE_ACCESS', `mkkmod foo/1.0 ${k} --symvers /nonexistent`],
    [21, 'HEADERS_MISSING', `mkkmod foo/1.0 -k ${kernels.suse}/x86_64 --style rhel`],
    [1, 'FILE_ACCESS', `mkkmod foo/1.0 ${k} --certificate /nonexistent`],
    [1, 'CERTIFICATE_INVALID', `mkkmod foo/1.0 ${k} --certificate /etc/passwd`],
    [8, 'METADATA_INVALID', `mkkmod foo/1.0 ${k} --release a-b`],
  ])('is %s with the code %s for: %s', async (status, code, command) => {
    const run = await runWithOptions(world, [...command.split(' '), '--output', join(scratch, 'refused')])
    expect([run.status, run.stdout], run.stderr).toEqual([status, ''])
    expect(run.stderr).toContain(`(code ${code})`)
    expect(existsSync(join(scratch, 'refused'))).toBe(false)
  })

  it('is 5 when a module of the build is missing', async () => {
    const module = join(world.tree, 'foo/1.0', kernels.rhel, 'x86_64/module/foo-bar.ko')
    const kept = join(scratch, 'kept.ko')
    copyFileSync(module, kept)
    rmSync(module)
    try {
      const { status, stderr } = await runWithOptions(world, ['mkkmod', 'foo/1.0', ...kernelArgs(kernels.rhel)])
      expect(status, stderr).toBe(5)
      expect(stderr).toContain('BUILD_INCOMPLETE')
    } finally {
      copyFileSync(kept, module)
    }
  })
})

describe.skipIf(lacks('rpm'))('packages of built modules (needs rpm)', () => {
  it('lie in the rpm directory of the package, in the style of each kernel', async () => {
    const made = wrote(await must(world, 'mkkmod', 'foo/1.0', '--all'))
    expect(made.map((path) => path.replace(`${world.tree}/foo/1.0/rpm/`, ''))).toEqual([
      // Without the kernel it would have the name of the last one.
      `kmod-foo-${kernels.rhel}-1.0-1.x86_64.rpm`,
      'foo-kmp-default-1.0_k5.14.21_150500.55.7-1.x86_64.rpm',
      `kmod-foo-${kernels.fedora}-1.0-1.x86_64.rpm`,
      'foo-kmp-default-1.0_k6.9.1_1-1.x86_64.rpm',
      `kmod-foo-${kernels.fedoraNewer}-1.0-1.x86_64.rpm`,
      'kmod-foo-1.0-1.x86_64.rpm',
    ])
    expect(new Set(made).size).toBe(made.length)
    for (const path of made) expect(existsSync(path)).toBe(true)
  })

  it('are told as a document with --json, and not written by --dry-run', async () => {
    const place = output()
    const args = ['mkkmod', 'foo/1.0', ...kernelArgs(kernels.fedora), '--output', place]
    const dry = await runWithOptions(world, [...args, '--dry-run'])
    expect([dry.status, existsSync(place)], dry.stderr).toEqual([0, false])
    const planned = lines(dry.stdout).map((line) => line.replace(/^Would write: /, ''))
    const document = JSON.parse(await must(world, ...args, '--json')) as { packages: { path: string }[] }
    expect(document).toMatchObject({
      module: 'foo',
      version: '1.0',
      akmod: false,
      dryRun: false,
      packages: [
        { kind: 'binary', name: `kmod-foo-${kernels.fedora}`, kernel: kernels.fedora, style: 'fedora', arch: 'x86_64' },
        { kind: 'binary', name: 'kmod-foo', kernel: kernels.fedora, style: 'fedora' },
      ],
    })
    expect(document.packages.map(({ path }) => path)).toEqual(planned)
    expect(readdirSync(place)).toHaveLength(2)
  })

  it('are the same bytes twice, and sound to rpm', async () => {
    const args = [...kernelArgs(kernels.suse, kernels.tumbleweed), '--release', '3', '--compress', 'xz']
    const [first, second] = [await make(...args), await make(...args)]
    expect(names(first)).toEqual(names(second))
    for (const [index, path] of first.entries()) {
      expect(readFileSync(path).equals(readFileSync(second[index] ?? ''))).toBe(true)
      expect(rpm('-K', '--nosignature', path)).toContain('digests OK')
    }
  })

  it('hold the modules as they are in the tree, signed and with debugging information', async () => {
    const module = join(world.tree, 'foo/1.0', kernels.rhel, 'x86_64/module/foo-bar.ko')
    const unsigned = readFileSync(module)
    expect(tool('readelf', '-S', module)).toContain('.debug_info')
    const signed = Buffer.concat([unsigned, Buffer.alloc(12), Buffer.from('~Module signature appended~\n')])
    writeFileSync(module, signed)
    try {
      const [path = ''] = await make(...kernelArgs(kernels.rhel))
      const target = output()
      mkdirSync(target)
      execFileSync('sh', ['-c', `rpm2cpio '${path}' | cpio -idm --quiet`], { cwd: target })
      const packed = join(target, 'lib/modules', kernels.rhel, 'extra/foo/foo-bar.ko')
      expect(readFileSync(packed).equals(signed)).toBe(true)
    } finally {
      writeFileSync(module, unsigned)
    }
  })

  it('need at RHEL the symbols that Module.symvers has of the kernel, and the rest of other packages', async () => {
    const [path = ''] = await make(...kernelArgs(kernels.rhel))
    const requires = lines(rpm('-qp', '--requires', path))
    expect(requires).toContain('kernel(printk) = 0x0040afbe')
    expect(requires).toContain('ksym(elsewhere) = 0x12345678')
    expect(lines(rpm('-qp', '--provides', path))).toEqual([
      'foo-kmod = 1.0-1',
      'kernel-modules >= 5.14.0-427.el9.x86_64',
      'kmod(foo-bar.ko)',
      'kmod-foo = 1.0-1',
      'kmod-foo(x86-64) = 1.0-1',
      'modalias(pci:v00001234d00000001sv*sd*bc*sc*i*) = 1.0',
    ])
  })

  it('learn the symbols of a kernel without headers from --symvers', async () => {
    const file = join(scratch, 'symvers.gz')
    writeFileSync(file, gzipSync(symversText()))
    const given = [`${kernels.suse}=${file}`, `${kernels.fedora}=${file}`].flatMap((value) => ['--symvers', value])
    const made = await make(...kernelArgs(kernels.suse, kernels.fedora), '--style', 'rhel', ...given)
    expect(made).toHaveLength(2)
    for (const path of made) expect(rpm('-qp', '--requires', path)).toContain('kernel(printk) = 0x0040afbe\n')
  })

  it('need at SUSE the symbols of the flavour, and of Tumbleweed exactly its kernel', async () => {
    const [suse = '', tumbleweed = ''] = await make(...kernelArgs(kernels.suse, kernels.tumbleweed))
    expect(lines(rpm('-qp', '--requires', suse)).filter((line) => line.includes('sym('))).toEqual([
      'ksym(default:elsewhere) = 12345678',
      'ksym(default:printk) = 40afbe',
    ])
    const exact = lines(rpm('-qp', '--requires', tumbleweed))
    expect(exact).toContain('kernel-uname-r = 6.9.1-1-default')
    expect(exact.join('\n')).not.toContain('ksym')
    expect(lines(rpm('-qp', '--provides', suse))).toEqual([
      'foo-kmp = 1.0',
      'foo-kmp = 1.0_k5.14.21_150500.55.7',
      'foo-kmp-default = 1.0_k5.14.21_150500.55.7-1',
      'foo-kmp-default(x86-64) = 1.0_k5.14.21_150500.55.7-1',
      'foo-kmp-default-k5.14.21_150500.55.7',
      'kmod(foo_bar.ko)',
      'multiversion(kernel)',
    ])
  })

  it('need at SUSE the sets that symbols of its older kernels are in', async () => {
    const sets = join(scratch, 'sets')
    mkdirSync(sets)
    writeFileSync(join(sets, 'vmlinux.0123456789abcdef'), symversText())
    const archive = join(scratch, 'headers', kernels.suse, `symsets-${kernels.suse}.tar.gz`)
    execFileSync('tar', ['-czf', archive, '-C', scratch, 'sets'])
    try {
      const [path = ''] = await make(...kernelArgs(kernels.suse))
      expect(lines(rpm('-qp', '--requires', path)).filter((line) => line.includes('default:'))).toEqual([
        'kernel(default:vmlinux) = 0123456789abcdef',
        'ksym(default:elsewhere) = 12345678',
      ])
    } finally {
      rmSync(archive)
    }
  })

  it('are told to need symbols that Red Hat does not keep stable, where its list is installed', async () => {
    const list = join(world.modules, 'kabi-current')
    mkdirSync(list)
    const run = async (text: string) => {
      writeFileSync(join(list, 'kabi_stablelist_x86_64'), text)
      const args = ['mkkmod', 'foo/1.0', ...kernelArgs(kernels.rhel), '--output', output()]
      return (await runWithOptions(world, args)).stderr
    }
    expect(await run('[rhel9_x86_64_stablelist]\n\tkfree\n')).toContain('does not keep stable: printk')
    expect(await run('[rhel9_x86_64_stablelist]\n\tprintk\n')).toBe('')
    rmSync(list, { recursive: true })
  })

  it.skipIf(lacks('gpg'))(
    'are signed with --sign-key, as rpm accepts it with the key imported (needs gpg)',
    async () => {
      const home = join(scratch, 'g')
      mkdirSync(home, { mode: 0o700 })
      const gpg = (...args: readonly string[]) =>
        execFileSync(
          'gpg',
          ['--homedir', home, '--batch', '--pinentry-mode', 'loopback', '--passphrase', '', ...args],
          {
            stdio: ['ignore', 'pipe', 'ignore'],
          },
        )
      gpg('--quick-generate-key', 'maker@example.org', 'ed25519', 'sign', '0')
      const [secret, open] = [join(scratch, 'secret.asc'), join(scratch, 'public.asc')]
      writeFileSync(secret, gpg('--armor', '--export-secret-keys'))
      writeFileSync(open, gpg('--armor', '--export'))
      execFileSync('gpgconf', ['--homedir', home, '--kill', 'all'])
      const database = ['--dbpath', join(scratch, 'keys')]
      rpm(...database, '--import', open)
      const made = await make(...kernelArgs(kernels.fedora), '--sign-key', secret)
      expect(made).toHaveLength(2)
      for (const path of made) expect(rpm(...database, '-K', path)).toContain('digests signatures OK')
    },
  )

  it('name the package of programs where packaging.yaml says that there is one', async () => {
    const [guessed = ''] = await make(...kernelArgs(kernels.fedora))
    expect(rpm('-qp', '--requires', guessed)).toContain('(foo-kmod-common >= 1.0 if foo-kmod-common)')
    const [stated = ''] = await make(...kernelArgs(kernels.fedora), '--requires', 'foo-kmod-common >= 1.0')
    expect(lines(rpm('-qp', '--requires', stated)).filter((line) => line.includes('common'))).toEqual([
      'foo-kmod-common >= 1.0',
    ])
  })
})

describe.skipIf(!isRoot || lacks('rpm', 'unshare'))('installed packages (needs root, rpm and unshare)', () => {
  it('of RHEL have weak-modules and depmod told, on installation, upgrade and removal', async () => {
    const system = new RpmSystem(output(), ['usr/sbin/weak-modules'])
    system.addKernel(kernels.rhel)
    const [first = ''] = await make(...kernelArgs(kernels.rhel))
    const [second = ''] = await make(...kernelArgs(kernels.rhel), '--release', '2')
    const module = `/lib/modules/${kernels.rhel}/extra/foo/foo-bar.ko`
    expect(await system.rpm('-i', '--nodeps', first)).toMatchObject({ status: 0 })
    expect(system.calls()).toEqual(['weak-modules --add-modules', `  ${module}`])
    expect(system.readModuleFile(kernels.rhel, 'modules.dep')).toContain('extra/foo/foo-bar.ko:')
    expect(await system.rpm('-U', '--nodeps', second)).toMatchObject({ status: 0 })
    expect(system.calls()).toEqual(['weak-modules --add-modules', `  ${module}`])
    expect(await system.rpm('-V', '--nodeps', 'kmod-foo')).toMatchObject({ status: 0, stdout: '' })
    expect(await system.rpm('-e', '--nodeps', 'kmod-foo')).toMatchObject({ status: 0 })
    expect(system.calls()).toEqual(['weak-modules --remove-modules', `  ${module}`])
    expect(system.readModuleFile(kernels.rhel, 'modules.dep')).not.toContain('foo-bar')
  })

  it('of Fedora want exactly their kernel, and kmod-foo leads to the one for the newest', async () => {
    const system = new RpmSystem(output(), [])
    for (const release of [kernels.fedora, kernels.fedoraNewer]) system.addKernel(release)
    const [old = '', newer = '', meta = ''] = await make(...kernelArgs(kernels.fedora, kernels.fedoraNewer))
    expect(lines(rpm('-qp', '--requires', meta)).filter((line) => !line.startsWith('rpmlib('))).toEqual([
      `kmod-foo-${kernels.fedoraNewer} >= 1.0-1`,
    ])
    expect(rpm('-qpl', meta)).toContain('contains no files')
    const base = await system.provide('base', { '/usr/sbin/depmod': '', '/bin/sh': '' })
    const kernel = (release: string) => system.provide(`kernel-${release}`, { 'kernel-uname-r': release })
    const install = async (...packages: readonly string[]) => (await system.rpm('-i', '--test', ...packages)).status
    expect(await install(base, await kernel(kernels.fedora), old)).toBe(0)
    expect(await install(base, await kernel(kernels.fedora), newer)).not.toBe(0)
    expect(await install(base, await kernel(kernels.fedora), old, meta)).not.toBe(0)
    const all = [base, await kernel(kernels.fedora), await kernel(kernels.fedoraNewer), old, newer, meta]
    expect(await system.rpm('-i', ...all)).toMatchObject({ status: 0 })
    for (const release of [kernels.fedora, kernels.fedoraNewer]) {
      expect(system.readModuleFile(release, 'modules.dep')).toContain('extra/foo/foo-bar.ko:')
    }
  })

  it('of SUSE call its scripts with what they are told by its own packages', async () => {
    const phases = ['pre', 'post', 'preun', 'postun', 'posttrans']
    const scripts = phases.map((phase) => `usr/lib/module-init-tools/kernel-scriptlets/kmp-${phase}`)
    const system = new RpmSystem(output(), scripts)
    const [path = ''] = await make(...kernelArgs(kernels.suse), '--needs-initrd')
    const said = (phase: string, count: string) =>
      `kmp-${phase} with initrd --name foo-kmp-default --version 1.0_k5.14.21_150500.55.7 --release 1 --kernelrelease 5.14.21-150500.55.7 --flavor default --usrmerged 0 ${count}`
    expect(await system.rpm('-i', '--nodeps', path)).toMatchObject({ status: 0 })
    expect(system.calls().filter((line) => line.startsWith('kmp'))).toEqual([
      said('pre', '1'),
      said('post', '1'),
      said('posttrans', '1'),
    ])
    expect(await system.rpm('-e', '--nodeps', 'foo-kmp-default')).toMatchObject({ status: 0 })
    expect(system.calls().filter((line) => line.startsWith('kmp'))).toEqual([said('preun', '0'), said('postun', '0')])
    const without = new RpmSystem(output(), [])
    const installed = await without.rpm('-i', '--nodeps', path)
    expect(installed.status).toBe(0)
    expect(installed.stderr).toContain('suse-kernel-rpm-scriptlets')
  })

  it('of Tumbleweed find their kernel by its name with all dashes', async () => {
    const system = new RpmSystem(output(), [])
    const [path = ''] = await make(...kernelArgs(kernels.tumbleweed))
    const needs = { '/bin/sh': '', coreutils: '', grep: '', 'suse-kernel-rpm-scriptlets': '' }
    const base = await system.provide('base', needs)
    const kernel = (release: string) => system.provide(`kernel-${release}`, { 'kernel-uname-r': release })
    const install = async (...packages: readonly string[]) => (await system.rpm('-i', '--test', ...packages)).status
    expect(await install(base, path, await kernel('6.9.1-1-default'))).toBe(0)
    expect(await install(base, path, await kernel('6.9.1-2-default'))).not.toBe(0)
    expect(await install(base, path, await kernel('6.9.1-1-longterm'))).not.toBe(0)
  })
})

describe.skipIf(lacks('rpm', 'openssl'))('the certificate of the modules (needs rpm and openssl)', () => {
  const pem = join(scratch, 'cert.pem')
  let id: string

  beforeAll(() => {
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=Maker', '-out', pem]
    execFileSync('openssl', [...request, '-keyout', join(scratch, 'cert.key')], { stdio: 'pipe' })
    id = tool('openssl', 'x509', '-in', pem, '-noout', '-fingerprint', '-sha1').replace(/^.*=/, '').replaceAll(':', '')
    id = id.slice(0, 8)
  })

  it('is a package that those of SUSE require, in the form and at the place that its scripts expect', async () => {
    const run = await runWithOptions(world, [
      'mkkmod',
      'foo/1.0',
      ...kernelArgs(kernels.suse, kernels.tumbleweed),
      '--certificate',
      pem,
      '--output',
      output(),
    ])
    expect(run.status, run.stderr).toBe(0)
    expect(run.stderr).toContain('not signed with the key of')
    const [suse = '', tumbleweed = '', certificate = ''] = wrote(run.stdout)
    expect(names([certificate])).toEqual(['foo-ueficert-1.0-1.noarch.rpm'])
    for (const path of [suse, tumbleweed]) expect(lines(rpm('-qp', '--requires', path))).toContain('foo-ueficert')
    expect(lines(rpm('-qpl', certificate))).toEqual(['/etc/uefi', '/etc/uefi/certs', `/etc/uefi/certs/${id}.crt`])
    const target = output()
    mkdirSync(target)
    execFileSync('sh', ['-c', `rpm2cpio '${certificate}' | cpio -idm --quiet`], { cwd: target })
    const der = execFileSync('openssl', ['x509', '-in', pem, '-outform', 'DER'])
    expect(readFileSync(join(target, `etc/uefi/certs/${id}.crt`)).equals(der)).toBe(true)
    expect(rpm('-qp', '--scripts', certificate)).toContain(`"$script" --certs ${id} "$@"`)
  })

  it('is no warning for modules that are signed with it, and one in other styles', async () => {
    const signFile = tool('sh', '-c', 'ls /usr/lib/linux-kbuild-*/scripts/sign-file 2>/dev/null | head -n1').trim()
    const args = (kernel: string) => [
      'mkkmod',
      'foo/1.0',
      ...kernelArgs(kernel),
      '--certificate',
      pem,
      '--output',
      output(),
    ]
    const other = await runWithOptions(world, args(kernels.rhel))
    expect(other.stderr).toContain('the certificate is in none of the packages')
    expect(wrote(other.stdout)).toHaveLength(1)
    if (signFile === '') return
    const module = join(world.tree, 'foo/1.0', kernels.suse, 'x86_64/module/foo-bar.ko')
    const unsigned = readFileSync(module)
    try {
      execFileSync(signFile, ['sha256', join(scratch, 'cert.key'), pem, module])
      const signed = await runWithOptions(world, args(kernels.suse))
      expect([signed.status, signed.stderr]).toEqual([0, ''])
    } finally {
      writeFileSync(module, unsigned)
    }
  })
})

describe.skipIf(lacks('rpm', 'rpmbuild'))('an akmod (needs rpmbuild)', () => {
  const exclusive = `PACKAGE_NAME="foo"
PACKAGE_VERSION="1.0"
BUILT_MODULE_NAME[0]="foo-bar"
DEST_MODULE_LOCATION[0]="/updates"
BUILD_EXCLUSIVE_KERNEL_MIN="6.9"
MAKE[0]="make -C $kernel_source_dir M=$dkms_tree/foo/1.0/build"
MAKE[1]="false"
MAKE_MATCH[1]="el9"
`

  /** What kmodtool prints, for the kernels that akmods names. */
  function writeKmodtool(bin: string): void {
    mkdirSync(bin)
    const text = `#!/bin/sh
for word in "$@"; do [ -z "$next" ] || kernels=$word; next=; [ "$word" != --for-kernels ] || next=1; done
echo '%global kmodinstdir_prefix /usr/lib/modules/'
echo '%global kmodinstdir_postfix /extra/foo/'
list=
for k in $kernels; do
  list="$list $k\${list_}___${scratch}/headers/$k"
  cat <<END
%package -n kmod-foo-$k
Summary: Modules for $k
Provides: foo-kmod = %{version}-%{release}
Requires:         foo-kmod-common >= %{?epoch:%{epoch}:}%{version}
%description -n kmod-foo-$k
Modules.
%files -n kmod-foo-$k
%defattr(644,root,root,755)
/usr/lib/modules/$k/extra/foo/
END
done
echo "%global kernel_versions $list"
`
    writeFileSync(join(bin, 'kmodtool'), text, { mode: 0o755 })
  }

  function rebuild(source: string, kernel: string): { readonly path: string; readonly log: string } {
    const top = output()
    const bin = join(scratch, 'bin')
    if (!existsSync(bin)) writeKmodtool(bin)
    const defines = [`_topdir ${top}`, `kernels ${kernel}`, 'debug_package %{nil}', '__os_install_post %{nil}']
    const { status, output: log } = attempt(
      'env',
      `PATH=${bin}:${process.env['PATH'] ?? ''}`,
      'rpmbuild',
      ...defines.flatMap((define) => ['--define', define]),
      '--nodeps',
      '--rebuild',
      source,
    )
    expect(status, log).toBe(0)
    return { path: join(top, `RPMS/x86_64/kmod-foo-${kernel}-1.0-1.x86_64.rpm`), log }
  }

  it('comes from a plain directory, and builds for the kernels that it is for', async () => {
    const directory = writeSource(join(scratch, 'plain'), exclusive)
    const made = wrote(await must(world, 'mkkmod', directory, '--akmod', '--output', output()))
    expect(names(made)).toEqual(['foo-kmod-1.0-1.src.rpm', 'akmod-foo-1.0-1.noarch.rpm'])
    const [source = ''] = made
    const { path } = rebuild(source, kernels.fedoraNewer)
    expect(lines(rpm('-qpl', path))).toEqual([
      `/usr/lib/modules/${kernels.fedoraNewer}/extra/foo`,
      `/usr/lib/modules/${kernels.fedoraNewer}/extra/foo/foo-bar.ko`,
    ])
    // Nobody has a package of programs that nobody made.
    expect(rpm('-qp', '--requires', path)).toContain('(foo-kmod-common >= 1.0 if foo-kmod-common)')
  })

  it('builds nothing for a kernel that BUILD_EXCLUSIVE leaves out, and says why in a package', async () => {
    const directory = writeSource(join(scratch, 'left-out'), exclusive)
    const [source = ''] = wrote(await must(world, 'mkkmod', directory, '--akmod', '--output', output()))
    const { path, log } = rebuild(source, kernels.fedora)
    expect(lines(rpm('-qpl', path))).toEqual([
      `/usr/lib/modules/${kernels.fedora}/extra/foo`,
      `/usr/lib/modules/${kernels.fedora}/extra/foo/EXCLUDED`,
    ])
    expect(log).toContain(`not for kernel ${kernels.fedora}: BUILD_EXCLUSIVE_KERNEL_MIN is 6.9`)
    expect(log).not.toContain('CC [M]')
  })
})

describe.skipIf(lacks('rpmlint'))('rpmlint (needs it)', () => {
  it('finds no error but those that packages of modules have', async () => {
    const made = [
      ...(await make(...kernelArgs(kernels.rhel))),
      ...(await make(...kernelArgs(kernels.fedora))),
      ...(await make(...kernelArgs(kernels.suse))),
    ]
    const errors = made.flatMap((path) =>
      lines(attempt('rpmlint', path).output).filter((line) => / E: /.test(line) && !allowed.test(line)),
    )
    expect(errors).toEqual([])
  })

  /** Some versions know no SPDX names; the package that leads to the newest kernel has no files, as kmodtool's. */
  const allowed = / E: (?:invalid-license|no-signature|no-packager-tag|no-binary)/
})
