/** What the scripts of packages do on targets of every kind, with rpm and each runtime; kernels are toys. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeRpm } from '../../src/packaging/rpm/format/write.ts'
import { comparisonImpossible, mustRun, programFile } from '../support/program.ts'
import { makeRpmWorld, rpmIn } from '../support/rpm-world.ts'
import { type RuntimeWorld, runInRuntimeWorld } from '../support/runtime-world.ts'
import { distribution, dkms28, here, missingRuntimes, type Runtime, runtimes } from '../support/runtimes.ts'
import { writeToyHeaders } from '../support/toy-kernel.ts'
import { copyFixture, type KernelHeaders, putFile } from '../support/world.ts'
import { lacks } from '../unit/packaging/rpm/format/rpm-tools.ts'
import { packageMadeBy28 } from './made-by-2.8.ts'

const why = comparisonImpossible() ?? (lacks('rpm') ? 'rpm is not installed' : undefined)

describe.skipIf(why !== undefined)(`packages on targets (${why ?? 'with toy kernels'})`, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'rpm-runtimes-'))
  afterAll(() => rmSync(scratch, { recursive: true, force: true }))
  const [first, second] = ['6.1.0-11-toy', '6.1.0-12-toy'].map((release): KernelHeaders => {
    const headers = join(scratch, `headers-${release}`)
    writeToyHeaders(headers, release)
    return { release, headers }
  }) as [KernelHeaders, KernelHeaders]

  let count = 0
  function world(runtime: Runtime, ...kernels: readonly KernelHeaders[]): Promise<RuntimeWorld> {
    count += 1
    return makeRpmWorld(join(scratch, `world-${count}`), kernels, runtime)
  }

  async function mkrpm(source: string, output: string, ...options: readonly string[]): Promise<void> {
    await mustRun(programFile.here, ['mkrpm', source, '--output', output, ...options])
  }

  function installedIn({ modules }: RuntimeWorld, kernel: KernelHeaders): boolean {
    const place = join(modules, kernel.release, 'updates/dkms')
    return existsSync(place) && readdirSync(place).some((name) => name.startsWith('hello.ko'))
  }

  const source = join(scratch, 'hello')
  beforeAll(() => copyFixture('hello-1.0', source))

  it.for(missingRuntimes)('work with $name', ({ missing }, { skip }) => skip(missing))

  it.concurrent.for(
    runtimes,
  )('serve every kernel again that had the modules, whichever is the newest ($name)', async (runtime, { expect }) => {
    const target = await world(runtime, first, second)
    await mkrpm(source, target.desk)
    await mkrpm(source, target.desk, '--release', '2dkms')
    expect((await rpmIn(target, '-i', 'hello-1.0-1dkms.noarch.rpm')).status).toBe(0)
    expect([installedIn(target, first), installedIn(target, second)]).toEqual([true, true])
    // Only the one that is not the newest.
    await runInRuntimeWorld(target, ['dkms', 'uninstall', 'hello/1.0', '-k', second.release, '-a', 'x86_64'])
    expect((await rpmIn(target, '-U', 'hello-1.0-2dkms.noarch.rpm')).status).toBe(0)
    expect(installedIn(target, first)).toBe(true)
  })

  it.concurrent.for(runtimes)('say loudly that headers are missing, and go on ($name)', async (runtime, { expect }) => {
    const target = await world(runtime, { release: first.release })
    await mkrpm(source, target.desk)
    const { status, stderr } = await rpmIn(target, '-i', 'hello-1.0-1dkms.noarch.rpm')
    expect(status).toBe(0)
    expect(stderr).toContain('hello 1.0: NO kernel has the modules yet.')
    expect(stderr).toContain('No kernel headers are installed')
    const { stdout } = await runInRuntimeWorld(target, ['dkms', 'status'])
    expect(stdout).toMatch(/^hello(?:\/|, )1\.0: added\n$/)
    expect((await rpmIn(target, '-e', 'hello')).status).toBe(0)
    expect(existsSync(join(target.tree, 'hello'))).toBe(false)
  })

  it.concurrent.for(runtimes)('say that a build failed, and go on ($name)', async (runtime, { expect }) => {
    const target = await world(runtime, first)
    const broken = join(scratch, 'broken')
    copyFixture('hello-1.0', broken)
    putFile(join(broken, 'hello.c'), '#error on purpose\n')
    await mkrpm(broken, target.desk)
    const { status, stderr } = await rpmIn(target, '-i', 'hello-1.0-1dkms.noarch.rpm')
    expect(status).toBe(0)
    expect(stderr).toContain(`the modules could NOT be built for kernel ${first.release}`)
    expect((await rpmIn(target, '-e', 'hello')).status).toBe(0)
  })

  it.concurrent.for(runtimes)('build nothing that nobody asked to install by itself ($name)', async (runtime, {
    expect,
  }) => {
    const target = await world(runtime, first)
    const quiet = join(scratch, 'quiet')
    copyFixture('hello-1.0', quiet)
    putFile(join(quiet, 'dkms.conf'), readFileSync(join(quiet, 'dkms.conf'), 'utf8').replace(/^AUTOINSTALL.*$/m, ''))
    await mkrpm(quiet, target.desk)
    const { status, stderr } = await rpmIn(target, '-i', 'hello-1.0-1dkms.noarch.rpm')
    expect([status, installedIn(target, first)]).toEqual([0, false])
    expect(stderr).toContain('run: dkms install hello/1.0 -k KERNEL')
  })

  it.concurrent.for(runtimes)('keep away from a host whose administrator wants no builds ($name)', async (runtime, {
    expect,
  }) => {
    const target = await world(runtime, first)
    putFile(join(target.etc, 'no-autoinstall'), '')
    await mkrpm(source, target.desk)
    const { status, stderr } = await rpmIn(target, '-i', 'hello-1.0-1dkms.noarch.rpm')
    expect([status, installedIn(target, first)]).toEqual([0, false])
    expect(stderr).toContain('/etc/dkms/no-autoinstall')
  })

  it.concurrent.for([
    here,
    distribution,
  ])('take the place of a package of DKMS 2.8 that removes its modules last ($name)', async (runtime, { expect }) => {
    const target = await world(runtime, first)
    const old = 'hello-1.0-0.noarch.rpm'
    await writeRpm(
      {
        kind: 'binary',
        name: 'hello',
        version: '1.0',
        release: '0',
        arch: 'noarch',
        summary: 'hello 1.0 dkms package',
        description: 'As mkrpm of DKMS 2.8 makes them, as far as it matters here.',
        license: 'Unknown',
        buildHost: 'reproducible',
        buildTime: 1_700_000_000,
        entries: [],
        scriptlets: [{ phase: 'preun', body: 'dkms remove -m hello -v 1.0 --all --rpm_safe_upgrade\nexit 0' }],
      },
      join(target.desk, old),
    )
    expect((await rpmIn(target, '-i', old)).status).toBe(0)
    await mkrpm(source, target.desk)
    const { status, stderr } = await rpmIn(target, '-U', 'hello-1.0-1dkms.noarch.rpm')
    expect([status, installedIn(target, first)], stderr).toEqual([0, true])
    expect(stderr).toContain('they are set up again')
  })

  /** A new kernel with headers is none of a package's business that brings no source; its installation must not fail. */
  async function expectNothingForOtherKernels(target: RuntimeWorld): Promise<void> {
    const kernel = join(target.modules, second.release)
    mkdirSync(kernel)
    symlinkSync(second.headers ?? '', join(kernel, 'build'))
    const { status, stdout, stderr } = await runInRuntimeWorld(target, ['dkms', 'autoinstall', '-k', second.release])
    expect([status, installedIn(target, second)], `${stdout}${stderr}`).toEqual([0, false])
    rmSync(kernel, { recursive: true })
  }

  it.concurrent.for([
    here,
    dkms28,
  ])('take the place of what the real DKMS 2.8.4 made, on a host with $name', async (runtime, { expect, skip }) => {
    skip(dkms28.missing !== undefined, dkms28.missing)
    skip(lacks('rpmbuild'), 'rpmbuild is not installed')
    const target = await world(runtime, first)
    const old = await packageMadeBy28(join(scratch, `of-2.8-for-${runtime.version}`), 'rpm')
    expect((await rpmIn(target, '-i', '--nodeps', old)).status).toBe(0)
    await runInRuntimeWorld(target, ['dkms', 'install', 'hello/1.0', '-k', first.release, '-a', 'x86_64'])
    expect(installedIn(target, first)).toBe(true)
    await mkrpm(source, target.desk, '--release', '2dkms')
    const { status, stderr } = await rpmIn(target, '-U', 'hello-1.0-2dkms.noarch.rpm')
    expect([status, installedIn(target, first)], stderr).toEqual([0, true])
    expect((await rpmIn(target, '-e', 'hello')).status).toBe(0)
    expect([installedIn(target, first), existsSync(join(target.tree, 'hello'))]).toEqual([false, false])
  })

  describe('with built modules', () => {
    let made: string
    beforeAll(async () => {
      const builder = await world(here, first)
      const places = ['--dkmstree', builder.tree, '--sourcetree', builder.source, '--installtree', builder.modules]
      const roots = [...places, '--etc', builder.etc]
      await mustRun(programFile.here, ['add', source, ...roots])
      await mustRun(programFile.here, ['build', 'hello/1.0', '-k', first.release, ...roots])
      made = join(scratch, 'made')
      const common = ['mkrpm', 'hello/1.0', '-k', first.release, ...roots]
      await mustRun(programFile.here, [...common, '--output', join(made, 'full')])
      await mustRun(programFile.here, [...common, '--binaries-only', '--output', join(made, 'binaries-only')])
    })

    it.concurrent.for([
      ...runtimes.map((runtime) => ({ runtime, content: 'binaries-only' })),
      { runtime: here, content: 'full' },
      { runtime: distribution, content: 'full' },
    ])('install them where nothing can be compiled, and take them away ($runtime.name, $content)', async ({
      runtime,
      content,
    }, { expect }) => {
      const target = await world(runtime, { release: first.release })
      await mustRun('cp', [join(made, content, 'hello-1.0-1dkms.noarch.rpm'), target.desk])
      const { status, stderr } = await rpmIn(target, '-i', 'hello-1.0-1dkms.noarch.rpm')
      expect([status, installedIn(target, first)], stderr).toEqual([0, true])
      const source = join(target.dir, 'usr/src/hello-1.0')
      expect(existsSync(join(source, 'hello.c'))).toBe(content === 'full')
      const again = await rpmIn(target, '-U', '--replacepkgs', 'hello-1.0-1dkms.noarch.rpm')
      expect([again.status, installedIn(target, first)], again.stderr).toEqual([0, true])
      if (content === 'binaries-only') await expectNothingForOtherKernels(target)
      expect((await rpmIn(target, '-e', 'hello')).status).toBe(0)
      expect([installedIn(target, first), existsSync(join(target.tree, 'hello'))]).toEqual([false, false])
      expect(existsSync(source)).toBe(false)
    })
  })

  it('come out of release scripts that call dkms as ever', async () => {
    const builder = await world(here, first)
    copyFixture('hello-1.0', join(builder.dir, 'usr/src/hello-1.0'))
    const script = `
      set -e
      dkms add -m hello -v 1.0
      dkms mkrpm -m hello -v 1.0 --source-only --legacy-postinst=0
      cp /var/lib/dkms/hello/1.0/rpm/hello-1.0-1dkms.noarch.rpm /mnt/
      ls /var/lib/dkms/hello/1.0/rpm`
    const { status, stdout, stderr } = await runInRuntimeWorld(builder, ['sh', '-c', script])
    expect(status, stderr).toBe(0)
    expect(stderr).not.toContain('Error')
    expect(stdout).toContain('Wrote: /var/lib/dkms/hello/1.0/rpm/hello-1.0-1dkms.src.rpm\n')
    expect(stdout).toContain('Wrote: /var/lib/dkms/hello/1.0/rpm/hello-1.0-1dkms.noarch.rpm\n')
    expect(stdout.split('\n').slice(-3)).toEqual(['hello-1.0-1dkms.noarch.rpm', 'hello-1.0-1dkms.src.rpm', ''])
    expect(existsSync(join(builder.desk, 'hello-1.0-1dkms.noarch.rpm'))).toBe(true)
  })
})
