/** The two programs that are compared, and how a run of one is timed. */
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, realpathSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const checkout = resolve(import.meta.dirname, '..')
export const ours = join(checkout, 'bin/dkms')

const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** A command whose time is of interest. */
export interface Command {
  readonly argv: readonly [string, ...string[]]
  /** Brings about what the command starts from; not timed, done before each run. */
  readonly prepare?: () => void
  /** Beside what every command gets. */
  readonly env?: Readonly<Record<string, string>>
}

/** The distribution's dkms, unless what is called that is this program. */
export function findDkms(): string | undefined {
  const candidates = searchPath.split(':').map((directory) => join(directory, 'dkms'))
  const found = candidates.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
  return found === undefined || realpathSync(found).startsWith(`${checkout}/`) ? undefined : found
}

/** @returns what `--version` of a program prints */
export function versionOf(program: string): string {
  return spawnSync(program, ['--version'], { encoding: 'utf8', env: environment() }).stdout.trim()
}

function environment(): Record<string, string> {
  return {
    PATH: searchPath,
    LC_ALL: 'C.UTF-8',
    HOME: process.env['HOME'] ?? '/',
    TMPDIR: process.env['TMPDIR'] ?? '/tmp',
  }
}

export interface Timed {
  readonly milliseconds: number
  readonly stdout: string
}

/** @throws {Error} when the command fails: the time of a failure means nothing */
export function timeOnce(command: Command): Timed {
  command.prepare?.()
  const [file, ...args] = command.argv
  const begin = process.hrtime.bigint()
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    encoding: 'utf8',
    // Given a socket, which Node's pipes are, a bash that rpmbuild or dkms starts would read ~/.bashrc first.
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...environment(), ...command.env },
    cwd: '/',
    maxBuffer: 2 ** 28,
  })
  const milliseconds = Number(process.hrtime.bigint() - begin) / 1e6
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${command.argv.join(' ')}\nended with ${status}\n${stdout}${stderr}`)
  return { milliseconds, stdout }
}

/**
 * dkms makes its signing key in /var/lib/dkms whatever tree it is given: there it gets a place of its own, where root
 * can give it one.
 */
export function apartFromHost(argv: readonly [string, ...string[]]): readonly [string, ...string[]] {
  if (process.geteuid?.() !== 0) return argv
  const script = 'mkdir -p /var/lib/dkms && mount -t tmpfs none /var/lib/dkms && exec "$@"'
  return ['unshare', '--mount', 'sh', '-c', script, 'sh', ...argv]
}

/**
 * Runs a command where `tree` is /var/lib/dkms and `modules` is /lib/modules: dkms runs depmod on the real place whatever
 * install tree it is given. Needs root.
 */
export function asHost(
  { tree, install }: { readonly tree: string; readonly install: string },
  argv: readonly [string, ...string[]],
): readonly [string, ...string[]] {
  const script =
    'mkdir -p /var/lib/dkms && mount --bind "$1" /var/lib/dkms && mount --bind "$2" /lib/modules && shift 2 && exec "$@"'
  return ['unshare', '--mount', 'sh', '-c', script, 'sh', tree, install, ...argv]
}

/** Runs a command once and watches how much memory its process ever held, in MiB. */
export async function peakMemory(
  command: Command,
): Promise<{ readonly mebibytes: number; readonly milliseconds: number }> {
  command.prepare?.()
  const [file, ...args] = command.argv
  const begin = process.hrtime.bigint()
  const child = spawn(file, args, { env: environment(), cwd: '/', stdio: ['ignore', 'ignore', 'inherit'] })
  let peak = 0
  const watch = setInterval(() => {
    peak = Math.max(peak, highWaterMark(child.pid))
  }, 20)
  try {
    const status = await new Promise<number | null>((done, fail) => child.once('error', fail).once('exit', done))
    const milliseconds = Number(process.hrtime.bigint() - begin) / 1e6
    if (status !== 0) throw new Error(`${command.argv.join(' ')}\nended with ${status}`)
    return { mebibytes: peak / 1024, milliseconds }
  } finally {
    clearInterval(watch)
  }
}

/** VmHWM (proc_pid_status(5)), the most a process was ever resident, in KiB; 0 once it has ended. */
function highWaterMark(pid: number | undefined): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
