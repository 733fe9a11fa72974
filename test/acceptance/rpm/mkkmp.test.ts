/** mkkmp through its command line, and its packages through rpmbuild with stand-ins for the macros of the distributions. */
import { execFileSync } from 'node:child_process'
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
import { makeWorld, putFile, runWithOptions, type World } from '../../support/world.ts'
import { attempt, isRoot, lacks, rpm, tool } from '../../unit/packaging/rpm/format/rpm-tools.ts'
import { conf, kernels, must, writeHeaders, writeSource, wrote } from './kernels.ts'

const scratch = mkdtempSync(join(tmpdir(), 'mkkmp-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
let world: World
let outputs = 0

function output(): string {
  outputs += 1
  return join(scratch, `out-${outputs}`)
}

function headers(release: string): string {
  return join(scratch, 'headers', release)
}

/** A patch that only other kernels than Fedora's want. */
const patch = `--- a/foo-bar.c
+++ b/foo-bar.c
@@ -8,3 +8,3 @@
-MODULE_DESCRIPTION("A driver")
+MODULE_DESCRIPTION("A patched driver")
 MODULE_LICENSE("GPL")
 MODULE_VERSION("1.0")
`

beforeAll(async () => {
  const releases = [kernels.suse, kernels.rhel, kernels.fedora]
  world = makeWorld(
    join(scratch, 'world'),
    releases.map((release) => ({ release, headers: writeHeaders(headers(release), release) })),
  )
  await must(world, 'add', writeSource(join(world.source, 'foo-1.0')))
})

const onSuse = ['-k', `${kernels.suse}/x86_64`]

/** A plain directory whose dkms.conf says more. */
function directoryWith(name: string, more: string, files: Readonly<Record<string, string>> = {}): string {
  const directory = writeSource(join(scratch, name), `${conf}${more}`)
  for (const [path, text] of Object.entries(files)) putFile(join(directory, path), text)
  return directory
}

describe('the exit status of mkkmp', () => {
  const bad: readonly (readonly [number, string, string, () => readonly string[]])[] = [
    [1, 'ARGUMENT_MISSING', 'a missing version', () => ['-m', 'foo', ...onSuse]],
    [2, 'NOT_IN_TREE', 'an unknown module', () => ['nobody/1.0', ...onSuse]],
    [2, 'USAGE', 'an unknown style', () => ['foo/1.0', ...onSuse, '--style', 'fedora']],
    [
      4,
      'KERNEL_COUNT',
      'kernels that need different sources',
      () => [
        directoryWith('differs', 'PATCH[0]="a.patch"\nPATCH_MATCH[0]="default$"\n', { 'patches/a.patch': patch }),
        ...onSuse,
        '-k',
        `${kernels.rhel}/x86_64`,
      ],
    ],
    [5, 'ALL_NOT_ALLOWED', '--all', () => ['foo/1.0', '--all']],
    [5, 'SPEC_MISSING', 'a spec file that is missing', () => ['foo/1.0', ...onSuse, '--spec', 'none.spec']],
    [
      5,
      'PATCH_MISSING',
      'a patch that is missing',
      () => [directoryWith('no-patch', 'PATCH[0]="a.patch"\n'), ...onSuse],
    ],
    [
      6,
      'PATCH_FAILED',
      'a patch that does not apply',
      () => [
        directoryWith('bad-patch', 'PATCH[0]="a.patch"\n', { 'patches/a.patch': patch.replaceAll('driver', 'thing') }),
        ...onSuse,
      ],
    ],
    [
      8,
      'CONF_INVALID',
      'a dkms.conf that a build refuses',
      () => [directoryWith('bad-conf', 'DEST_MODULE_LOCATION[0]="/nowhere"\n'), ...onSuse],
    ],
    [8, 'SOURCE_EMPTY', 'nothing but a dkms.conf', () => [confOnly('empty', conf), ...onSuse]],
    [
      8,
      'PACKAGE_REFUSED',
      'a spec file whose name needs macros of another host',
      () => [directoryWith('bad-spec', '', { 'foo-kmp.spec': 'Name: %{elsewhere}\n%description\n' }), ...onSuse],
    ],
    [
      9,
      'BUILD_EXCLUDED',
      'a kernel that is left out, also with a spec file that takes no archive',
      () => [
        directoryWith('excluded-own', 'BUILD_EXCLUSIVE_KERNEL="^2\\."\n', {
          'foo-kmp.spec': 'Name: own\nVersion: 1\nRelease: 1\nSummary: own\nLicense: MIT\n%description\nOwn.\n',
        }),
        ...onSuse,
      ],
    ],
    [
      9,
      'BUILD_EXCLUDED',
      'a kernel that is left out',
      () => [directoryWith('excluded', 'BUILD_EXCLUSIVE_KERNEL="^2\\."\n'), ...onSuse],
    ],
  ]

  function confOnly(name: string, text: string): string {
    putFile(join(scratch, name, 'dkms.conf'), text)
    return join(scratch, name)
  }

  const runs = bad.flatMap((row) => [[...row, []] as const, [...row, ['--dry-run']] as const])
  it.each(runs)('is %s (%s) for %s', async (status, code, _, args, more) => {
    const place = output()
    const run = await runWithOptions(world, ['mkkmp', ...args(), '--output', place, ...more])
    expect([run.status, run.stdout], run.stderr).toEqual([status, ''])
    expect(run.stderr).toContain(`(code ${code})`)
    // The copy that was prepared is gone, and nobody knows its name.
    expect(run.stderr).not.toContain('dkms-factory-kmp')
    expect(existsSync(place) ? readdirSync(place) : []).toEqual([])
  })

  it('is 0 for a package that is built already, which was an error with DKMS 2', async () => {
    await must(world, 'build', 'foo/1.0', ...onSuse)
    const { status, stdout } = await runWithOptions(world, ['mkkmp', 'foo/1.0', ...onSuse, '--output', output()])
    expect([status, wrote(stdout)]).toEqual([0, [expect.stringMatching(/\/foo-1\.0-1\.src\.rpm$/)]])
  })
})

describe('a dry run of mkkmp', () => {
  it('says what would be written, runs no script and leaves nothing behind', async () => {
    const directory = directoryWith('dry', 'PRE_BUILD="touch.sh"\n', {
      'touch.sh': `#!/bin/sh\ntouch '${scratch}/ran'\n`,
    })
    chmodSync(join(directory, 'touch.sh'), 0o755)
    const place = output()
    const before = readdirSync(join(world.desk, '.tmp'))
    const args = ['mkkmp', directory, ...onSuse, '--output', place]
    expect(await must(world, ...args, '--dry-run')).toBe(`Would write: ${place}/foo-1.0-1.src.rpm\n`)
    expect([existsSync(place), existsSync(join(scratch, 'ran'))]).toEqual([false, false])
    expect(readdirSync(join(world.desk, '.tmp'))).toEqual(before)
    await must(world, ...args)
    expect([existsSync(place), existsSync(join(scratch, 'ran'))]).toEqual([true, true])
  })
})

describe.skipIf(lacks('rpm'))('a KMP source package (needs rpm)', () => {
  it('lies in the rpm directory of the package, and is told as DKMS 2 told it', async () => {
    const place = join(world.tree, 'foo/1.0/rpm/foo-1.0-1.src.rpm')
    expect(await must(world, 'mkkmp', '-m', 'foo', '-v', '1.0', ...onSuse)).toBe(
      `Wrote: ${place}\nKMP SRPM location: ${place}\n`,
    )
    expect(rpm('-K', '--nosignature', place)).toContain('digests OK')
    expect(rpm('-qp', '--requires', place)).toMatch(/^kernel-syms$/m)
    expect(rpm('-qpl', place).trim().split('\n')).toEqual(['foo-1.0.tar', 'foo.spec'])
  })

  it('is told as a document with --json, for several kernels', async () => {
    const place = output()
    const several = ['-k', `${kernels.rhel}/x86_64`, ...onSuse]
    const args = ['mkkmp', 'foo/1.0', ...several, '--style', 'rhel', '--json', '--output', place]
    expect(JSON.parse(await must(world, ...args))).toMatchObject({
      module: 'foo',
      version: '1.0',
      spec: 'generated',
      kernels: [
        { kernel: kernels.rhel, arch: 'x86_64' },
        { kernel: kernels.suse, arch: 'x86_64' },
      ],
      packages: [{ kind: 'source', path: join(place, 'foo-1.0-1.src.rpm'), arch: 'x86_64' }],
      dryRun: false,
    })
  })

  it('is the same bytes twice, and whatever the compressor the same archive', async () => {
    const make = async (...more: readonly string[]) => {
      const [path = ''] = wrote(await must(world, 'mkkmp', 'foo/1.0', ...onSuse, '--output', output(), ...more))
      return path
    }
    const [first, second, xz] = [await make(), await make(), await make('--compress', 'xz')]
    expect(readFileSync(first).equals(readFileSync(second))).toBe(true)
    const alt = (path: string) => rpm('-qp', '--qf', '%{PAYLOADDIGESTALT}', path)
    expect(alt(xz)).toBe(alt(first))
  })

  it('is made of a spec file of the user, beside dkms.conf or with --spec', async () => {
    const spec = (name: string) =>
      `Name: ${name}\nVersion: 1.0\nRelease: 4\nSummary: A driver\nLicense: MIT\nSource0: foo-1.0.tar.bz2\n%description\nA driver.\n`
    const directory = directoryWith('own', '', { 'foo-kmp.spec': spec('own'), 'other.spec': spec('other') })
    const made = async (...more: readonly string[]) =>
      wrote(await must(world, 'mkkmp', directory, ...onSuse, '--output', output(), ...more))[0] ?? ''
    expect(rpm('-qp', '--qf', '%{NEVRA}', await made())).toBe('own-1.0-4.x86_64')
    expect(rpm('-qp', '--qf', '%{NEVRA}', await made('--spec', 'other.spec'))).toBe('other-1.0-4.x86_64')
    const target = output()
    mkdirSync(target)
    execFileSync('sh', ['-c', `rpm2cpio '${await made()}' | cpio -idm --quiet && tar -xf foo-1.0.tar.bz2`], {
      cwd: target,
    })
    expect(readdirSync(join(target, 'foo-1.0')).sort()).toContain('foo-bar.c')
  })
})

describe.skipIf(lacks('rpmbuild', 'openssl'))(
  'a KMP source package that is rebuilt (needs rpmbuild and openssl)',
  () => {
    /** At SUSE the arguments are the flavours that are not built. */
    const otherFlavours =
      '%{expand:%%global flavors_to_build %(cd /usr/src/linux-obj/%_target_cpu && for one in *; do case " %* " in (*" $one "*) ;; (*) printf "$one " ;; esac; done)}\\\n'

    /** What the packages of the distributions define, as far as spec files use it; what is handed to them shows in Provides. */
    function macroFile(family: 'rhel' | 'suse', directory: string): string {
      const [name, files] = family === 'rhel' ? ['kmod-%{name}', 'extra/%{name}'] : ['%{name}-kmp-default', 'updates']
      const subpackage = `%{expand:
%package -n ${name}
%(cat %_sourcedir/%name.spec %_specdir/%name.spec 2>/dev/null | awk 'BEGIN { line = "Summary: %summary" } /^.package KMP/ { kmp = 1 } kmp && /^Summary:/ { line = $0; kmp = 0 } END { print line }')
%{-b:Provides: needs-initrd}
%{-c:Provides: certificate(%(openssl x509 -noout -subject -in %{-c*} | sed 's/.*= *//'))}
%{-p:%(cat %{-p*})}
%description -n ${name}
%(cat %_sourcedir/%name.spec %_specdir/%name.spec 2>/dev/null | sed -n '/^.description KMP/,/^.prep/{/^.description/d;/^.prep/d;p}')
Modules.
%files -n ${name}
/lib/modules/*/${files}
}`
      const file = join(scratch, `macros-${family}`)
      const macro = family === 'rhel' ? '%kernel_module_package(p:)' : '%suse_kernel_module_package(p:bc:)'
      const used = family === 'rhel' ? subpackage.replace(/^%\{-[bc]:.*\n/gm, '') : `${otherFlavours}${subpackage}`
      writeFileSync(
        file,
        `%flavors_to_build default\n%kernel_source() ${directory}\n%kernel_module_package_buildreqs make\n${macro} ${used}\n`,
      )
      return file
    }

    async function rebuild(family: 'rhel' | 'suse', source: string, mount: string): Promise<string> {
      const top = output()
      const macros = macroFile(family, headers(kernels.rhel))
      const defines = [`_topdir ${top}`, 'debug_package %{nil}'].flatMap((define) => ['--define', `'${define}'`])
      const command = `${mount} rpmbuild --load '${macros}' ${defines.join(' ')} --nodeps --rebuild '${source}'`
      const { status, output: log } = attempt('unshare', '--mount', '--propagation', 'private', 'sh', '-c', command)
      expect(status, log).toBe(0)
      const [built = ''] = readdirSync(join(top, 'RPMS/x86_64'))
      return await Promise.resolve(join(top, 'RPMS/x86_64', built))
    }

    /** Lays headers where SUSE's packages of kernels have them. */
    function mountOf(flavours: Readonly<Record<string, string>>): string {
      const layer = output()
      for (const name of ['upper/linux-obj/x86_64', 'work']) mkdirSync(join(layer, name), { recursive: true })
      for (const [flavour, release] of Object.entries(flavours))
        tool('ln', '-s', headers(release), join(layer, 'upper/linux-obj/x86_64', flavour))
      const options = `lowerdir=/usr/src,upperdir=${layer}/upper,workdir=${layer}/work`
      return `mount -t overlay overlay -o '${options}' /usr/src &&`
    }

    it.skipIf(!isRoot)('for RHEL has the modules of the kernel, by the MAKE that is for it (needs root)', async () => {
      const more =
        'MAKE[0]="false"\nMAKE[1]="make -C $kernel_source_dir M=$dkms_tree/foo/1.0/build"\nMAKE_MATCH[1]="el9"\n'
      const directory = directoryWith('make-match', more)
      const args = ['--style', 'rhel', '--requires', 'firmware >= 2', '--output', output()]
      const [source = ''] = wrote(await must(world, 'mkkmp', directory, ...onSuse, ...args))
      const built = await rebuild('rhel', source, '')
      expect(rpm('-qpl', built)).toContain(`/lib/modules/${kernels.rhel}/extra/foo/foo-bar.ko`)
      expect(rpm('-qp', '--requires', built)).toContain('firmware >= 2\n')
    })

    it.skipIf(!isRoot)(
      'for SUSE has its macros told of the certificate and of initial ramdisks (needs root)',
      async () => {
        const pem = join(scratch, 'maker.pem')
        const subject = ['-subj', '/CN=Maker', '-out', pem, '-keyout', join(scratch, 'maker.key')]
        execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject], { stdio: 'pipe' })
        const directory = directoryWith(
          'signed',
          'REMAKE_INITRD="yes"\nMAKE[0]="make -C $kernel_source_dir M=$dkms_tree/foo/1.0/build"\n',
        )
        const args = ['--certificate', pem, '--requires', 'firmware', '--output', output()]
        const [source = ''] = wrote(await must(world, 'mkkmp', directory, ...onSuse, ...args))
        expect(rpm('-qp', '--requires', source)).toMatch(/^openssl$/m)
        const built = await rebuild('suse', source, mountOf({ default: kernels.suse }))
        expect(rpm('-qpl', built)).toContain(`/lib/modules/${kernels.suse}/updates/foo-bar.ko`)
        const provides = rpm('-qp', '--provides', built)
        expect(provides).toContain('needs-initrd\n')
        expect(provides).toContain('certificate(Maker)\n')
        // The macros read it from a spec file that has the name of the package.
        expect(rpm('-qp', '--qf', '%{DESCRIPTION}', built)).toContain('Kernel modules of foo 1.0.')
      },
    )

    it('is for the macros of the distribution that the kernel is of, unless --style says whose', async () => {
      const specFor = async (release: string, ...more: readonly string[]) => {
        const args = ['foo/1.0', '-k', `${release}/x86_64`, '--output', output(), ...more]
        const [source = ''] = wrote(await must(world, 'mkkmp', ...args))
        return execFileSync('sh', ['-c', `rpm2cpio '${source}' | cpio -i --quiet --to-stdout foo.spec`], {
          encoding: 'utf8',
        })
      }
      expect(await specFor(kernels.rhel)).toMatch(/^%kernel_module_package /m)
      expect(await specFor(kernels.suse)).toMatch(/^%suse_kernel_module_package /m)
      expect(await specFor(kernels.rhel, '--style', 'suse')).toMatch(/^%suse_kernel_module_package /m)
    })

    it.skipIf(!isRoot)('for SUSE leaves out the flavours that BUILD_EXCLUSIVE does (needs root)', async () => {
      const more =
        'BUILD_EXCLUSIVE_KERNEL="^5.*(-default|[)])$"\nMAKE[0]="make -C $kernel_source_dir M=$dkms_tree/foo/1.0/build"\n'
      const directory = directoryWith('some-flavours', more)
      const [source = ''] = wrote(await must(world, 'mkkmp', directory, ...onSuse, '--output', output()))
      const built = await rebuild('suse', source, mountOf({ default: kernels.suse, other: kernels.rhel }))
      expect(rpm('-qpl', built)).toContain(`/lib/modules/${kernels.suse}/updates/foo-bar.ko`)
      expect(rpm('-qpl', built)).not.toContain(kernels.rhel)
    })

    it.skipIf(!isRoot)('for RHEL says for which kernel it is not, and is not built (needs root)', async () => {
      const directory = directoryWith('not-rhel', 'BUILD_EXCLUSIVE_KERNEL="^5.*-default$"\n')
      const [source = ''] = wrote(
        await must(world, 'mkkmp', directory, ...onSuse, '--style', 'rhel', '--output', output()),
      )
      await expect(rebuild('rhel', source, '')).rejects.toThrow(
        `not for kernel ${kernels.rhel}: BUILD_EXCLUSIVE_KERNEL is ^5.*-default$`,
      )
    })

    it.skipIf(!isRoot)('for SUSE takes a summary that shell and awk would take apart (needs root)', async () => {
      const summary = `Bob's "big" driver for $HOME and \`id\`, C:\\new, 100%`
      const texts = ['--summary', summary, '--description', 'Bob\'s "big" one.\n100% of it.']
      const directory = directoryWith('quotes', 'MAKE[0]="make -C $kernel_source_dir M=$dkms_tree/foo/1.0/build"\n')
      const [source = ''] = wrote(await must(world, 'mkkmp', directory, ...onSuse, ...texts, '--output', output()))
      const built = await rebuild('suse', source, mountOf({ default: kernels.suse }))
      expect(rpm('-qp', '--qf', '%{SUMMARY}', built)).toBe(summary)
      expect(rpm('-qp', '--qf', '%{DESCRIPTION}', built)).toContain(`Bob's "big" one.\n100% of it.`)
      expect(rpm('-qp', '--qf', '%{SUMMARY}', source)).toBe(summary)
    })

    it('for RHEL is told that its macros know no certificate', async () => {
      const pem = join(scratch, 'unused.pem')
      const subject = ['-subj', '/CN=Maker', '-out', pem, '-keyout', join(scratch, 'unused.key')]
      execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject], { stdio: 'pipe' })
      const args = ['--style', 'rhel', '--certificate', pem, '--output', output()]
      const run = await runWithOptions(world, ['mkkmp', 'foo/1.0', ...onSuse, ...args])
      expect(run.status).toBe(0)
      expect(run.stderr).toContain('only the macros of SUSE know one')
      expect(rpm('-qpl', wrote(run.stdout)[0] ?? '')).not.toContain('signing.crt')
      const wrong = await runWithOptions(world, ['mkkmp', 'foo/1.0', ...onSuse, '--certificate', '/etc/passwd'])
      expect([wrong.status, wrong.stdout], wrong.stderr).toEqual([1, ''])
    })
  },
)
