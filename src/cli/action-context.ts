/** What actions that change an install tree take from the session. */
import { absolutePath } from '../domain.ts'
import type { ActionContext, Host } from '../runtime/install/host.ts'
import { moduleDestination } from './destination.ts'
import type { CommandLine } from './grammar.ts'
import type { Session } from './session.ts'

export function actionContext(session: Session, line: CommandLine): ActionContext {
  const { roots, settings, environment, report, dryRun } = session
  const depmod = line.options.has('no-depmod') ? 'skip' : 'run'
  return { roots, settings, environment, report, dryRun, host: hostOf(session), depmod }
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
