/** A world with an rpm database of its own. */
import { join } from 'node:path'
import { writeRpm } from '../../src/packaging/rpm/format/write.ts'
import type { Run } from './program.ts'
import { makeRuntimeWorld, type RuntimeWorld, runInRuntimeWorld } from './runtime-world.ts'
import type { Runtime } from './runtimes.ts'
import { deskPath, type KernelHeaders } from './world.ts'

/** An rpm database in which only `dkms` and a shell are installed. */
export async function makeRpmWorld(
  dir: string,
  kernels: readonly KernelHeaders[],
  runtime: Runtime,
): Promise<RuntimeWorld> {
  const world = makeRuntimeWorld(dir, kernels, runtime)
  await writeRpm(
    {
      kind: 'binary',
      name: 'dkms',
      version: runtime.version,
      release: '1',
      arch: 'noarch',
      summary: 'What the host has, for rpm to know',
      description: 'Nothing.',
      license: 'MIT',
      buildHost: 'reproducible',
      buildTime: 1_700_000_000,
      entries: [],
      relations: { provides: [{ name: '/bin/sh' }] },
    },
    join(world.desk, 'dkms.rpm'),
  )
  const { status, stderr } = await rpmIn(world, '-i', 'dkms.rpm')
  if (status !== 0) throw new Error(`rpm cannot be used in a world: ${stderr}`)
  return world
}

export function rpmIn(world: RuntimeWorld, ...args: readonly string[]): Promise<Run> {
  return runInRuntimeWorld(world, ['rpm', '--dbpath', `${deskPath}/.rpmdb`, ...args])
}
