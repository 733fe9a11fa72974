/** mkdriverdisk with spec files of users, through the real rpmbuild. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type DiskWorld, makeDiskWorld, writeHello } from '../support/disk-world.ts'
import { putFile } from '../support/world.ts'
import { attempt, hasTool, lacks } from '../unit/packaging/rpm/format/rpm-tools.ts'

const [one, two] = ['5.14.0-362.8.1.el9_3.x86_64', '5.14.0-427.13.1.el9_4.x86_64'] as const
const kernels = [one, two].flatMap((release) => ['-k', `${release}/x86_64`])

let disks: DiskWorld
beforeAll(async () => {
  disks = makeDiskWorld(mkdtempSync(join(tmpdir(), 'disk-spec-')), [one, two])
  await disks.run('add', 'hello/1.0')
})
afterAll(() => rmSync(disks.root, { recursive: true, force: true }))
beforeEach(() => {
  rmSync(join(disks.source, 'patches'), { recursive: true, force: true })
  writeHello(disks.source, '1.0')
})

/** In the manner of Red Hat's, without the macros that only its kernels bring. */
function specText({ name = 'kmod-%{module_name}-%{kernel_version}', install = '', more = '' } = {}): string {
  return `
Name: ${name}
Version: %{version}
Release: 1
Summary: %{module_name} for %{kernel_version}
License: GPL-2.0-only
Source0: %{module_name}-%{version}.tar.bz2
Provides: kernel-modules = %{kernel_version}
%description
Built in %{_target_cpu}.
%prep
%setup -q -n %{module_name}-%{version}
%build
make -C ${join(disks.root, 'headers')}/%{kernel_version} M=$PWD
%install
install -D -m 644 hello.ko %{buildroot}/lib/modules/%{kernel_version}/extra/hello/hello.ko
${install}
%files
/lib/modules/%{kernel_version}
${more}`
}

let count = 0
function output(): string {
  count += 1
  return join(disks.world.desk, `disk-${count}.iso`)
}

function rpmsOf(image: string): { dir: string; files: readonly string[]; out: string } {
  const out = disks.unpack(image)
  const dir = join(out, 'rpms/x86_64')
  return { dir, out, files: readdirSync(dir).filter((name) => name.endsWith('.rpm')) }
}

/** The module of a package, as rpm2cpio and cpio have it. */
function moduleOf(path: string): Buffer {
  const into = mkdtempSync(join(disks.root, 'rpm-'))
  execFileSync('sh', ['-c', `rpm2cpio '${path}' | cpio -idm --quiet`], { cwd: into })
  return readFileSync(join(into, execFileSync('find', ['.', '-name', '*.ko'], { cwd: into, encoding: 'utf8' }).trim()))
}

const redhat3 = ['mkdriverdisk', 'hello/1.0', '-d', 'redhat3', '--media', 'iso', ...kernels]

describe.skipIf(lacks('rpmbuild', 'bzip2', 'xorriso', 'bsdtar'))('mkdriverdisk --spec (needs rpmbuild)', () => {
  it('puts the packages for all kernels on the disk, each from the source patched for its kernel', async () => {
    writeHello(disks.source, '1.0', `PATCH=two.patch\nPATCH_MATCH="^${two}$"\nPRE_BUILD=mark.sh\n`)
    putFile(
      join(disks.source, 'patches/two.patch'),
      '--- a/hello.c\n+++ b/hello.c\n@@ -2,1 +2,1 @@\n-MODULE_DESCRIPTION("Says hello");\n+MODULE_DESCRIPTION("Says hello twice");\n',
    )
    putFile(join(disks.source, 'mark.sh'), `#!/bin/sh\nsed -i 's/"GPL"/"GPL v2"/' hello.c\n`, 0o755)
    putFile(join(disks.source, 'my/own.spec'), specText())
    const image = output()
    const { status, stderr } = await disks.run(...redhat3, '--spec=my/own.spec', '--output', image)
    expect(status, stderr).toBe(0)
    expect(stderr).toContain(
      `rpmbuild makes the packages, from ${join(disks.world.tree, 'hello/1.0/source')}`.slice(0, 30),
    )
    const { dir, files, out } = rpmsOf(image)
    expect(files).toEqual([one, two].map((release) => `kmod-hello-${release}-1.0-1.x86_64.rpm`))
    expect(readFileSync(join(out, 'rhdd3'), 'utf8')).toBe('hello-1.0 driver disk\n')
    expect(existsSync(join(dir, 'repodata/repomd.xml'))).toBe(true)
    const modules = files.map((name) => moduleOf(join(dir, name)).toString('latin1'))
    expect(modules.map((text) => /description=([^\0]*)/.exec(text)?.[1])).toEqual(['Says hello', 'Says hello twice'])
    expect(modules.map((text) => /license=([^\0]*)/.exec(text)?.[1])).toEqual(['GPL v2', 'GPL v2'])
    expect(modules.map((text) => /vermagic=(\S*)/.exec(text)?.[1])).toEqual([one, two])
    // What strip would have taken out.
    expect(modules.every((text) => text.includes('.debug_info'))).toBe(true)
    const judged = await disks.run('verify', image, '--release', 'rhel9.3', '-k', one, '--json')
    expect(
      JSON.parse(judged.stdout).findings.filter(({ severity }: { severity: string }) => severity === 'error'),
    ).toEqual([])
  })

  it('gives equal bytes again, and leaves nothing in the tree or in the temporary directory', async () => {
    putFile(join(disks.source, 'own.spec'), specText())
    const images = [output(), output()]
    for (const image of images) {
      const { status, stderr } = await disks.run(...redhat3, '--spec', 'own.spec', '--output', image)
      expect(status, stderr).toBe(0)
    }
    const [first, second] = images.map((image) => readFileSync(image))
    expect(first?.equals(second ?? Buffer.alloc(0))).toBe(true)
    const left = execFileSync('find', [disks.world.tree, '-name', '.tmp_*'], { encoding: 'utf8' })
    expect([left, readdirSync(join(disks.world.desk, '.tmp'))]).toEqual(['', []])
  })

  it('takes the spec file by an absolute path, for a version that rpm does not know, and makes a dud of it too', async () => {
    writeHello(join(disks.world.source, 'hello-2.0-rc1'), '2.0-rc1')
    putFile(join(disks.root, 'absolute.spec'), specText())
    const image = output()
    const words = [
      '--format',
      'redhat3,dud',
      '--dist',
      'sle15sp5',
      '-k',
      `${one}/x86_64`,
      '--spec',
      join(disks.root, 'absolute.spec'),
    ]
    await disks.run('add', 'hello/2.0-rc1')
    const { status, stderr } = await disks.run('mkdriverdisk', 'hello/2.0-rc1', ...words, '--output', image)
    expect(status, stderr).toBe(0)
    const { files, out } = rpmsOf(image)
    expect(files).toEqual([`kmod-hello-${one}-2.0~rc1-1.x86_64.rpm`])
    expect(readdirSync(join(out, 'linux/suse/x86_64-sles15/install'))).toEqual(files)
  })

  it('refuses packages of two kernels that have one file name, also when they are equal', async () => {
    putFile(join(disks.source, 'own.spec'), specText({ name: 'kmod-%{module_name}' }))
    const run = await disks.run(...redhat3, '--spec', 'own.spec', '--output', output())
    expect([run.status, run.stdout]).toEqual([3, ''])
    expect(run.stderr).toContain(
      `the packages for kernels ${one} and ${two} have one file name, kmod-hello-1.0-1.x86_64.rpm`,
    )
    expect(run.stderr).toContain('%{kernel_version}')
    const fixed = specText({ name: 'kmod-hello' }).replaceAll('%{kernel_version}', one)
    putFile(join(disks.source, 'own.spec'), fixed)
    expect((await disks.run(...redhat3, '--spec', 'own.spec', '--output', output())).status).toBe(3)
  })

  it('warns of packages that rpm can tell apart and anaconda cannot, and puts one on the disk that both builds make', async () => {
    const common =
      '\n%package -n hello-common\nSummary: For all\nBuildArch: noarch\n%description -n hello-common\nFor all.\n%files -n hello-common\n/etc/hello\n'
    const own = specText({
      name: 'kmod-hello',
      install: 'mkdir -p %{buildroot}/etc; echo x > %{buildroot}/etc/hello',
      more: common,
    }).replace('Release: 1', 'Release: %(echo %{kernel_version} | tr - _)')
    // Its release is the same whatever the kernel.
    putFile(join(disks.source, 'own.spec'), own.replace('Summary: For all', 'Summary: For all\nRelease: 1'))
    const image = output()
    const { status, stderr } = await disks.run(...redhat3, '--spec', 'own.spec', '--output', image)
    expect(status, stderr).toBe(0)
    expect(stderr).toContain('2 packages of the disk are called kmod-hello (x86_64)')
    expect(rpmsOf(image).files).toEqual([
      'hello-common-1.0-1.noarch.rpm',
      `kmod-hello-1.0-${one.replace('-', '_')}.x86_64.rpm`,
      `kmod-hello-1.0-${two.replace('-', '_')}.x86_64.rpm`,
    ])
  })

  it('leaves packages with debugging files off the disk', async () => {
    const debug = '\n%package debuginfo\nSummary: d\n%description debuginfo\nd\n%files debuginfo\n/usr/lib/debug\n'
    const text = specText({
      install: 'mkdir -p %{buildroot}/usr/lib/debug; echo x > %{buildroot}/usr/lib/debug/x',
      more: debug,
    })
    putFile(join(disks.source, 'own.spec'), text)
    const image = output()
    const { status, stderr } = await disks.run(...redhat3, '--spec', 'own.spec', '--output', image)
    expect(status, stderr).toBe(0)
    expect(rpmsOf(image).files).toHaveLength(2)
  })

  it('takes the template of DKMS 2 in /etc/dkms for redhat3, unless packages are given', async () => {
    const template = join(disks.world.etc, 'template-dkms-redhat-kmod.spec')
    putFile(template, specText({ name: 'templated-%{kernel_version}' }))
    const images = [output(), output(), output()] as const
    const k = ['-k', `${one}/x86_64`]
    const first = await disks.run(
      'mkdriverdisk',
      'hello/1.0',
      '-d',
      'redhat3',
      '--media=iso',
      ...k,
      '--output',
      images[0],
    )
    expect(first.stderr).toContain(template)
    const { dir, files } = rpmsOf(images[0])
    expect(files).toEqual([`templated-${one}-1.0-1.x86_64.rpm`])
    const include = ['--include', join(dir, files[0] ?? '')]
    const included = await disks.run(
      'mkdriverdisk',
      'hello/1.0',
      '--format=redhat3',
      ...k,
      ...include,
      '--output',
      images[1],
    )
    expect([included.status, rpmsOf(images[1]).files]).toEqual([0, files])
    const dud = await disks.run(
      'mkdriverdisk',
      'hello/1.0',
      '--format=dud',
      '--dist=sle15',
      ...k,
      '--output',
      images[2],
    )
    rmSync(template)
    expect([dud.status, dud.stderr.includes(template)]).toEqual([0, false])
  })

  it.each<[string, number, string, string, () => void]>([
    ['a spec file that does not exist', 5, 'SPEC_MISSING', 'none.spec', () => {}],
    [
      'a spec file that rpmbuild refuses',
      7,
      'PACKAGE_BUILD_FAILED',
      '/nowhere',
      () => own(`${specText()}\n/nowhere\n`),
    ],
    [
      'a spec file whose %build fails',
      7,
      'PACKAGE_BUILD_FAILED',
      'no such luck',
      () => own(specText().replace('%install', 'echo no such luck >&2; false\n%install')),
    ],
    [
      'a spec file that makes no package',
      7,
      'PACKAGE_BUILD_FAILED',
      'makes no package of hello/1.0',
      () => own(specText().replace(/%install[^]*/, '')),
    ],
    ['a patch that does not apply', 6, 'PATCH_FAILED', 'broken.patch', () => brokenPatch('')],
    ['a patch that is not there', 5, 'PATCH_MISSING', 'missing.patch', () => missingPatch()],
  ])('ends, for %s, with %d', async (_what, expected, code, said, prepare) => {
    const args = ['mkdriverdisk', 'hello/1.0', '-d', 'redhat3', '-k', `${one}/x86_64`]
    // Built before the source is changed: it is the packages that fail.
    await disks.run('build', 'hello/1.0', '-k', `${one}/x86_64`)
    own(specText())
    prepare()
    const { status, stdout, stderr } = await disks.run(
      ...args,
      '--spec',
      code === 'SPEC_MISSING' ? 'none.spec' : 'own.spec',
    )
    expect([status, stdout], stderr).toEqual([expected, ''])
    expect(stderr).toContain(`(code ${code})`)
    expect(stderr).toContain(said)
    expect(existsSync(join(disks.world.tree, 'hello/1.0/driver_disk'))).toBe(false)
  })

  function own(text: string): void {
    putFile(join(disks.source, 'own.spec'), text)
  }

  function brokenPatch(more: string): void {
    writeHello(disks.source, '1.0', `PATCH=broken.patch\n${more}`)
    putFile(
      join(disks.source, 'patches/broken.patch'),
      '--- a/hello.c\n+++ b/hello.c\n@@ -1,1 +1,1 @@\n-nothing like it\n+x\n',
    )
  }

  function missingPatch(): void {
    writeHello(disks.source, '1.0', 'PATCH=missing.patch\n')
  }

  it('ends with 1 and names what to install where rpmbuild is not', async () => {
    own(specText())
    await disks.run('build', 'hello/1.0', '-k', `${one}/x86_64`)
    const tools = join(disks.root, 'tools')
    mkdirSync(tools, { recursive: true })
    for (const name of ['bzip2', 'sh', 'bash', 'gcc', 'make', 'flock'].filter(hasTool)) {
      const path = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim()
      if (!existsSync(join(tools, name))) symlinkSync(path, join(tools, name))
    }
    const args = ['mkdriverdisk', 'hello/1.0', '-d', 'redhat3', '-k', `${one}/x86_64`, '--spec', 'own.spec']
    const { status, stderr } = await disks.runWith({ PATH: tools }, ...args)
    expect(status, stderr).toBe(1)
    expect(stderr).toContain('the program rpmbuild is not installed')
    expect(stderr).toContain('dnf install rpm-build')
  })

  it('has BuildRequires checked where rpm knows what is installed, and nowhere else', async () => {
    own(specText().replace('%description', 'BuildRequires: nothing-is-called-so\n%description'))
    const { status, stderr } = await disks.run(...redhat3, '--output', output(), '--spec', 'own.spec')
    const isRpmHost = attempt('rpm', '-q', '--whatprovides', 'rpm').status === 0
    expect(status, stderr).toBe(isRpmHost ? 7 : 0)
    // Told once, however many kernels there are.
    expect(stderr.split(isRpmHost ? 'nothing-is-called-so' : 'BuildRequires are not checked')).toHaveLength(2)
  })

  /** A command that is in %build. @returns with the process, the id of the shell that builds */
  async function inBuild(image: string) {
    await disks.run('build', 'hello/1.0', ...kernels)
    const started = join(disks.root, 'started')
    rmSync(started, { force: true })
    // A function: of a text, `$$` would become `$`.
    own(specText().replace('%build', () => `%build\necho $$ >${started}\nexec sleep 60`))
    const command = disks.start(...redhat3, '--spec', 'own.spec', '--output', image)
    await expect.poll(() => existsSync(started) && readFileSync(started, 'utf8') !== '', { timeout: 30_000 }).toBe(true)
    return { command, shell: Number(readFileSync(started, 'utf8')) }
  }

  /** What has ended and was not waited for yet has no command line. */
  function runs(pid: number): boolean {
    const file = `/proc/${pid}/cmdline`
    return existsSync(file) && readFileSync(file, 'utf8') !== ''
  }

  function leftInTree(): string {
    return execFileSync('find', [disks.world.tree, '-name', '.tmp_*'], { encoding: 'utf8' })
  }

  it('that is interrupted in rpmbuild leaves no process, no disk and nothing in the tree', async () => {
    const image = output()
    const { command, shell } = await inBuild(image)
    expect(runs(shell)).toBe(true)
    // Not in /var/tmp, where nobody would find it.
    const scripts = ['-path', '*/.tmp_*/TMP/rpm-tmp.*']
    expect(execFileSync('find', [disks.world.tree, ...scripts], { encoding: 'utf8' })).not.toBe('')
    command.kill('SIGTERM')
    expect(await once(command, 'exit')).toEqual([143, null])
    await expect.poll(() => runs(shell)).toBe(false)
    expect([leftInTree(), existsSync(image), readdirSync(join(disks.world.desk, '.tmp'))]).toEqual(['', false, []])
  })

  it('that is killed in rpmbuild leaves in the tree what the next command clears away', async () => {
    const { command, shell } = await inBuild(output())
    command.kill('SIGKILL')
    await once(command, 'exit')
    process.kill(shell, 'SIGKILL')
    expect(leftInTree()).not.toBe('')
    expect((await disks.run('build', 'hello/1.0', ...kernels)).status).toBe(0)
    expect(leftInTree()).toBe('')
    rmSync(join(disks.world.desk, '.tmp'), { recursive: true })
    mkdirSync(join(disks.world.desk, '.tmp'))
  })

  it('of a dry run says what would be run, and runs nothing', async () => {
    own(specText().replace('%prep', `%prep\ntouch ${join(disks.root, 'ran')}`))
    const { status, stdout } = await disks.run(...redhat3, '--spec', 'own.spec', '--dry-run')
    expect(status).toBe(0)
    expect(stdout).toContain(`for kernel ${two} (x86_64)`)
    expect(stdout).toMatch(/^Would run: rpmbuild on .*own\.spec for kernel /m)
    expect(stdout).toContain(`Would write: ${join(disks.world.tree, 'hello/1.0/driver_disk/hello-1.0-dd.iso')}\n`)
    expect(existsSync(join(disks.root, 'ran'))).toBe(false)
  })

  it('says that a disk without RPMs needs no spec file', async () => {
    const { status, stderr } = await disks.run(
      'mkdriverdisk',
      'hello/1.0',
      '-d',
      'redhat2',
      ...kernels,
      '--spec',
      'none.spec',
    )
    expect([status, stderr.includes('the spec file none.spec is not used')]).toEqual([0, true])
    rmSync(join(disks.world.tree, 'hello/1.0/driver_disk'), { recursive: true })
  })
})
