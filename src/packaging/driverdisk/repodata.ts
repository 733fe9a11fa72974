/**
 * Package repository metadata ("repodata") as createrepo_c writes it, for RPMs on a disk. Anaconda of RHEL 6 takes no
 * disk without it. The forms are those of createrepo_c's --simple-md-filenames --no-database, compared with it in tests.
 */
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { parseEvr } from '../../version/rpm.ts'
import type { Operator } from '../package-model.ts'
import type { DiskFile, DiskPackage } from './model.ts'
import type { RpmFactFile, RpmFactRelation, RpmFacts } from './package-facts.ts'

export type RpmOnDisk = Extract<DiskPackage, { kind: 'rpm' }>

type Node = { readonly [key: string]: NodeValue }
type NodeValue = string | number | undefined | Node | readonly Node[] | readonly string[]

/**
 * The files of `<directory>/repodata/` for packages in `<directory>`.
 *
 * @param time seconds since the epoch: the time of packages and metadata, and the revision
 */
export async function repodataFiles(
  directory: string,
  packages: readonly RpmOnDisk[],
  time: number,
): Promise<DiskFile[]> {
  const sorted = [...packages].sort((a, b) => (a.fileName < b.fileName ? -1 : 1))
  const render = await xmlRenderer()
  const parts = [
    { type: 'primary', text: render({ metadata: primary(sorted, time) }) },
    { type: 'filelists', text: render({ filelists: fileLists(sorted) }) },
    { type: 'other', text: render({ otherdata: otherData(sorted) }) },
  ]
  const repomd = render({ repomd: repositoryIndex(parts, time) })
  return [
    ...parts.map(
      ({ type, text }): DiskFile => ({
        kind: 'file',
        path: `${directory}/repodata/${type}.xml.gz`,
        content: { gzip: text },
      }),
    ),
    { kind: 'file', path: `${directory}/repodata/repomd.xml`, content: { text: repomd } },
  ]
}

async function xmlRenderer(): Promise<(document: Node) => string> {
  const { XMLBuilder } = await import('fast-xml-parser')
  const builder = new XMLBuilder({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    textNodeName: '#text',
    format: true,
    suppressEmptyNode: true,
    suppressBooleanAttributes: false,
  })
  return (document) => `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build(clean(document))}`
}

/** XML 1.0 has no form for most control characters; changelogs have been seen with them. */
function clean(value: NodeValue): unknown {
  // oxlint-disable-next-line no-control-regex -- these are the characters to drop
  if (typeof value === 'string') return value.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
  if (typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map((one: NodeValue) => clean(one))
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, child]: [string, NodeValue]) =>
      child === undefined ? [] : [[key, clean(child)]],
    ),
  )
}

function primary(packages: readonly RpmOnDisk[], time: number): Node {
  return {
    '@xmlns': 'http://linux.duke.edu/metadata/common',
    '@xmlns:rpm': 'http://linux.duke.edu/metadata/rpm',
    '@packages': packages.length,
    package: packages.map((one) => primaryPackage(one, time)),
  }
}

function primaryPackage({ fileName, content, facts }: RpmOnDisk, time: number): Node {
  return {
    '@type': 'rpm',
    name: facts.name,
    arch: archOf(facts),
    version: versionOf(facts),
    checksum: { '@type': 'sha256', '@pkgid': 'YES', '#text': content.sha256 },
    summary: facts.summary ?? '',
    description: facts.description ?? '',
    packager: facts.packager ?? '',
    url: facts.url ?? '',
    time: { '@file': time, '@build': facts.buildTime ?? 0 },
    size: { '@package': content.bytes, '@installed': facts.installedSize ?? 0, '@archive': facts.archiveSize ?? 0 },
    location: { '@href': fileName },
    format: formatOf(facts),
  }
}

function formatOf(facts: RpmFacts): Node {
  return {
    'rpm:license': facts.license ?? '',
    'rpm:vendor': facts.vendor ?? '',
    'rpm:group': facts.group ?? '',
    'rpm:buildhost': facts.buildHost ?? '',
    'rpm:sourcerpm': facts.sourceRpm ?? '',
    'rpm:header-range': { '@start': facts.headerRange.start, '@end': facts.headerRange.end },
    ...relationsOf(facts),
    file: fileNodes(facts.files.filter(({ path }) => isPrimaryPath(path))),
  }
}

const relationKinds = [
  'provides',
  'requires',
  'conflicts',
  'obsoletes',
  'suggests',
  'enhances',
  'recommends',
  'supplements',
] as const

function relationsOf(facts: RpmFacts): Node {
  const provided = new Set((facts.relations.provides ?? []).map(relationKey))
  const found = relationKinds.flatMap((kind) => {
    const all = facts.relations[kind] ?? []
    const kept = kind === 'requires' ? all.filter((one) => isNeeded(one, facts, provided)) : all
    const entries = uniqueEntries(kept.map((one) => entryOf(one, kind === 'requires')))
    return entries.length === 0 ? [] : [[`rpm:${kind}`, { 'rpm:entry': entries }] as const]
  })
  return Object.fromEntries(found)
}

/** What rpm itself provides, what the package itself does, and its own files, are nobody else's to bring. */
function isNeeded(relation: RpmFactRelation, facts: RpmFacts, provided: ReadonlySet<string>): boolean {
  if (relation.name.startsWith('rpmlib(') || provided.has(relationKey(relation))) return false
  return !(isPrimaryPath(relation.name) && facts.files.some(({ path }) => path === relation.name))
}

function relationKey({ name, constraint }: RpmFactRelation): string {
  return `${name} ${constraint?.operator ?? ''} ${constraint?.version ?? ''}`
}

function uniqueEntries(entries: readonly Node[]): Node[] {
  return [...new Map(entries.map((entry) => [JSON.stringify(entry), entry])).values()]
}

const operatorFlags: Readonly<Record<Operator, string>> = { '<': 'LT', '<=': 'LE', '=': 'EQ', '>=': 'GE', '>': 'GT' }

/** Uses that count as `pre`: the other package must be there before this one's scripts run. */
const preUses: ReadonlySet<string> = new Set(['pre', 'post', 'prereq'])

function entryOf({ name, constraint, uses = [] }: RpmFactRelation, mayBePre: boolean): Node {
  const pre = mayBePre && uses.some((use) => preUses.has(use)) ? { '@pre': '1' } : {}
  if (constraint === undefined) return { '@name': name, ...pre }
  const { epoch, version, release } = parseEvr(constraint.version)
  const rel = release === undefined ? {} : { '@rel': release }
  return {
    '@name': name,
    '@flags': operatorFlags[constraint.operator],
    '@epoch': epoch,
    '@ver': version,
    ...rel,
    ...pre,
  }
}

function fileNodes(files: readonly RpmFactFile[]): Node[] {
  return files.map(({ path, kind, isGhost }) => ({
    ...(isGhost ? { '@type': 'ghost' } : kind === 'directory' ? { '@type': 'dir' } : {}),
    '#text': path,
  }))
}

/** The paths that a repository must be able to answer for without its file lists. */
function isPrimaryPath(path: string): boolean {
  return path.startsWith('/etc/') || path.includes('bin/') || path === '/usr/lib/sendmail'
}

function fileLists(packages: readonly RpmOnDisk[]): Node {
  return {
    '@xmlns': 'http://linux.duke.edu/metadata/filelists',
    '@packages': packages.length,
    package: packages.map(({ content, facts }) => ({
      ...identityOf(content.sha256, facts),
      file: fileNodes(facts.files),
    })),
  }
}

/** createrepo_c keeps the ten latest changes, the oldest of them first. */
const changesKept = 10

function otherData(packages: readonly RpmOnDisk[]): Node {
  return {
    '@xmlns': 'http://linux.duke.edu/metadata/other',
    '@packages': packages.length,
    package: packages.map(({ content, facts }) => ({
      ...identityOf(content.sha256, facts),
      changelog: facts.changelog
        .slice(0, changesKept)
        .toReversed()
        .map(({ author, time, text }) => ({ '@author': author, '@date': time, '#text': text })),
    })),
  }
}

function identityOf(sha256: string, facts: RpmFacts): Node {
  return { '@pkgid': sha256, '@name': facts.name, '@arch': archOf(facts), version: versionOf(facts) }
}

function archOf({ kind, arch }: RpmFacts): string {
  return kind === 'source' ? 'src' : arch
}

function versionOf({ epoch = 0, version, release }: RpmFacts): Node {
  return { '@epoch': epoch, '@ver': version, '@rel': release }
}

interface MetadataPart {
  readonly type: string
  readonly text: string
}

function repositoryIndex(parts: readonly MetadataPart[], time: number): Node {
  return {
    '@xmlns': 'http://linux.duke.edu/metadata/repo',
    '@xmlns:rpm': 'http://linux.duke.edu/metadata/rpm',
    revision: time,
    data: parts.map(({ type, text }) => {
      const packed = gzipText(text)
      return {
        '@type': type,
        checksum: { '@type': 'sha256', '#text': sha256(packed) },
        'open-checksum': { '@type': 'sha256', '#text': sha256(Buffer.from(text)) },
        location: { '@href': `repodata/${type}.xml.gz` },
        timestamp: time,
        size: packed.length,
        'open-size': Buffer.byteLength(text),
      }
    }),
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** zlib writes neither a name nor a time. */
export function gzipText(text: string): Buffer {
  return gzipSync(text, { level: 9 })
}
