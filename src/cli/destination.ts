import type { Destination } from '../tree/installed-files.ts'
import type { Session } from './session.ts'

/**
 * Where a module of the given DEST_MODULE_LOCATION goes below the modules of a kernel: ADDON_MODULES_DIR names one
 * directory for all, else the distribution has one, else the conf decides (dkms(8)).
 */
export function moduleDestination(session: Session): Destination {
  const addon = session.environment['ADDON_MODULES_DIR']
  if (addon !== undefined && addon !== '' && !addon.includes('/')) return () => `/${addon}`
  const chosen = session.distro().moduleDestination
  return (destLocation) => chosen ?? destLocation
}
