/**
 * Places of its own for one program: a DKMS tree, a source tree, kernels, /etc/dkms and a desk to put files on. They are
 * laid over the host's in a mount namespace, because dkms has some of them built in, and so that two programs in two
 * worlds see the same absolute paths. Nothing of the host is changed.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { checkout, type Program, programFile, type Run, runFile } from './program.ts'

export interface World {
  readonly dir: string
  /** Seen as /var/lib/dkms. */
  readonly tree: string
  /** Seen as /usr/src, over what the host has there; holds what was added to that. */
  readonly source: string
  /** Seen as /lib/modules. */
  readonly modules: string
  /** Seen as /etc/dkms. */
  readonly etc: string
  /** Seen as /mnt, where commands are started. */
  readonly desk: string
}

/** Where a world shows its desk. */
export const deskPath = '/mnt'
/** Scratch space of the programs, on the desk: empty again after each command. */
export const scratchName = '.tmp'

export interface KernelHeaders {
  readonly release: string
  /** Where its headers lie; absent for a kernel without headers. */
  readonly headers?: string
  /** A directory of what depmod wrote for it; absent for a kernel it never ran for, as where only headers are installed. */
  readonly indexes?: string
}

/** New and empty, below `dir`, but for the kernels. Modules stay unsigned: signatures are another subject. */
export function makeWorld(dir: string, kernels: readonly KernelHeaders[]): World {
  rmSync(dir, { recursive: true, force: true })
  const place = (name: string) => join(dir, name)
  const world: World = {
    dir,
    tree: place('tree'),
    source: place('src'),
    modules: place('modules'),
    etc: place('etc'),
    desk: place('desk'),
  }
  for (const path of [...Object.values(world), join(dir, 'overlay'), join(world.desk, scratchName)]) {
    mkdirSync(path, { recursive: true })
  }
  writeFileSync(join(world.etc, 'framework.conf'), 'sign_file="/nonexistent/sign-file"\n')
  for (const { release, headers, indexes } of kernels) {
    if (indexes === undefined) mkdirSync(join(world.modules, release))
    else cpSync(indexes, join(world.modules, release), { recursive: true })
    if (headers !== undefined) symlinkSync(headers, join(world.modules, release, 'build'))
  }
  return world
}

/** The kernels whose headers are installed on this machine. */
export function installedKernels(): KernelHeaders[] {
  const root = '/lib/modules'
  if (!existsSync(root)) return []
  return readdirSync(root)
    .sort()
    .filter((release) => existsSync(join(root, release, 'build/include')))
    .map((release) => ({ release, headers: realpathSync(join(root, release, 'build')) }))
}

const fixtures = join(checkout, 'fixtures')

/** Puts a package of fixtures/ where sources live, or anywhere else. */
export function copyFixture(fixture: string, to: string): void {
  cpSync(join(fixtures, fixture), to, { recursive: true, verbatimSymlinks: true })
}

export function putFile(path: string, content: string | Uint8Array, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content, { mode })
}

const mounts = `
set -e
mount --bind "$0/tree" /var/lib/dkms
mount --bind "$0/etc" /etc/dkms
mount --bind "$0/modules" /lib/modules
mount -t overlay overlay -o "lowerdir=/usr/src,upperdir=$0/src,workdir=$0/overlay" /usr/src
mount --bind "$0/desk" /mnt
cd /mnt
exec "$@"
`

/** Runs a command in a world, from its desk. */
export function runInWorld(
  world: World,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Run> {
  return runFile('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', mounts, world.dir, ...command], {
    env: { TMPDIR: `${deskPath}/${scratchName}`, ...env },
  })
}

export function runProgram(
  world: World,
  program: Program,
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<Run> {
  return runInWorld(world, [programFile[program], ...args], env)
}

/** The same places given as options, for this project's program alone: neither root nor mounts are needed. */
export function runWithOptions(world: World, args: readonly string[]): Promise<Run> {
  const { tree, source, modules, etc, desk } = world
  const roots = ['--dkmstree', tree, '--sourcetree', source, '--installtree', modules, '--etc', etc]
  return runFile(programFile.here, [...args, ...roots], { cwd: desk, env: { TMPDIR: join(desk, scratchName) } })
}
