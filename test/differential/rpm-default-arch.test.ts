/** The architecture of kernels for which none is named, where a package of another one brought the kernel. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { writeRpm } from '../../src/packaging/rpm/format/write.ts'
import { comparisonImpossible } from '../support/program.ts'
import { makeRpmWorld, rpmIn } from '../support/rpm-world.ts'
import { type RuntimeWorld, runInRuntimeWorld } from '../support/runtime-world.ts'
import { distribution, here, type Runtime } from '../support/runtimes.ts'
import { writeToyHeaders } from '../support/toy-kernel.ts'
import { copyFixture, deskPath, putFile } from '../support/world.ts'
import { lacks } from '../unit/packaging/rpm/format/rpm-tools.ts'

const scratch = mkdtempSync(join(tmpdir(), 'default-arch-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const [packaged, own] = ['5.14.0-1.el9.i686', '5.14.0-2.own'] as const

/** Fedora, as far as os-release and rpm go, with a kernel for 32-bit Intel out of a package, and one of somebody's own. */
async function makeFedora(runtime: Runtime): Promise<RuntimeWorld> {
  const dir = join(scratch, runtime.name)
  const kernels = [packaged, own].map((release) => {
    const headers = join(scratch, 'headers', release)
    writeToyHeaders(headers, release)
    return { release, headers }
  })
  const world = await makeRpmWorld(dir, kernels, runtime)
  putFile(join(dir, 'usr/lib/os-release'), 'NAME=Fedora\nID=fedora\nVERSION_ID=40\n')
  putFile(join(world.desk, '.rpmmacros'), `%_dbpath ${deskPath}/.rpmdb\n`)
  const time = 1_700_000_000
  await writeRpm(
    {
      kind: 'binary',
      name: 'kernel-core',
      version: '5.14.0',
      release: '1.el9',
      arch: 'i686',
      summary: 'A kernel',
      description: 'A kernel.',
      license: 'GPL-2.0-only',
      buildHost: 'reproducible',
      buildTime: time,
      entries: [{ kind: 'directory', path: `/lib/modules/${packaged}`, mode: 0o755, mtime: time }],
      relations: {},
    },
    join(world.desk, 'kernel.rpm'),
  )
  const { status, stderr } = await rpmIn(world, '-i', '--justdb', '--nodeps', '--ignorearch', 'kernel.rpm')
  if (status !== 0) throw new Error(stderr)
  copyFixture('hello-1.0', join(world.source, 'hello-1.0'))
  return world
}

function dkms(world: RuntimeWorld, ...args: readonly string[]) {
  return runInRuntimeWorld(world, ['/usr/sbin/dkms', ...args], { HOME: deskPath })
}

const machine = process.arch === 'x64' ? 'x86_64' : undefined
const impossible =
  comparisonImpossible() ??
  (lacks('rpm') ? 'rpm is not installed' : undefined) ??
  (machine === undefined ? 'this machine has no 32-bit relative that rpm knows' : undefined)

describe.skipIf(impossible !== undefined)(`without -a (${impossible ?? 'needs root and rpm'})`, () => {
  it.each([
    here,
    distribution,
  ])('$name builds for what the package of the kernel is for, or for the machine', async (runtime) => {
    const world = await makeFedora(runtime)
    for (const release of [packaged, own]) {
      const { status, stderr } = await dkms(world, 'build', 'hello/1.0', '-k', release)
      expect(status, stderr).toBe(0)
    }
    const arches = [packaged, own].map((release) => readdirSync(join(world.tree, 'hello/1.0', release)))
    expect(arches).toEqual([['i686'], [machine]])
    const { stdout } = await dkms(world, 'status', 'hello/1.0')
    expect(stdout).toContain(`${packaged}, i686: built`)
    // What is named counts, and every other command looks for what build has made.
    expect((await dkms(world, 'unbuild', 'hello/1.0', '-k', packaged)).status).toBe(0)
    expect((await dkms(world, 'build', 'hello/1.0', '-k', `${packaged}/x86_64`)).status).toBe(0)
    expect(readdirSync(join(world.tree, 'hello/1.0', packaged))).toEqual(['x86_64'])
  })

  it('mkdriverdisk finds the build of a kernel that is named without its architecture', async () => {
    const world = await makeFedora({ ...here, name: 'disk' })
    await dkms(world, 'build', 'hello/1.0', '-k', packaged)
    const { status, stdout, stderr } = await dkms(world, 'mkdriverdisk', 'hello/1.0', '-d', 'redhat2', '-k', packaged)
    expect(status, stderr).toBe(0)
    expect(stdout).toContain(`hello-1.0-kernel${packaged}-i686-dd.img\n`)
    expect(stderr).not.toContain('Building')
  })
})
