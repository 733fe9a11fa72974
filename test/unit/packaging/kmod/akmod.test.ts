import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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

/** What kmodtool of RPM Fusion would print, for one kernel whose headers are here. */
function writeKmodtool(bin: string, release: string): void {
  mkdirSync(bin, { recursive: true })
  const text = `#!/bin/sh
cat <<'END'
%global kernel_versions ${release}___/lib/modules/${release}/build
%global kmodinstdir_prefix /usr/lib/modules
%global kmodinstdir_postfix extra/kmod-pair
%package -n kmod-pair-${release}
Summary: Modules for one kernel
%description -n kmod-pair-${release}
Modules.
%files -n kmod-pair-${release}
/usr/lib/modules/${release}/extra/kmod-pair
END
`
  writeFileSync(join(bin, 'kmodtool'), text)
  chmodSync(join(bin, 'kmodtool'), 0o755)
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
      `${readFileSync(conf, 'utf8')}PATCH[0]="all.patch"\nPATCH[1]="old.patch"\nPATCH_MATCH[1]="^2\\."\nPRE_BUILD="prepare.sh"\n`,
    )
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
    'builds with kmodtool the modules of a kernel, with the patches that are for it and PRE_BUILD (needs headers)',
    () => {
      const release = kernel?.release ?? ''
      const bin = join(scratch, 'bin')
      writeKmodtool(bin, release)
      const top = join(scratch, 'top')
      const env = { PATH: `${bin}:/usr/sbin:/usr/bin:/sbin:/bin`, LC_ALL: 'C.UTF-8', HOME: scratch }
      const defines = ['--define', `_topdir ${top}`, '--define', 'debug_package %{nil}']
      const { status, stderr } = spawnSync('rpmbuild', [...defines, '--nodeps', '--rebuild', packages[0].path], {
        env,
        encoding: 'utf8',
      })
      expect(status, stderr).toBe(0)
      const arch = kernel?.arch ?? ''
      const built = join(top, `RPMS/${arch}/kmod-pair-${release}-1.0-1.${arch}.rpm`)
      expect(existsSync(built)).toBe(true)
      const target = join(scratch, 'built')
      mkdirSync(target)
      execFileSync('sh', ['-c', `rpm2cpio '${built}' | cpio -idm --quiet`], { cwd: target })
      const directory = join(target, `usr/lib/modules/${release}/extra/kmod-pair`)
      expect(out('modinfo', '-F', 'description', join(directory, 'pair_giver.ko'))).toBe('Gives PATCHED answers\n')
      expect(out('modinfo', '-F', 'vermagic', join(directory, 'pair_taker.ko'))).toContain(`${release} `)
    },
    120_000,
  )
})

afterAll(() => rmSync(scratch, { recursive: true, force: true }))
