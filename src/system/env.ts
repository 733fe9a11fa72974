/** The only reader of process.env and of the running machine's identity. */
import { availableParallelism, machine, release } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { type AbsolutePath, absolutePath } from '../domain.ts'
import { FactoryError } from '../errors.ts'

export interface Machine {
  readonly kernelRelease: string
  readonly arch: string
  readonly cpus: number
  readonly userId: number
  /**
   * Looked up when it is asked for: most commands do without.
   *
   * @throws {FactoryError} FILE_ACCESS when it has been deleted, or may not be read
   */
  readonly workingDirectory: string
}

export function thisMachine(): Machine {
  return {
    kernelRelease: release(),
    arch: machine(),
    cpus: availableParallelism(),
    userId: process.geteuid?.() ?? 0,
    get workingDirectory() {
      return workingDirectory()
    },
  }
}

/** @throws {FactoryError} FILE_ACCESS when it has been deleted, or may not be read */
export function workingDirectory(): string {
  try {
    return process.cwd()
  } catch (cause) {
    throw new FactoryError('FILE_ACCESS', 'the working directory cannot be told: it was deleted, or may not be read', {
      hint: 'change to another directory, or name every file and directory from / on',
      cause,
    })
  }
}

/** Where programs start that are given every path in full. */
export function workingDirectoryOrRoot(): string {
  try {
    return process.cwd()
  } catch {
    return '/'
  }
}

/** A path as a person gives it, from the working directory on. @throws {FactoryError} FILE_ACCESS as {@link workingDirectory} */
export function absoluteFromHere(path: string): AbsolutePath {
  return absolutePath(isAbsolute(path) ? path : join(workingDirectory(), path))
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
  // Without SHLVL a bash whose input is a socket, as Node's pipes are, takes itself for a remote shell and reads ~/.bashrc
  // (bash(1), "When bash is invoked by the remote shell daemon").
  const kept: Record<string, string> = { LC_ALL: 'C.UTF-8', SHLVL: '1' }
  for (const name of ['PATH', 'HOME', 'USER', 'LOGNAME', 'TERM', 'TMPDIR', 'SOURCE_DATE_EPOCH']) {
    const value = own[name]
    if (value !== undefined) kept[name] = value
  }
  kept['PATH'] ??= '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  return { ...kept, ...extra }
}
