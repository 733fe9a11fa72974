/** The debian/ directory of source packages: a second way to the package that mkdeb writes. */
import type { StockTemplates } from '../../templates/stock.ts'
import { dkmsPackageWords, preambleOf } from './describe.ts'
import { changelogText, copyrightText } from './documents.ts'
import { renderDescription } from './format/long-description.ts'
import { type DebRelationKind, relationFields, renderRelations } from './format/relations.ts'
import type { SourceFormat } from './format/source-description.ts'
import { modaliasFields } from './modaliases.ts'
import { dkmsPackageRelations } from './relations.ts'
import { debhelperToken, dkmsPackageScripts } from './scripts.ts'
import { type DebSubject, placesOf, sourceName, tarballName } from './subject.ts'

export interface DebianFile {
  /** Below debian/. */
  readonly name: string
  readonly text: string
  readonly executable?: true
}

/**
 * It builds with debhelper alone. dh_dkms would have to be installed, reads dkms.conf as text and so fails where a name or
 * version is not written out, and its scripts leave packages half configured when a build fails.
 */
export function debianFiles(
  templates: StockTemplates,
  subject: DebSubject,
  format: SourceFormat,
): readonly DebianFile[] {
  const { name } = subject
  const { postinst, prerm } = dkmsPackageScripts(templates, subject, debhelperToken)
  return [
    { name: 'changelog', text: changelogText(subject) },
    { name: 'control', text: controlText(templates, subject) },
    { name: 'copyright', text: copyrightText(templates, subject) },
    { name: `${name}.install`, text: templates.render('deb/install.hbs', { lines: installLines(subject) }) },
    { name: `${name}.postinst`, text: postinst },
    { name: `${name}.prerm`, text: prerm },
    { name: 'rules', text: templates.render('deb/rules.hbs', {}), executable: true },
    { name: 'source/format', text: `${format}\n` },
  ]
}

function controlText(templates: StockTemplates, subject: DebSubject): string {
  const { maintainer, section, priority, homepage } = preambleOf(subject)
  return templates.render('deb/control.hbs', {
    package: subject.name,
    maintainer,
    section,
    priority,
    homepage,
    relations: relationValues(subject),
    description: renderDescription(dkmsPackageWords(subject)),
    fields: modaliasFields(subject.plan.builds).map(({ name, value }) => ({ name, value })),
  })
}

type FieldValue = Readonly<Record<'field' | 'value', string>>

function relationValues(subject: DebSubject): readonly FieldValue[] {
  const relations = dkmsPackageRelations(subject)
  return (Object.keys(relationFields) as DebRelationKind[]).flatMap((kind): FieldValue[] => {
    const value = renderRelations(relations[kind] ?? [])
    if (kind === 'depends') return [{ field: relationFields[kind], value: [value, '${misc:Depends}'].join(', ') }]
    return value === '' ? [] : [{ field: relationFields[kind], value }]
  })
}

function installLines({ dkms, plan, ...subject }: DebSubject): readonly { from: string; to: string }[] {
  const { share } = placesOf({ ...subject, dkms })
  return [
    { from: sourceName(dkms), to: 'usr/src' },
    ...(plan.builds.length === 0 ? [] : [{ from: `debian/${tarballName(dkms)}`, to: share.slice(1) }]),
  ]
}
