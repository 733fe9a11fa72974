/**
 * `--rpm_safe_upgrade` (DKMS man page). RPM runs the scripts of the new package before those of the old one; when both
 * carry the same name and version, the `remove` of the old one must do nothing. `add` leaves a file that names the
 * running rpm, `remove` finds it there. The file is that of DKMS: either program may write it and the other read it.
 */
import { closeSync, lstatSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { type AbsolutePath, below, type PackageId, type Roots } from '../domain.ts'
import { fileError } from '../system/fs.ts'
import { run } from '../system/run.ts'
import { sourceName } from '../tree/layout.ts'

interface Upgrade {
  /** The process that runs the script which runs us: rpm. */
  readonly pid: number
  /** When it was started, as ps words it; empty when that cannot be told. */
  readonly started: string
}

/** @throws {FactoryError} FILE_ACCESS, DISK_FULL; TOOL_MISSING without ps */
export async function announceUpgrade(roots: Roots, id: PackageId): Promise<AbsolutePath> {
  const { pid, started } = await currentUpgrade()
  const path = below(roots.tmp, `${prefix(pid)}${process.pid}`)
  try {
    rmSync(path, { force: true })
    const descriptor = openSync(path, 'wx', 0o600)
    writeSync(descriptor, `${sourceName(id)}\n${started}\n`)
    closeSync(descriptor)
    return path
  } catch (error) {
    throw fileError(error, 'announce the upgrade', path)
  }
}

/**
 * Whether the upgrade that is running has added the very package that is to be removed; the announcement is used up.
 *
 * @throws {FactoryError} FILE_ACCESS; TOOL_MISSING without ps
 */
export async function cancelsRemoval(roots: Roots, id: PackageId): Promise<boolean> {
  const { pid, started } = await currentUpgrade()
  if (started === '') return false
  for (const name of readdirSync(roots.tmp).filter((entry) => entry.startsWith(prefix(pid)))) {
    const path = below(roots.tmp, name)
    if (!isOurs(path) || readFileSync(path, 'utf8').trimEnd() !== `${sourceName(id)}\n${started}`) continue
    rmSync(path, { force: true })
    return true
  }
  return false
}

function prefix(pid: number): string {
  return `dkms_rpm_safe_upgrade_lock.${pid}.`
}

/** The directory is open to everybody: a file somebody else put there must not keep a package from being removed. */
function isOurs(path: AbsolutePath): boolean {
  const stats = lstatSync(path)
  return stats.isFile() && stats.uid === process.geteuid?.()
}

async function currentUpgrade(): Promise<Upgrade> {
  const status = readFileSync(`/proc/${process.ppid}/status`, 'utf8')
  const pid = Number(/^PPid:\s*(\d+)/m.exec(status)?.[1] ?? 0)
  const argv = ['ps', '-o', 'lstart', '--no-headers', '-p', String(pid)] as const
  const { stdout } = await run([...argv], { expected: [1], purpose: 'tell one rpm process from another' })
  return { pid, started: stdout.trim() }
}
