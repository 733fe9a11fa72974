/** Whether a text is meant as a dkms.conf, whatever its name. */
import { findDirective } from './directives.ts'
import { findAssignments } from './lines.ts'

/** A directive is assigned somewhere, or its name says conf and something is assigned. */
export function looksLikeConf(text: string, name: string): boolean {
  if (text.includes('\0')) return false
  const sites = findAssignments(text)
  return sites.some((site) => findDirective(site.name) !== undefined) || (name.endsWith('.conf') && sites.length > 0)
}
