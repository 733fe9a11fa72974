/** What actions that change an install tree take from the session. */
import { dirname } from 'node:path'
import { absolutePath } from '../domain.ts'
import { type ActionContext, type Host, isSystemTree } from '../runtime/install/host.ts'
import type { LegacyHost } from '../runtime/legacy/legacy.ts'
import { childEnvironment } from '../system/env.ts'
import { moduleDestination } from './destination.ts'
import type { CommandLine } from './grammar.ts'
import type { Session } from './session.ts'

export function actionContext(session: Session, line: CommandLine): ActionContext {
  const { roots, settings, environment, report, dryRun } = session
  const depmod = line.options.has('no-depmod') ? 'skip' : 'run'
  const host = hostOf(session)
  const legacy = legacyHost(session, line, host)
  return { roots, settings, environment, report, dryRun, host, depmod, ...(legacy === undefined ? {} : { legacy }) }
}

/** The files beside /etc/dkms; ramdisks of the system alone, since the programs that make them know no other. */
function legacyHost({ roots, settings }: Session, line: CommandLine, host: Host): LegacyHost | undefined {
  if (!settings.legacyDirectives && !line.options.has('legacy-directives')) return undefined
  const makesInitrd = !line.options.has('no-initrd') && isSystemTree({ roots, host })
  const searchPath = childEnvironment()['PATH'] ?? ''
  return {
    etcRoot: absolutePath(dirname(roots.etc)),
    initrd: makesInitrd ? { boot: absolutePath('/boot'), searchPath } : undefined,
  }
}

function hostOf(session: Session): Host {
  const { weakModules, ownerQuery } = session.distro()
  return {
    destination: moduleDestination(session),
    weakModules,
    ownerQuery,
    runningRelease: session.machine.kernelRelease,
    systemInstallTree: absolutePath('/lib/modules'),
    forceLists: absolutePath('/usr/share/dkms/modules_to_force_install'),
  }
}
