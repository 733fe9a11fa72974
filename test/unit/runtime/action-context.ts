/** What actions are given in tests: a host whose modules go to updates/dkms and whose tools know other trees only. */
import { absolutePath, type Roots } from '../../../src/domain.ts'
import { type Report, silent } from '../../../src/report.ts'
import type { ActionContext, Host } from '../../../src/runtime/install/host.ts'

export const debianHost: Host = {
  destination: () => '/updates/dkms',
  weakModules: undefined,
  ownerQuery: undefined,
  runningRelease: 'not-of-a-test',
  systemInstallTree: absolutePath('/nonexistent/lib/modules'),
  forceLists: absolutePath('/nonexistent/force'),
}

export function actionContext(roots: Roots, report: Report = silent, host: Partial<Host> = {}): ActionContext {
  return {
    roots,
    report,
    settings: {
      verbose: false,
      symlinkModules: false,
      autoinstallAllKernels: false,
      modprobeOnInstall: false,
      trySignModules: 'false',
      continueOnError: true,
      legacyDirectives: false,
    },
    environment: {},
    host: { ...debianHost, ...host },
    dryRun: false,
    depmod: 'run',
  }
}
