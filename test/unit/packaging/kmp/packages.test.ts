import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { absolutePath, type Kernel } from '../../../../src/domain.ts'
import { makeKmp } from '../../../../src/packaging/kmp/make.ts'
import type { KmpFamily, KmpRequest, KmpResult } from '../../../../src/packaging/kmp/model.ts'
import { findKmpSpec } from '../../../../src/packaging/kmp/user-spec.ts'
import type { StatedMetadata } from '../../../../src/packaging/metadata/model.ts'
import { planFromDirectory } from '../../../../src/packaging/plan/plan.ts'
import { prepareSource } from '../../../../src/runtime/build/prepare-source.ts'
import { checkout } from '../../../support/program.ts'
import { epoch, kernelWithSymvers, rootsIn } from '../kmod/built.ts'

const scratch = mkdtempSync(join(tmpdir(), 'kmp-packages-'))
const roots = rootsIn(scratch)
const real = kernelWithSymvers()
const toy: Kernel = { release: '6.1.0-9-toy', arch: 'x86_64' }
let outputs = 0

interface Given extends Partial<Pick<KmpRequest, 'kernels' | 'family' | 'spec' | 'dryRun'>> {
  readonly options?: StatedMetadata
}

async function make(source: string, given: Given = {}): Promise<KmpResult> {
  const { kernels = [real ?? toy], options = {}, family = 'suse', spec, dryRun = false } = given
  const [runningKernel = toy] = kernels
  const plan = await planFromDirectory({
    roots,
    runningKernel,
    kernels,
    options,
    directory: absolutePath(source),
    sourceDateEpoch: epoch,
  })
  outputs += 1
  return await makeKmp({
    plan,
    roots,
    kernels,
    family,
    spec: findKmpSpec(plan, roots.etc, spec),
    output: absolutePath(join(scratch, `out-${outputs}`)),
    compression: 'gzip',
    dryRun,
    report: () => {},
    prepare: (directory, kernel) =>
      prepareSource({
        roots,
        settings: {
          verbose: false,
          symlinkModules: false,
          autoinstallAllKernels: false,
          modprobeOnInstall: false,
          trySignModules: 'true',
          continueOnError: false,
          legacyDirectives: false,
        },
        package: plan.package,
        kernel,
        directory,
        directives: [],
        report: () => {},
      }),
  })
}

function fixture(name: string): string {
  return join(checkout, 'fixtures', name)
}

/** A copy that may be changed. */
function copyOf(name: string, to: string): string {
  const place = join(scratch, to)
  cpSync(fixture(name), place, { recursive: true })
  return place
}

function out(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8' })
}

function unpack({ package: { path } }: KmpResult): string {
  const target = mkdtempSync(join(scratch, 'unpacked-'))
  execFileSync('sh', ['-c', `rpm2cpio '${path}' | cpio -idm --quiet`], { cwd: target })
  return target
}

function unpackTar(directory: string, file: string): string {
  execFileSync('tar', ['-xf', file], { cwd: directory })
  return directory
}

/**
 * What the packages of the distributions define, as far as the spec files use it. At RHEL the flavours and the place of the
 * headers are known only once the package is declared.
 */
function macrosFor(family: KmpFamily, headers: string): string {
  const subpackage = (name: string, files: string, before = '') => `%{expand:${before}
%package -n ${name}
Summary: Modules
%{-p:%(cat %{-p*})}
%description -n ${name}
Modules.
%files -n ${name}
${files}
}`
  return family === 'rhel'
    ? `%kernel_module_package_buildreqs make
%kernel_module_package(p:) ${subpackage('kmod-%{name}', '/lib/modules/*', `\n%%global flavors_to_build default\n%%global kernel_source() ${headers}`)}
`
    : `%flavors_to_build default
%kernel_module_package_buildreqs make
%suse_kernel_module_package(p:) ${subpackage('%{name}-kmp-default', '/lib/modules/*/updates')}
`
}

function macroFile(family: KmpFamily, headers: string): string {
  const file = join(scratch, `macros-${family}`)
  writeFileSync(file, macrosFor(family, headers))
  return file
}

interface Rebuilt {
  readonly status: number | null
  readonly stderr: string
  /** What rpmbuild calls _topdir. */
  readonly top: string
}

/** As on a build host of EL 9 whose macros are those of the file. */
function rebuild({ package: { path } }: KmpResult, macros: string): Rebuilt {
  const top = mkdtempSync(join(scratch, 'top-'))
  const defines = [`_topdir ${top}`, 'debug_package %{nil}', 'dist .el9'].flatMap((define) => ['--define', define])
  const args = ['--load', macros, ...defines, '--nodeps', '--rebuild', path]
  const { status, stderr } = spawnSync('rpmbuild', args, { encoding: 'utf8' })
  return { status, stderr, top }
}

const all = ['hello-1.0', 'two-modules-1.0', 'custom-make-1.0', 'patched-1.0', 'scripts-1.0']

describe('a source package with a generated spec file', () => {
  it.each(
    all.flatMap((name) => (['suse', 'rhel'] as const).map((family) => [name, family] as const)),
  )('of %s for %s is sound to rpm, and its spec file to rpmspec and rpmlint', async (name, family) => {
    const result = await make(fixture(name), { family })
    const { path } = result.package
    expect(result.spec).toBe('generated')
    expect(out('rpm', '-K', '--nosignature', path)).toContain('digests OK')
    const spec = join(unpack(result), `${name.replace(/-1\.0$/, '')}.spec`)
    const loaded = ['--load', macroFile(family, '/nonexistent')]
    expect(out('rpmspec', ...loaded, '-P', spec)).toContain('%install')
    const lint = spawnSync('rpmlint', [spec], { encoding: 'utf8' })
    expect(lint.stdout + lint.stderr).not.toMatch(/: E: (?!specfile-error)/)
  })

  it('holds the patches that match applied, and what PRE_BUILD made', async () => {
    const patched = unpackTar(unpack(await make(fixture('patched-1.0'))), 'patched-1.0.tar')
    expect(readFileSync(join(patched, 'patched-1.0/patched.c'), 'utf8')).toContain('with a patch')
    expect(readFileSync(join(fixture('patched-1.0'), 'patched.c'), 'utf8')).not.toContain('with a patch')
    const scripts = unpackTar(unpack(await make(fixture('scripts-1.0'))), 'scripts-1.0.tar')
    expect(existsSync(join(scripts, 'scripts-1.0/greeting.h'))).toBe(true)
  })

  it('gives the requirements of the packages to the macros, in a file of their own', async () => {
    const options: StatedMetadata = {
      relations: { requires: [{ anyOf: [{ name: 'firmware', constraint: { operator: '>=', version: '2' } }] }] },
    }
    const target = unpack(await make(fixture('hello-1.0'), { options }))
    expect(readFileSync(join(target, 'hello-kmp-preamble'), 'utf8')).toBe('Requires: firmware >= 2\n')
    expect(readFileSync(join(target, 'hello.spec'), 'utf8')).toContain('-p %{_sourcedir}/hello-kmp-preamble kdump um')
  })

  it('is the same bytes twice, whenever the copy of the source was made', async () => {
    const first = await make(fixture('patched-1.0'))
    const copy = copyOf('patched-1.0', 'later')
    utimesSync(join(copy, 'patched.c'), 1_790_000_000, 1_790_000_000)
    const second = await make(copy)
    expect(readFileSync(second.package.path).equals(readFileSync(first.package.path))).toBe(true)
  })

  it('is one for several kernels when all need the same source, else refused', async () => {
    const newer: Kernel = { release: '6.2.0-1-toy', arch: 'x86_64' }
    const old: Kernel = { release: '2.6.18', arch: 'x86_64' }
    await expect(make(fixture('hello-1.0'), { kernels: [toy, newer] })).resolves.toMatchObject({ spec: 'generated' })
    const source = copyOf('patched-1.0', 'differs')
    writeFileSync(
      join(source, 'patches/old-kernels.patch'),
      '--- /dev/null\n+++ b/old.h\n@@ -0,0 +1 @@\n+#define OLD\n',
    )
    await expect(make(source, { kernels: [toy, newer] })).resolves.toMatchObject({ spec: 'generated' })
    await expect(make(source, { kernels: [toy, old] })).rejects.toMatchObject({ code: 'KERNEL_COUNT' })
  })

  it.each<[string, (source: string) => void, string]>([
    ['a patch that is missing', (source) => rmSync(join(source, 'patches/greeting.patch')), 'PATCH_MISSING'],
    ['a patch that does not apply', (source) => writeFileSync(join(source, 'patched.c'), 'int x;\n'), 'PATCH_FAILED'],
    [
      'a kernel the package is not for',
      (source) =>
        writeFileSync(
          join(source, 'dkms.conf'),
          `${readFileSync(join(source, 'dkms.conf'), 'utf8')}BUILD_EXCLUSIVE_KERNEL="^7"\n`,
        ),
      'BUILD_EXCLUDED',
    ],
  ])('is not made with %s', async (what, spoil, code) => {
    const source = copyOf('patched-1.0', what.replaceAll(' ', '-'))
    spoil(source)
    await expect(make(source)).rejects.toMatchObject({ code })
  })

  it('is not written by a dry run', async () => {
    const { package: package_ } = await make(fixture('hello-1.0'), { dryRun: true })
    expect(package_.path).toMatch(/hello-1\.0-1\.src\.rpm$/)
    expect(existsSync(package_.path)).toBe(false)
  })

  it.skipIf(real === undefined).each([
    ['hello-1.0', ['hello.ko']],
    ['custom-make-1.0', ['custom_make.ko']],
    ['two-modules-1.0', ['first.ko', 'renamed.ko']],
    // Its makefile builds also what dkms.conf has for older kernels only.
    ['partly-exclusive-1.0', ['always.ko']],
  ])(
    'of %s builds for RHEL the modules that DKMS would install',
    async (name, modules) => {
      const release = real?.release ?? ''
      const source = copyOf(name, `rhel-${name}`)
      if (name.startsWith('partly')) {
        cpSync(join(source, 'always.c'), join(source, 'never.c'))
        writeFileSync(join(source, 'Makefile'), 'obj-m := always.o never.o\n')
      }
      const result = await make(source, { family: 'rhel' })
      const { status, stderr, top } = rebuild(result, macroFile('rhel', `/lib/modules/${release}/build`))
      expect(status, stderr).toBe(0)
      const stem = name.replace(/-1\.0$/, '')
      const files = out('rpm', '-qpl', join(top, `RPMS/x86_64/kmod-${stem}-1.0-1.el9.x86_64.rpm`))
      const directory = `/lib/modules/${release}/extra/${stem}`
      expect(files.match(/^.*\.ko$/gm)).toEqual(modules.map((module) => `${directory}/${module}`))
    },
    120_000,
  )

  it('is not built for RHEL for a kernel that dkms.conf leaves out', async () => {
    const source = copyOf('hello-1.0', 'for-six')
    const conf = readFileSync(join(source, 'dkms.conf'), 'utf8')
    writeFileSync(join(source, 'dkms.conf'), `${conf}BUILD_EXCLUSIVE_KERNEL="^6\\.[0-9]"\n`)
    const headers = join(scratch, 'headers-of-seven')
    mkdirSync(join(headers, 'include/generated'), { recursive: true })
    writeFileSync(join(headers, 'include/generated/utsrelease.h'), '#define UTS_RELEASE "7.0.0-1.el11.x86_64"\n')
    const { status, stderr } = rebuild(
      await make(source, { family: 'rhel', kernels: [toy] }),
      macroFile('rhel', headers),
    )
    expect(status).not.toBe(0)
    expect(stderr).toContain('hello-1.0 is not for kernel 7.0.0-1.el11.x86_64: BUILD_EXCLUSIVE_KERNEL is ^6\\.[0-9]')
  })

  it('tells a build root for RHEL that has no macros yet what brings them', async () => {
    const result = await make(fixture('hello-1.0'), { family: 'rhel' })
    const { path } = result.package
    const wanted = ['elfutils-libelf-devel', 'kernel-devel', 'kernel-rpm-macros', 'kmod', 'redhat-rpm-config']
    const named = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('rpmlib('))
    expect(named(out('rpm', '-qp', '--requires', path))).toEqual(wanted)
    const spec = join(unpack(result), 'hello.spec')
    expect(named(out('rpmspec', '-q', '--buildrequires', spec)).sort()).toEqual(wanted)
    const { status, stderr } = rebuild(result, '/dev/null')
    expect(status).not.toBe(0)
    expect(stderr).toContain('install kernel-rpm-macros')
  })

  it('is for RHEL one for the variants of the kernels that are named', async () => {
    const kernels = ['', '+debug'].map((end) => ({ release: `5.14.0-427.el9.x86_64${end}`, arch: 'x86_64' }))
    const result = await make(fixture('hello-1.0'), { family: 'rhel', kernels })
    const spec = join(unpack(result), 'hello.spec')
    expect(readFileSync(spec, 'utf8')).toMatch(/^%kernel_module_package default debug$/m)
    const loaded = ['--load', macroFile('rhel', '/nonexistent')]
    const wanted = ['kernel-debug-devel', 'make']
    expect(
      out('rpmspec', ...loaded, '-q', '--buildrequires', spec)
        .trim()
        .split('\n')
        .sort(),
    ).toEqual(wanted)
    expect(out('rpm', '-qp', '--requires', result.package.path)).toMatch(/^kernel-debug-devel$/m)
  })

  it.each([
    ['1', '1.el9'],
    ['3.2', '3.2.el9'],
    ['1.el8_10', '1.el8_10'],
  ])('of release %s makes packages of release %s on EL 9', async (release, built) => {
    const result = await make(fixture('hello-1.0'), { family: 'rhel', options: { release } })
    expect(out('rpm', '-qp', '--qf', '%{RELEASE}', result.package.path)).toBe(release)
    const spec = join(unpack(result), 'hello.spec')
    const loaded = ['--load', macroFile('rhel', '/nonexistent'), '--define', 'dist .el9']
    const packages = out('rpmspec', ...loaded, '-q', '--qf', '%{NAME} %{RELEASE}\n', spec)
    expect(packages).toContain(`kmod-hello ${built}\n`)
  })

  it.skipIf(real === undefined)(
    'builds for SUSE with modules_install, where its headers lie (needs headers)',
    async () => {
      const release = real?.release ?? ''
      const { package: package_ } = await make(fixture('hello-1.0'))
      const layer = join(scratch, 'usr-src')
      mkdirSync(join(layer, 'upper/linux-obj/x86_64'), { recursive: true })
      mkdirSync(join(layer, 'work'))
      symlinkSync(`/lib/modules/${release}/build`, join(layer, 'upper/linux-obj/x86_64/default'))
      const top = join(scratch, 'top-suse')
      const rpmbuild = `rpmbuild --load '${macroFile('suse', '')}' --define '_topdir ${top}' --define 'debug_package %{nil}' --nodeps --rebuild '${package_.path}'`
      const mount = `mount -t overlay overlay -o 'lowerdir=/usr/src,upperdir=${layer}/upper,workdir=${layer}/work' /usr/src`
      const { status, stderr } = spawnSync(
        'unshare',
        ['--mount', '--propagation', 'private', 'sh', '-c', `${mount} && exec ${rpmbuild}`],
        { encoding: 'utf8' },
      )
      expect(status, stderr).toBe(0)
      const files = out('rpm', '-qpl', join(top, 'RPMS/x86_64/hello-kmp-default-1.0-1.x86_64.rpm'))
      expect(files).toContain(`/lib/modules/${release}/updates/hello.ko`)
    },
    120_000,
  )
})

describe('a source package with a spec file of the user', () => {
  const spec = `Name: hello-driver
Version: 1.0
Release: 7
Summary: Says hello
License: GPL-2.0-only
Source0: hello-1.0.tar.bz2
Source1: extra.conf
BuildRequires: %kernel_module_package_buildreqs kernel-syms
%suse_kernel_module_package kdump um

%description
Says hello.
`

  it('holds the spec file, the prepared source in the archive it names, and what lies beside it', async () => {
    const source = copyOf('hello-1.0', 'own')
    writeFileSync(join(source, 'hello-kmp.spec'), spec)
    writeFileSync(join(source, 'extra.conf'), 'options hello\n')
    const result = await make(source)
    expect(result).toMatchObject({ spec: 'own', package: { name: 'hello-driver', release: '7', kind: 'source' } })
    const { path } = result.package
    expect(out('rpm', '-K', '--nosignature', path)).toContain('digests OK')
    expect(out('rpm', '-qp', '--requires', path)).toMatch(/^kernel-syms$/m)
    const target = unpackTar(unpack(result), 'hello-1.0.tar.bz2')
    expect(readFileSync(join(target, 'hello-kmp.spec'), 'utf8')).toBe(spec)
    expect(readFileSync(join(target, 'extra.conf'), 'utf8')).toBe('options hello\n')
    expect(existsSync(join(target, 'hello-1.0/hello.c'))).toBe(true)
    expect(readFileSync(join(target, 'hello-1.0.tar.bz2')).toString('latin1', 0, 3)).toBe('BZh')
  })

  it('is one that --spec names before the one beside dkms.conf, and has to exist', async () => {
    const source = copyOf('hello-1.0', 'named')
    writeFileSync(join(source, 'hello-kmp.spec'), spec)
    writeFileSync(
      join(source, 'other.spec'),
      spec.replace('hello-driver', 'other').replace('Source1: extra.conf\n', ''),
    )
    await expect(make(source, { spec: 'other.spec' })).resolves.toMatchObject({ package: { name: 'other' } })
    await expect(make(source, { spec: 'none.spec' })).rejects.toMatchObject({ code: 'SPEC_MISSING' })
  })

  it('that names a file which is nowhere is refused, with the names the archive may have', async () => {
    const source = copyOf('hello-1.0', 'lacks')
    writeFileSync(join(source, 'hello-kmp.spec'), spec)
    await expect(make(source)).rejects.toMatchObject({
      code: 'PACKAGE_REFUSED',
      hint: expect.stringContaining('hello-1.0.tar.bz2') as unknown,
    })
  })
})

afterAll(() => rmSync(scratch, { recursive: true, force: true }))
