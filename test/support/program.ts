/** The two programs that are compared, and how one is run. */
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, existsSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export const checkout = resolve(import.meta.dirname, '../..')

/** `here` is this project's dkms, built into dist/; `dkms` is the distribution's. */
export type Program = 'here' | 'dkms'

export const programFile: Readonly<Record<Program, string>> = {
  here: resolve(checkout, 'bin/dkms'),
  dkms: '/usr/sbin/dkms',
}

/** What the two are told of the world: nothing that the machine's user happens to have set. */
export const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** For the environment of a Node that runs the program from its sources: stripping hundreds of files of types takes longer than the rest. */
export const fromSources = { NODE_COMPILE_CACHE: join(checkout, '.cache/compiled') } as const

export interface Run {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

export function runFile(file: string, args: readonly string[], { cwd = '/', env = {} }: RunOptions = {}): Promise<Run> {
  return new Promise((done, fail) => {
    const [stdout, stderr] = [openNameless(), openNameless()]
    const child = spawn(file, args, {
      cwd,
      env: { PATH: searchPath, LC_ALL: 'C.UTF-8', ...env },
      stdio: ['ignore', stdout, stderr],
    })
    child.once('error', fail)
    child.once('exit', (status) => done({ status, stdout: readAndClose(stdout), stderr: readAndClose(stderr) }))
  })
}

/**
 * A file and no pipe for what a program says: dkms leaves a `sleep 3` behind that shows progress no more, and keeps a pipe
 * open all the while.
 */
function openNameless(): number {
  const dir = mkdtempSync(join(tmpdir(), 'said-'))
  const descriptor = openSync(join(dir, 'said'), 'wx+')
  rmSync(dir, { recursive: true })
  return descriptor
}

function readAndClose(descriptor: number): string {
  const bytes = Buffer.alloc(fstatSync(descriptor).size)
  readSync(descriptor, bytes, 0, bytes.length, 0)
  closeSync(descriptor)
  return bytes.toString('utf8')
}

/** Runs a program that has to succeed. */
export async function mustRun(file: string, args: readonly string[], options?: RunOptions): Promise<string> {
  const { status, stdout, stderr } = await runFile(file, args, options)
  if (status === 0) return stdout
  throw new Error(`${[file, ...args].join(' ')}\nended with ${status}\n${stdout}${stderr}`)
}

/** The places of the host over which a world is laid. */
const places = ['/var/lib/dkms', '/etc/dkms', '/usr/src', '/lib/modules', '/mnt']

/** Why the two programs cannot be compared on this machine; undefined when they can. */
export function comparisonImpossible(): string | undefined {
  if (!existsSync(programFile.dkms)) return 'the dkms of the distribution is not installed'
  const { stdout } = spawnSync(programFile.dkms, ['--version'], { encoding: 'utf8' })
  if (!stdout.startsWith('dkms-3.0.')) return `the dkms of the distribution is ${stdout.trim()}, not 3.0`
  if (process.geteuid?.() !== 0) return 'private mounts need root'
  const missing = places.filter((place) => !existsSync(place))
  if (missing.length > 0) return `this machine has no ${missing.join(', ')}`
  const { status, stderr } = spawnSync('unshare', ['--mount', 'true'], { encoding: 'utf8' })
  return status === 0 ? undefined : `private mounts are not allowed here: ${stderr.trim()}`
}
