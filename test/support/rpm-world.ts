/**
 * A world with an rpm of its own: its database, /usr and what dkms needs, laid over the host's in a mount namespace. The
 * runtime that packages find there as /usr/sbin/dkms is the distribution's or this project's.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { writeRpm } from '../../src/packaging/rpm/format/write.ts'
import { type Program, programFile, type Run, runFile } from './program.ts'
import { deskPath, type KernelHeaders, makeWorld, scratchName, type World } from './world.ts'

export interface RpmWorld extends World {
  readonly runtime: Program
}

const mounts = `
set -e
mount --bind "$0/tree" /var/lib/dkms
mount --bind "$0/etc" /etc/dkms
mount -t overlay overlay -o "lowerdir=/usr,upperdir=$0/usr,workdir=$0/overlay" /usr
mount --bind "$0/modules" /lib/modules
mount --bind "$0/desk" /mnt
[ "$1" = /usr/sbin/dkms ] || ln -sfn "$1" /usr/sbin/dkms
shift
cd /mnt
exec "$@"
`

/** An rpm database in which only `dkms` and a shell are installed. */
export async function makeRpmWorld(
  dir: string,
  kernels: readonly KernelHeaders[],
  runtime: Program,
): Promise<RpmWorld> {
  const world: RpmWorld = { ...makeWorld(dir, kernels), runtime }
  mkdirSync(join(dir, 'usr'), { recursive: true })
  await writeRpm(
    {
      kind: 'binary',
      name: 'dkms',
      version: '3.0.10',
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

/** Runs a command in the world, from its desk. */
export function runInRpmWorld(
  { dir, runtime }: RpmWorld,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const args = ['--mount', '--propagation', 'private', 'sh', '-c', mounts, dir, programFile[runtime], ...command]
  return runFile('unshare', args, { env: { TMPDIR: `${deskPath}/${scratchName}`, ...env } })
}

export function rpmIn(world: RpmWorld, ...args: readonly string[]): Promise<Run> {
  return runInRpmWorld(world, ['rpm', '--dbpath', `${deskPath}/.rpmdb`, ...args])
}
