/** The only reader of process.env and of the running machine's identity. */
import { availableParallelism, machine, release } from 'node:os'

export interface Machine {
  readonly kernelRelease: string
  readonly arch: string
  readonly cpus: number
  readonly userId: number
  readonly workingDirectory: string
}

export function thisMachine(): Machine {
  return {
    kernelRelease: release(),
    arch: machine(),
    cpus: availableParallelism(),
    userId: process.geteuid?.() ?? 0,
    workingDirectory: process.cwd(),
  }
}

export type Environment = Readonly<Record<string, string | undefined>>

export function environment(): Environment {
  return process.env
}

/**
 * What child processes inherit: a fixed locale, and of the caller's variables only those that say where things are.
 * CC, CFLAGS and the like are left out on purpose: a module must come out the same whoever builds it (runtime.md
 * section 1 lists what DKMS unsets).
 */
export function childEnvironment(
  extra: Readonly<Record<string, string>> = {},
  own: Environment = environment(),
): Record<string, string> {
  const kept: Record<string, string> = { LC_ALL: 'C.UTF-8' }
  for (const name of ['PATH', 'HOME', 'USER', 'LOGNAME', 'TERM', 'TMPDIR', 'SOURCE_DATE_EPOCH']) {
    const value = own[name]
    if (value !== undefined) kept[name] = value
  }
  kept['PATH'] ??= '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  return { ...kept, ...extra }
}
