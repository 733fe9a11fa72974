/**
 * Every way a package comes, changes and goes, with rpm and each runtime on the target; what counts is the module on
 * disk after each.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { absolutePath } from '../../src/domain.ts'
import { readModuleInfoSync } from '../../src/kernel/modinfo.ts'
import { comparisonImpossible, mustRun, programFile } from '../support/program.ts'
import { makeRpmWorld, rpmIn } from '../support/rpm-world.ts'
import { type RuntimeWorld, runInRuntimeWorld } from '../support/runtime-world.ts'
import { distribution, here, missingRuntimes, type Runtime, runtimes } from '../support/runtimes.ts'
import { writeToyHeaders } from '../support/toy-kernel.ts'
import { copyFixture, installedKernels, type KernelHeaders, putFile } from '../support/world.ts'
import { lacks } from '../unit/packaging/rpm/format/rpm-tools.ts'

const impossible = comparisonImpossible() ?? (lacks('rpm') ? 'rpm is not installed' : undefined)
const real = installedKernels()
  .filter(({ release }) => /^6\.1\.0-\d+-amd64$/.test(release))
  .at(-1)
const why = impossible ?? (real === undefined ? 'the headers of no kernel 6.1 are installed' : undefined)
const toyRelease = '6.1.0-11-toy'

/** `status` of DKMS up to 2.8.5 says `M, V` for what later ones call `M/V`. */
function inNewForm(status: string): string {
  return status.replaceAll(/^([^,/]+), /gm, '$1/')
}

describe.skipIf(why !== undefined)(`transitions of packages ${why ?? ''}`, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'rpm-transitions-'))
  afterAll(() => rmSync(scratch, { recursive: true, force: true }))

  /** Packages of one module that says which version and release of the source it was built from. */
  async function makePackage(version: string, release: string, ...options: readonly string[]): Promise<string> {
    const source = join(scratch, `source-${version}-${release}`)
    copyFixture('hello-1.0', source)
    putFile(
      join(source, 'hello.c'),
      readFileSync(join(source, 'hello.c'), 'utf8').replace('VERSION("1.0")', `VERSION("${version}-${release}")`),
    )
    putFile(join(source, 'dkms.conf'), readFileSync(join(source, 'dkms.conf'), 'utf8').replace('"1.0"', `"${version}"`))
    const args = ['mkrpm', source, '--output', join(scratch, 'packages'), '--release', release, ...options]
    const wrote = await mustRun(programFile.here, args)
    return /^Wrote: (.*\.noarch\.rpm)$/m.exec(wrote)?.[1] ?? ''
  }

  const packages = new Map<string, string>()
  beforeAll(async () => {
    for (const [version, release] of [
      ['1.0', '1dkms'],
      ['1.0', '2dkms'],
      ['2.0', '1dkms'],
    ] as const) {
      packages.set(`${version}-${release}`, await makePackage(version, release))
    }
  })

  function moduleOnDisk(world: RuntimeWorld, kernel: string): string | undefined {
    for (const suffix of ['', '.xz', '.gz', '.zst']) {
      const path = join(world.modules, kernel, `updates/dkms/hello.ko${suffix}`)
      if (existsSync(path)) return readModuleInfoSync(absolutePath(path))?.version ?? 'unreadable'
    }
    return undefined
  }

  async function desk(world: RuntimeWorld): Promise<void> {
    for (const path of packages.values()) await mustRun('cp', [path, world.desk])
  }

  const steps = [
    { what: 'installation', rpm: ['-i', 'hello-1.0-1dkms.noarch.rpm'], module: '1.0-1dkms' },
    { what: 'release bump', rpm: ['-U', 'hello-1.0-2dkms.noarch.rpm'], module: '1.0-2dkms' },
    { what: '--replacepkgs', rpm: ['-U', '--replacepkgs', 'hello-1.0-2dkms.noarch.rpm'], module: '1.0-2dkms' },
    { what: '--reinstall', rpm: ['--reinstall', 'hello-1.0-2dkms.noarch.rpm'], module: '1.0-2dkms' },
    { what: 'upgrade', rpm: ['-U', 'hello-2.0-1dkms.noarch.rpm'], module: '2.0-1dkms' },
    { what: 'downgrade', rpm: ['-U', '--oldpackage', 'hello-1.0-1dkms.noarch.rpm'], module: '1.0-1dkms' },
    { what: 'erasure', rpm: ['-e', 'hello'], module: undefined },
  ] as const

  it.for(missingRuntimes)('leave the right module behind with $name', ({ missing }, { skip }) => skip(missing))

  /** A build for a real kernel takes seconds, and proves nothing more with another runtime that calls the same make. */
  function kernelFor(runtime: Runtime): KernelHeaders {
    if (real !== undefined && [here, distribution].includes(runtime)) return real
    const headers = join(scratch, `headers-${runtime.version}`)
    writeToyHeaders(headers, toyRelease)
    return { release: toyRelease, headers }
  }

  it.concurrent.for(runtimes)('leave the right module behind with $name', async (runtime, { expect }) => {
    const kernel = kernelFor(runtime)
    const world = await makeRpmWorld(join(scratch, runtime.name), [kernel], runtime)
    await desk(world)
    for (const { what, rpm, module } of steps) {
      const { status, stderr } = await rpmIn(world, ...rpm)
      expect([what, status, moduleOnDisk(world, kernel.release)], stderr).toEqual([what, 0, module])
      const { stdout } = await runInRuntimeWorld(world, ['dkms', 'status'])
      const version = module?.replace(/-.*/, '')
      const line = version === undefined ? '' : `hello/${version}, ${kernel.release}, x86_64: installed\n`
      expect([what, inNewForm(stdout)]).toEqual([what, line])
      if (module !== undefined) expect((await rpmIn(world, '-V', 'hello')).stdout).toBe('')
    }
    expect(existsSync(join(world.dir, 'usr/src/hello-1.0'))).toBe(false)
    expect(existsSync(join(world.dir, 'usr/share/hello'))).toBe(false)
    expect(existsSync(join(world.tree, 'hello'))).toBe(false)
  })
})
