/**
 * The scripts rpm runs. On installation, upgrade, downgrade and reinstallation it runs %post of the incoming package,
 * then %preun of the outgoing one, then %posttrans; on erasure only %preun.
 */
import type { StockTemplates } from '../../templates/stock.ts'
import type { RpmScriptlet } from './format/description.ts'
import { placesOf, type RpmSubject } from './subject.ts'

export function dkmsPackageScriptlets(templates: StockTemplates, subject: RpmSubject): readonly RpmScriptlet[] {
  const { plan, profile, dkms } = subject
  const { tarball, stamp } = placesOf(subject)
  const setup = {
    name: dkms.name,
    version: dkms.version,
    tarball,
    hasSource: plan.source.kind === 'complete',
    hasBinaries: profile.binaries === 'tarball' && plan.builds.length > 0,
    autoinstall: plan.conf.autoinstall,
  }
  return [
    { phase: 'post', body: bodyOf(templates.render('rpm/setup.sh.hbs', { ...setup, repair: false })) },
    {
      phase: 'preun',
      body: bodyOf(templates.render('rpm/preun.sh.hbs', { name: dkms.name, version: dkms.version, stamp })),
    },
    { phase: 'posttrans', body: bodyOf(templates.render('rpm/setup.sh.hbs', { ...setup, repair: true })) },
  ]
}

/** rpmbuild keeps no line end after the last line, and so do we. */
export function bodyOf(text: string): string {
  return text.trimEnd()
}
