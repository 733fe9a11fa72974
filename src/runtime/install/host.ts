/** What of the host, beside the trees, an install or uninstall needs to know. */
import { realpathSync } from 'node:fs'
import type { FrameworkSettings } from '../../conf/settings.ts'
import type { WeakModules } from '../../distro/model.ts'
import type { AbsolutePath, Roots } from '../../domain.ts'
import type { Report } from '../../report.ts'
import type { Environment } from '../../system/env.ts'
import type { Destination } from '../../tree/installed-files.ts'
import type { LegacyHost } from '../legacy/legacy.ts'

export interface Host {
  /** Where the distribution wants modules. */
  readonly destination: Destination
  /** The distribution's program that links modules into the trees of other kernels. */
  readonly weakModules: WeakModules | undefined
  /** Tells with status 0 that a package owns the path that follows; undefined where none owns directories of modules. */
  readonly ownerQuery: readonly [string, ...string[]] | undefined
  readonly runningRelease: string
  /** Where depmod, modprobe and weak-modules look: /lib/modules. */
  readonly systemInstallTree: AbsolutePath
  /** A directory of lists of packages that are always installed: /usr/share/dkms/modules_to_force_install. */
  readonly forceLists: AbsolutePath
}

/** What every action that changes an install tree is given. */
export interface ActionContext {
  readonly roots: Roots
  readonly settings: FrameworkSettings
  readonly environment: Environment
  readonly host: Host
  readonly report: Report
  readonly dryRun: boolean
  /**
   * `defer`: the caller runs depmod itself, once for all it does; the result tells for which kernels. `skip` is
   * --no-depmod.
   */
  readonly depmod: 'run' | 'defer' | 'skip'
  /** Where the directives of DKMS 2 act; undefined where they do not. A ramdisk is made after `depmod: 'run'` only. */
  readonly legacy?: LegacyHost | undefined
}

/** Whether the install tree is the one that the running system's tools work on. */
export function isSystemTree({ roots, host }: Pick<ActionContext, 'roots' | 'host'>): boolean {
  return realPath(roots.installTree) === realPath(host.systemInstallTree)
}

function realPath(path: AbsolutePath): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
