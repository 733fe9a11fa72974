/**
 * A world in which /usr/sbin/dkms is a runtime of choice: besides what every world has, a /usr of its own is laid over the
 * host's.
 */
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Run, runFile } from './program.ts'
import type { Runtime } from './runtimes.ts'
import { deskPath, type KernelHeaders, makeWorld, scratchName, type World } from './world.ts'

export interface RuntimeWorld extends World {
  readonly runtime: Runtime
}

const mounts = `
set -e
rm -f "$0/usr/sbin/dkms"
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

/** Sources are to be put below `source`, which is its /usr/src. */
export function makeRuntimeWorld(dir: string, kernels: readonly KernelHeaders[], runtime: Runtime): RuntimeWorld {
  const world: RuntimeWorld = { ...makeWorld(dir, kernels), source: join(dir, 'usr/src'), runtime }
  mkdirSync(world.source, { recursive: true })
  if (runtime.layer !== undefined) takeSettings(runtime.layer, world)
  return world
}

/** The templates of dkms and the marks of its tree; the world's own framework.conf stays. */
function takeSettings(layer: string, { etc, tree }: World): void {
  const options = { recursive: true, force: false, verbatimSymlinks: true }
  cpSync(join(layer, 'etc/dkms'), etc, options)
  cpSync(join(layer, 'var/lib/dkms'), tree, options)
}

/** Runs a command in the world, from its desk. */
export function runInRuntimeWorld(
  { dir, runtime: { program, layer = '' } }: RuntimeWorld,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const args = ['--mount', '--propagation', 'private', 'sh', '-c', mounts, dir, ...command]
  const mounting = { PROGRAM: program, LAYER: layer }
  return runFile('unshare', args, { env: { TMPDIR: `${deskPath}/${scratchName}`, ...env, ...mounting } })
}
