/**
 * A world with an rpm of its own: its database, /usr and what dkms needs, laid over the host's in a mount namespace. What
 * packages find there as /usr/sbin/dkms is the runtime it was made for.
 */
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { writeRpm } from '../../src/packaging/rpm/format/write.ts'
import { type Run, runFile } from './program.ts'
import type { Runtime } from './runtimes.ts'
import { deskPath, type KernelHeaders, makeWorld, scratchName, type World } from './world.ts'

export interface RpmWorld extends World {
  readonly runtime: Runtime
}

const mounts = `
set -e
mount --bind "$0/tree" /var/lib/dkms
mount --bind "$0/etc" /etc/dkms
mount -t overlay overlay -o "lowerdir=\${LAYER:+$LAYER/usr:}/usr,upperdir=$0/usr,workdir=$0/overlay" /usr
mount --bind "$0/modules" /lib/modules
mount --bind "$0/desk" /mnt
[ "$PROGRAM" = /usr/sbin/dkms ] || ln -sfn "$PROGRAM" /usr/sbin/dkms
unset LAYER PROGRAM
cd /mnt
exec "$@"
`

/** An rpm database in which only `dkms` and a shell are installed. */
export async function makeRpmWorld(
  dir: string,
  kernels: readonly KernelHeaders[],
  runtime: Runtime,
): Promise<RpmWorld> {
  const world: RpmWorld = { ...makeWorld(dir, kernels), runtime }
  mkdirSync(join(dir, 'usr'), { recursive: true })
  if (runtime.layer !== undefined) takeSettings(runtime.layer, world)
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

/** The templates of dkms and the marks of its tree; the world's own framework.conf stays. */
function takeSettings(layer: string, { etc, tree }: World): void {
  const options = { recursive: true, force: false, verbatimSymlinks: true }
  cpSync(join(layer, 'etc/dkms'), etc, options)
  cpSync(join(layer, 'var/lib/dkms'), tree, options)
}

/** Runs a command in the world, from its desk. */
export function runInRpmWorld(
  { dir, runtime: { program, layer = '' } }: RpmWorld,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const args = ['--mount', '--propagation', 'private', 'sh', '-c', mounts, dir, ...command]
  const mounting = { PROGRAM: program, LAYER: layer }
  return runFile('unshare', args, { env: { TMPDIR: `${deskPath}/${scratchName}`, ...env, ...mounting } })
}

export function rpmIn(world: RpmWorld, ...args: readonly string[]): Promise<Run> {
  return runInRpmWorld(world, ['rpm', '--dbpath', `${deskPath}/.rpmdb`, ...args])
}
