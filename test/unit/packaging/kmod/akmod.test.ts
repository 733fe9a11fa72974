import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
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
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { absolutePath } from '../../../../src/domain.ts'
import { makeAkmod } from '../../../../src/packaging/kmod/akmod.ts'
import { planFromDirectory } from '../../../../src/packaging/plan/plan.ts'
import type { MadeRpm } from '../../../../src/packaging/rpm/model.ts'
import { epoch, kernelWithSymvers, rootsIn, writePairSource } from './built.ts'

const kernel = kernelWithSymvers()
const scratch = mkdtempSync(join(tmpdir(), 'akmod-'))
const roots = rootsIn(scratch)
let packages: readonly [MadeRpm, MadeRpm]

async function make(source: string, output: string): Promise<readonly [MadeRpm, MadeRpm]> {
  const runningKernel = kernel ?? { release: '6.1.0', arch: 'x86_64' }
  const plan = await planFromDirectory({
    roots,
    runningKernel,
    options: {},
    directory: absolutePath(source),
    sourceDateEpoch: epoch,
  })
  return await makeAkmod({
    plan,
    roots,
    output: absolutePath(join(scratch, output)),
    compression: 'gzip',
    dryRun: false,
    report: () => {},
    runningKernel,
  })
}

function out(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8' })
}

/**
 * What kmodtool of RPM Fusion and Fedora prints of a kernel whose headers are here: places that end in slashes, macros after
 * the package, and a signature for all modules once everything else is done, which fails when there is none.
 */
function writeKmodtool(bin: string, release: string): void {
  mkdirSync(bin, { recursive: true })
  const kmodtool = `#!/bin/sh
while [ $# -gt 0 ]; do [ "$1" != --kmodname ] || stem=\${2%-kmod}; shift; done
cat <<END
%package -n kmod-$stem-${release}
Summary: Modules for one kernel
Requires:         $stem-kmod-common >= %{?epoch:%{epoch}:}%{version}
%description -n kmod-$stem-${release}
Modules.
%files -n kmod-$stem-${release}
%defattr(644,root,root,755)
%dir /usr/lib/modules/${release}/extra
/usr/lib/modules/${release}/extra/$stem/

%global __spec_install_post \\
  %{__os_install_post} \\
  ${bin}/sign-all %{buildroot}%{kmodinstdir_prefix}
%global kmodinstdir_prefix  /usr/lib/modules/
%global kmodinstdir_postfix /extra/$stem/
%global kernel_versions     ${release}___/lib/modules/${release}/build/
END
`
  const sign = `#!/bin/sh
find "$1" -name '*.ko' >modules.list
[ -s modules.list ] || { echo 'no module is signed'; exit 1; }
while read -r module; do printf SIGNED >>"$module"; done <modules.list
`
  for (const [name, text] of Object.entries({ kmodtool, 'sign-all': sign })) {
    writeFileSync(join(bin, name), text)
    chmodSync(join(bin, name), 0o755)
  }
}

/** Has rpmbuild make the package for the kernel, as akmods does, and unpacks it. */
function build(
  source: MadeRpm,
  stem: string,
  place: string,
): { readonly directory: string; readonly requires: string } {
  const { release = '', arch = '' } = kernel ?? {}
  const bin = join(scratch, 'bin')
  if (!existsSync(bin)) writeKmodtool(bin, release)
  const top = join(scratch, place, 'top')
  const env = {
    PATH: `${bin}:/usr/sbin:/usr/bin:/sbin:/bin`,
    LC_ALL: 'C.UTF-8',
    HOME: scratch,
    // As rpm exports them on Fedora and RHEL 10, for programs.
    CFLAGS: '-include no/such/header.h',
    CC: 'false',
  }
  const { status, stdout, stderr } = spawnSync(
    'rpmbuild',
    ['--define', `_topdir ${top}`, '--nodeps', '--rebuild', source.path],
    { env, encoding: 'utf8' },
  )
  expect(status, `${stdout}${stderr}`).toBe(0)
  const built = join(top, `RPMS/${arch}/kmod-${stem}-${release}-1.0-1.${arch}.rpm`)
  const target = join(scratch, place, 'content')
  mkdirSync(target)
  execFileSync('sh', ['-c', `rpm2cpio '${built}' | cpio -idm --quiet`], { cwd: target })
  return {
    directory: join(target, `usr/lib/modules/${release}/extra/${stem}`),
    requires: out('rpm', '-qp', '--requires', built),
  }
}

describe('an akmod', () => {
  beforeAll(async () => {
    const source = writePairSource(join(scratch, 'source'))
    mkdirSync(join(source, 'patches'))
    const conf = join(source, 'dkms.conf')
    const patch = `--- a/pair_giver.c
+++ b/pair_giver.c
@@ -5,2 +5,2 @@
 MODULE_LICENSE("GPL");
-MODULE_DESCRIPTION("Gives answers");
+MODULE_DESCRIPTION("Gives PATCHED answers");
`
    writeFileSync(join(source, 'patches/all.patch'), patch)
    writeFileSync(join(source, 'patches/old.patch'), 'this applies to nothing\n')
    writeFileSync(join(source, 'prepare.sh'), '#!/bin/sh\necho "#define PREPARED" >prepared.h\n')
    chmodSync(join(source, 'prepare.sh'), 0o755)
    writeFileSync(
      conf,
      `${readFileSync(conf, 'utf8')}PATCH[0]="all.patch"\nPATCH[1]="old.patch"\nPATCH_MATCH[1]="^2\\."\nPRE_BUILD="prepare.sh"\nSTRIP[0]="yes"\nSTRIP[1]="no"\n`,
    )
    writeFileSync(join(source, 'Makefile'), 'obj-m := pair_giver.o pair_taker.o\nccflags-y := -g $(CFLAGS)\n')
    packages = await make(source, 'out')
  })

  it('is a source package, and one that brings it where akmods looks', () => {
    const [source, carrier] = packages
    expect(packages.map(({ path }) => path.replace(/^.*\//, ''))).toEqual([
      'kmod-pair-kmod-1.0-1.src.rpm',
      'akmod-kmod-pair-1.0-1.noarch.rpm',
    ])
    expect(out('rpm', '-qpl', source.path).split('\n')).toEqual(['kmod-pair-1.0.tar', 'kmod-pair-kmod.spec', ''])
    const target = join(scratch, 'unpacked')
    mkdirSync(target)
    execFileSync('sh', ['-c', `rpm2cpio '${carrier.path}' | cpio -idm --quiet`], { cwd: target })
    const latest = join(target, 'usr/src/akmods/kmod-pair-kmod.latest')
    expect(readFileSync(latest).equals(readFileSync(source.path))).toBe(true)
    expect(out('rpm', '-qp', '--requires', carrier.path)).toMatch(/^akmods$/m)
    expect(out('rpm', '-qp', '--provides', carrier.path)).toMatch(/^kmod-pair-kmod = 1\.0-1$/m)
    expect(out('rpm', '-qp', '--qf', '%{SOURCERPM}', carrier.path)).toBe('kmod-pair-kmod-1.0-1.src.rpm')
  })

  it('has scripts that every shell takes and that do nothing where akmods is missing', () => {
    for (const tag of ['POSTIN', 'POSTTRANS']) {
      const body = out('rpm', '-qp', '--qf', `%{${tag}}`, packages[1].path)
      expect(body).toContain('akmods')
      expect(spawnSync('sh', ['-s', '1'], { input: body, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
    }
  })

  it('is the same bytes twice', async () => {
    const again = await make(join(scratch, 'source'), 'again')
    for (const [index, { path }] of again.entries()) {
      expect(readFileSync(path).equals(readFileSync(packages[index]?.path ?? ''))).toBe(true)
    }
  })

  it.skipIf(kernel === undefined)(
    'builds with kmodtool the modules of a kernel, with the patches that are for it and PRE_BUILD, for nobody else (needs headers)',
    () => {
      const { directory, requires } = build(packages[0], 'kmod-pair', 'pair')
      // Of programs that nobody packs; see below.
      expect(requires).toMatch(/^\(kmod-pair-kmod-common >= 1\.0 if kmod-pair-kmod-common\)$/m)
      const [giver, taker] = ['pair_giver.ko', 'pair_taker.ko'].map((name) => join(directory, name))
      expect(out('modinfo', '-F', 'description', giver ?? '')).toBe('Gives PATCHED answers\n')
      expect(out('modinfo', '-F', 'vermagic', taker ?? '')).toContain(`${kernel?.release ?? ''} `)
      // STRIP is "no" for the second.
      const debug = [giver, taker].map((file) => out('readelf', '-SW', file ?? '').includes('.debug_info'))
      expect(debug).toEqual([false, true])
      expect(
        readFileSync(giver ?? '')
          .subarray(-6)
          .toString(),
      ).toBe('SIGNED')
    },
    120_000,
  )

  it.skipIf(kernel === undefined)(
    'leaves a note in place of modules that BUILD_EXCLUSIVE leaves out, also where modules have to be signed',
    async () => {
      const source = writePairSource(join(scratch, 'excluded'))
      const conf = join(source, 'dkms.conf')
      const text = readFileSync(conf, 'utf8').replace('kmod-pair', 'lone-pair')
      writeFileSync(conf, `${text}BUILD_EXCLUSIVE_KERNEL="^2\\."\n`)
      writeFileSync(join(source, 'packaging.yaml'), 'kmp:\n  requires: [lone-pair-kmod-common >= 1.0]\n')
      const [made] = await make(source, 'excluded-out')
      const { directory, requires } = build(made, 'lone-pair', 'lone')
      expect(requires).toMatch(/^lone-pair-kmod-common >= 1\.0$/m)
      expect(readdirSync(directory)).toEqual(['EXCLUDED'])
      expect(readFileSync(join(directory, 'EXCLUDED'), 'utf8')).toContain('BUILD_EXCLUSIVE_KERNEL is ^2\\.')
    },
    120_000,
  )
})

afterAll(() => rmSync(scratch, { recursive: true, force: true }))
