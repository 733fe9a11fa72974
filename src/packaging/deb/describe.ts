/** From the subject to the descriptions of its packages that the format writes. */
import { archNames } from '../../kernel/arch.ts'
import type { StockTemplates } from '../../templates/stock.ts'
import { shorten } from '../metadata/text.ts'
import type { PlannedBuild } from '../plan/model.ts'
import { type Documents, dkmsPackageEntries, modulesPackageEntries, type ReadyFile } from './entries.ts'
import type { DebDescription } from './format/description.ts'
import type { Described } from './format/long-description.ts'
import { modaliasFields } from './modaliases.ts'
import { dkmsPackageRelations, modulesPackageRelations } from './relations.ts'
import { dkmsPackageScripts, modulesPackageScripts } from './scripts.ts'
import type { DebSubject } from './subject.ts'

type Preamble = Pick<DebDescription, 'version' | 'maintainer' | 'section' | 'priority' | 'homepage' | 'time'>

export function preambleOf({ plan, version, maintainer }: DebSubject): Preamble {
  const { section, priority, url } = plan.metadata.deb
  return {
    version,
    maintainer,
    section,
    priority,
    ...(url === undefined ? {} : { homepage: url }),
    time: plan.clampTime,
  }
}

/** The package that brings source, builds or both and registers them with DKMS. */
export function describeDkmsPackage(
  templates: StockTemplates,
  subject: DebSubject,
  documents: Documents,
  tarball: ReadyFile | undefined,
): DebDescription {
  const { postinst, prerm } = dkmsPackageScripts(templates, subject, '')
  return {
    ...preambleOf(subject),
    name: subject.name,
    arch: 'all',
    ...dkmsPackageWords(subject),
    relations: dkmsPackageRelations(subject),
    fields: modaliasFields(subject.plan.builds),
    entries: dkmsPackageEntries(subject, documents, tarball),
    scripts: { postinst: { body: postinst }, prerm: { body: prerm } },
  }
}

export function dkmsPackageWords({ plan }: DebSubject): Described {
  return words(plan.metadata.deb, '(DKMS)', whatItBrings(plan.source.kind === 'complete', plan.builds.length > 0))
}

function whatItBrings(source: boolean, builds: boolean): string {
  const part = source
    ? 'The package brings the source of the modules. DKMS builds them with the headers of each kernel, and again for kernels that come later.'
    : 'The package brings the modules built, for DKMS to install.'
  return source && builds ? `${part} For some kernels it brings them built.` : part
}

export function describeModulesPackage(
  templates: StockTemplates,
  subject: DebSubject,
  build: PlannedBuild,
  documents: Documents,
): DebDescription {
  const { stem, plan } = subject
  const { release, arch } = build.kernel
  const kernelPackage = kernelPackageOf(release)
  const name = `${stem}-modules-${kernelPackage}`
  return {
    ...preambleOf(subject),
    name,
    source: subject.name,
    arch: archNames(arch).deb,
    ...words(plan.metadata.deb, `(for ${release})`, `The package brings the modules built for the kernel ${release}.`),
    relations: modulesPackageRelations(subject, kernelPackage),
    fields: modaliasFields([build]),
    entries: modulesPackageEntries(subject, build, documents, name),
    scripts: modulesPackageScripts(templates, subject, build, name),
  }
}

/** The release as it stands in names of packages; a kernel's own packages are mapped in the same way. */
export function kernelPackageOf(release: string): string {
  return release.toLowerCase().replace(/[^a-z0-9+.-]/g, '-')
}

const longestSummary = 79

function words({ summary, description }: Described, mark: string, paragraph: string): Described {
  return {
    summary: `${shorten(summary, longestSummary - mark.length - 1)} ${mark}`,
    description: `${description}\n\n${paragraph}`,
  }
}
