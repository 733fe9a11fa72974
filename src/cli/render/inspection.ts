/** What `inspect` prints for people. Everything that comes out of a file is made harmless for terminals. */
import type {
  ArchiveInspection,
  ChangesInspection,
  DebInspection,
  DscInspection,
  InspectedDkmsPackage,
  InspectedFields,
  InspectedFile,
  InspectedModule,
  InspectedRelations,
  InspectedScript,
  Inspection,
  RpmInspection,
} from '../../packaging/inspect/model.ts'
import { plural } from './plural.ts'
import { alignColumns } from './table.ts'

type Row = readonly [label: string, value: string]

/** More files than this are only counted. */
const mostFiles = 60
/** Changelogs go back to the beginning of a package. */
const mostChanges = 10

export function renderInspection(inspection: Inspection): string {
  const sections = [alignRows(identityRows(inspection)), ...bodyOf(inspection)]
  return sections.filter((section) => section !== '').join('\n')
}

/** Text with its control and formatting characters shown as escapes, so that it cannot drive a terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) => {
    const code = char.codePointAt(0) ?? 0
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
  })
}

function lines(text: string): string[] {
  return text
    .replace(/\n+$/, '')
    .split('\n')
    .map((line) => printable(line.replaceAll('\t', '    ')))
}

function alignRows(rows: readonly Row[]): string {
  return alignColumns(rows.map(([label, value]) => [label === '' ? '' : `${label}:`, printable(value)]))
}

function identityRows(inspection: Inspection): Row[] {
  const { file, bytes, integrity, signatures } = inspection
  const signed = signatures.map(
    ({ where, state, keyId }) =>
      ['Signature', `${where}: ${state}${keyId === undefined ? '' : `, key ${keyId}`}`] as const,
  )
  return [
    ['File', file],
    ['Kind', kindNames[inspection.kind]],
    ['Bytes', String(bytes)],
    ...namesOf(inspection),
    ['Integrity', integrity.state],
    ...integrity.checks.map(({ name, state }) => ['', `${name}: ${state}`] as const),
    ...(signed.length === 0 ? ([['Signature', 'none']] as const) : signed),
  ]
}

const kindNames = {
  rpm: 'RPM package',
  srpm: 'RPM source package',
  deb: 'Debian package',
  dsc: 'Debian source package',
  changes: 'Debian upload',
  'dkms-tarball': 'DKMS tarball',
  'source-archive': 'source archive',
} as const satisfies Record<Inspection['kind'], string>

function namesOf(inspection: Inspection): Row[] {
  switch (inspection.kind) {
    case 'rpm':
    case 'srpm':
      return [
        ['Name', inspection.name],
        ['Version', rpmVersion(inspection)],
        ['Architecture', inspection.arch],
      ]
    case 'deb':
      return [
        ['Name', inspection.name],
        ['Version', inspection.version],
        ['Architecture', inspection.arch],
      ]
    case 'dsc':
    case 'changes':
      return [
        ['Source', inspection.source],
        ['Version', inspection.version],
        ['Architecture', inspection.architectures.join(' ')],
      ]
    case 'dkms-tarball':
    case 'source-archive':
      return archiveRows(inspection)
  }
}

function rpmVersion({ epoch, version, release }: RpmInspection): string {
  return `${epoch === undefined ? '' : `${epoch}:`}${version}-${release}`
}

function archiveRows(inspection: ArchiveInspection): Row[] {
  const { name, version, content, compression, unpackedBytes, kernels, moduleNames } = inspection
  return [
    ['Package', `${name}/${version}`],
    ['Content', content],
    ['Compression', compression],
    ['Unpacked', `${unpackedBytes} bytes`],
    ['Kernels', kernels.map(({ release, arch }) => `${release}/${arch}`).join(' ') || 'none'],
    ['Modules', moduleNames.join(' ')],
  ]
}

function bodyOf(inspection: Inspection): string[] {
  switch (inspection.kind) {
    case 'rpm':
    case 'srpm':
    case 'deb':
      return packageBody(inspection)
    case 'dsc':
    case 'changes':
      return listingBody(inspection)
    case 'dkms-tarball':
    case 'source-archive':
      return archiveBody(inspection)
  }
}

function packageBody(inspection: RpmInspection | DebInspection): string[] {
  const { header, relations, scripts, dkms, modules, files } = inspection
  return [
    section('Header', fieldLines(withoutRelations(header, relations))),
    section('Relations', relationLines(relations)),
    section('DKMS packages inside', dkms.map(dkmsLine)),
    section('Modules inside', modules.flatMap(moduleLines)),
    fileSection(files.map(fileLine)),
    section('Scripts', scripts.flatMap(scriptLines)),
    section('Changelog', 'changelog' in inspection ? changelogLines(inspection.changelog) : []),
  ]
}

function changelogLines(entries: RpmInspection['changelog']): string[] {
  const more = entries.length - mostChanges
  const shown = entries.slice(0, mostChanges).flatMap(changeLines)
  return more > 0 ? [...shown, `and ${more} more; --json lists all`] : shown
}

function changeLines({ time, author, text }: RpmInspection['changelog'][number]): string[] {
  return [printable(`${dateOf(time).slice(0, 10)} ${author}`), ...lines(text).map((line) => `  ${line}`)]
}

/** `2026-05-17T12:00:00Z` */
function dateOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000', '')
}

/** A Debian control file has the relations among its other fields. */
function withoutRelations(fields: InspectedFields, relations: InspectedRelations): InspectedFields {
  const kinds = new Set(Object.keys(relations).map((kind) => kind.toLowerCase()))
  return Object.fromEntries(
    Object.entries(fields).filter(([name]) => !kinds.has(name.replaceAll('-', '').toLowerCase())),
  )
}

function listingBody({ header, files }: DscInspection | ChangesInspection): string[] {
  const listed = files.map(({ name, bytes, state }) => printable(`${name}  ${bytes} bytes: ${state}`))
  return [section('Header', fieldLines(header)), section('Files', listed)]
}

function archiveBody({ modules, files, warnings }: ArchiveInspection): string[] {
  const paths = files.map(({ path, kind }) => printable(kind === 'directory' ? `${path}/` : path))
  return [
    section('Warnings about dkms.conf', warnings.flatMap(lines)),
    section('Modules inside', modules.flatMap(moduleLines)),
    fileSection(paths),
  ]
}

function section(title: string, body: readonly string[]): string {
  return body.length === 0 ? '' : `${title}\n${body.map((line) => `${`  ${line}`.trimEnd()}\n`).join('')}`
}

function fileSection(files: readonly string[]): string {
  const more = files.length - mostFiles
  const shown = more > 0 ? [...files.slice(0, mostFiles), `and ${more} more; --json lists all`] : files
  return files.length === 0 ? '' : section(`Contents: ${plural(files.length, 'path')}`, shown)
}

function fieldLines(fields: InspectedFields): string[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    const [first = '', ...rest] = lines(fieldText(name, value))
    return [`${printable(name)}: ${first}`.trimEnd(), ...rest.map((line) => `  ${line}`)]
  })
}

function fieldText(name: string, value: InspectedFields[string]): string {
  if (typeof value === 'number') return name === 'buildtime' ? dateOf(value) : String(value)
  return typeof value === 'string' ? value : value.join(', ')
}

function relationLines(relations: InspectedRelations): string[] {
  return Object.entries(relations).flatMap(([kind, all]) => all.map((one) => printable(`${kind} ${one}`)))
}

function scriptLines({ name, interpreter, body }: InspectedScript): string[] {
  const by = interpreter.length === 0 ? '' : ` (${interpreter.join(' ')})`
  return [printable(`${name}${by}`), ...lines(body).map((line) => `  ${line}`)]
}

function dkmsLine({ path, kind, name, version, kernels, moduleNames, problem, unread }: InspectedDkmsPackage): string {
  const id = name === undefined ? '' : ` ${name}/${version ?? ''}`
  const built = kernels.map(({ release, arch }) => `${release}/${arch}`)
  const parts = [`${path}: ${kind}${id}`, `modules ${moduleNames.join(' ') || 'unknown'}`]
  if (built.length > 0) parts.push(`built for ${built.join(' ')}`)
  const trouble = problem ?? unread
  if (trouble !== undefined) parts.push(trouble)
  return printable(parts.join(', '))
}

function moduleLines(module: InspectedModule): string[] {
  const { path, archive, problem, signature } = module
  const title = printable(archive === undefined ? path : `${archive}: ${path}`)
  if (problem !== undefined) return [title, `  ${printable(problem)}`]
  const facts = [
    ['version', module.version],
    ['kernel', module.kernel],
    ['vermagic', module.vermagic],
    ['license', module.license?.join(', ')],
    ['signer', signature === undefined ? 'not signed' : (signature.signer ?? signature.key ?? 'unknown')],
  ] as const
  const known = facts.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name}: ${printable(value)}`]))
  return [title, ...known]
}

function fileLine({ mode, user, group, bytes, path, kind, target, marks = [] }: InspectedFile): string {
  const arrow = target === undefined ? '' : ` -> ${target}`
  const slash = kind === 'directory' && !path.endsWith('/') ? '/' : ''
  const marked = marks.length === 0 ? '' : ` [${marks.join(', ')}]`
  return printable(`${mode} ${user}:${group} ${bytes} ${path}${slash}${arrow}${marked}`)
}
