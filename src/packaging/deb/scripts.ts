/**
 * The scripts dpkg runs. On an upgrade it runs `prerm upgrade` of the outgoing package, unpacks, and runs `postinst
 * configure` of the incoming one: taking the modules away and setting them up again is naturally in order.
 */
import type { StockTemplates } from '../../templates/stock.ts'
import type { PlannedBuild } from '../plan/model.ts'
import type { DebDescription } from './format/description.ts'
import { type DebSubject, placesOf } from './subject.ts'

/** Where debhelper puts its own lines in scripts of source packages. It has none here, and leaves an empty line. */
export const debhelperToken = '#DEBHELPER#'

export interface ScriptTexts {
  readonly postinst: string
  readonly prerm: string
}

/** @param token what stands where debhelper's lines would be */
export function dkmsPackageScripts(templates: StockTemplates, subject: DebSubject, token: string): ScriptTexts {
  const { name, dkms, plan } = subject
  const common = { package: name, name: dkms.name, version: dkms.version, prefix: `${name}: `, token }
  return {
    postinst: templates.render('deb/postinst.hbs', {
      ...common,
      share: placesOf(subject).share,
      hasSource: plan.source.kind === 'complete',
      hasBinaries: plan.builds.length > 0,
      autoinstall: plan.conf.autoinstall,
    }),
    prerm: templates.render('deb/prerm.hbs', common),
  }
}

export function modulesPackageScripts(
  templates: StockTemplates,
  { plan, dkms }: DebSubject,
  { kernel }: PlannedBuild,
  packageName: string,
): NonNullable<DebDescription['scripts']> {
  const values = {
    name: dkms.name,
    kernel: kernel.release,
    prefix: `${packageName}: `,
    remakeInitrd: plan.conf.legacy.remakeInitrd,
  }
  return {
    postinst: { body: templates.render('deb/modules-postinst.hbs', values) },
    postrm: { body: templates.render('deb/modules-postrm.hbs', values) },
  }
}
