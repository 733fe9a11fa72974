/** What a package tells dpkg: the control file and its companions (deb-control(5), deb(5) manual pages). */
import type { GnuTarMember } from '../../../archive/gnu-tar-write.ts'
import type { Script } from '../../package-model.ts'
import { type Field, renderStanzas, type Stanza } from './deb822.ts'
import { type DebDescription, scriptNames } from './description.ts'
import { conffilesText } from './installed-files.ts'
import { renderDescription } from './long-description.ts'
import { type DebRelationKind, relationFields, renderRelations } from './relations.ts'

/** What only the files themselves can tell. */
export interface FileFacts {
  readonly installedKib: number
  /** Text of the md5sums file. */
  readonly md5sums: string
}

/** The members of the control archive, `./` first. */
export function controlMembers(description: DebDescription, facts: FileFacts): GnuTarMember[] {
  const { controlFiles = {}, scripts = {}, time } = description
  const texts = new Map<string, string>([
    ['control', renderStanzas([controlStanza(description, facts.installedKib)])],
    ['md5sums', facts.md5sums],
    ['conffiles', conffilesText(description.entries)],
    ['triggers', (description.triggers ?? []).map(({ directive, name }) => `${directive} ${name}\n`).join('')],
    ...Object.entries(controlFiles),
  ])
  const present = scriptNames.flatMap((name) => (scripts[name] === undefined ? [] : [{ name, script: scripts[name] }]))
  const files = [
    ...[...texts].filter(([, text]) => text !== '').map(([name, text]) => ({ name, text, mode: 0o644 })),
    ...present.map(({ name, script }) => ({ name, text: scriptText(script), mode: 0o755 })),
  ].sort((a, b) => (a.name < b.name ? -1 : 1))
  const common = { mtime: time, owner: { user: 'root', group: 'root' } }
  return [
    { ...common, kind: 'directory', name: './', mode: 0o755 },
    ...files.map(({ name, text, mode }) => ({
      ...common,
      kind: 'file' as const,
      name: `./${name}`,
      mode,
      content: { text },
    })),
  ]
}

function scriptText({ body, interpreter }: Script): string {
  const first =
    interpreter === undefined && body.startsWith('#!') ? '' : `#!${(interpreter ?? ['/bin/sh']).join(' ')}\n`
  return `${first}${body}${body.endsWith('\n') ? '' : '\n'}`
}

/** Fields in the order dpkg-gencontrol writes them. */
export function controlStanza(description: DebDescription, installedKib: number): Stanza {
  const { relations = {}, fields = [] } = description
  const kinds = Object.keys(relationFields) as DebRelationKind[]
  return [
    { name: 'Package', value: description.name },
    ...optional('Source', description.source),
    { name: 'Version', value: description.version },
    { name: 'Architecture', value: description.arch },
    { name: 'Maintainer', value: description.maintainer },
    { name: 'Installed-Size', value: String(installedKib) },
    ...kinds.flatMap((kind) => optional(relationFields[kind], renderRelations(relations[kind] ?? []))),
    ...optional('Section', description.section),
    { name: 'Priority', value: description.priority ?? 'optional' },
    ...optional('Multi-Arch', description.multiArch),
    ...optional('Homepage', description.homepage),
    { name: 'Description', value: renderDescription(description) },
    ...fields,
  ]
}

function optional(name: string, value: string | undefined): Field[] {
  return value === undefined || value === '' ? [] : [{ name, value }]
}

/** Fields that {@link controlStanza} writes. */
export const writtenFields: ReadonlySet<string> = new Set(
  [
    'Package',
    'Source',
    'Version',
    'Architecture',
    'Maintainer',
    'Installed-Size',
    'Section',
    'Priority',
    'Multi-Arch',
    'Homepage',
    'Description',
    ...Object.values(relationFields),
  ].map((name) => name.toLowerCase()),
)

/** Members that are made from other parts of the description. */
export const writtenControlFiles: ReadonlySet<string> = new Set([
  'control',
  'md5sums',
  'conffiles',
  'triggers',
  ...scriptNames,
])
