/** Relations as header arrays: name, flags and version side by side, sorted, none twice. */
import type { Compression } from '../../../archive/compression.ts'
import type { Operator, Relation } from '../../package-model.ts'
import { compareBytes } from './byte-order.ts'
import {
  formatEvr,
  type RelationKind,
  type RelationUse,
  type RpmDescription,
  type RpmRelation,
  type RpmScript,
} from './description.ts'
import { sense } from './flags.ts'
import type { TagName } from './tags.ts'

/** The three arrays of each kind. */
export const relationTags = {
  provides: { name: 'PROVIDENAME', flags: 'PROVIDEFLAGS', version: 'PROVIDEVERSION' },
  requires: { name: 'REQUIRENAME', flags: 'REQUIREFLAGS', version: 'REQUIREVERSION' },
  conflicts: { name: 'CONFLICTNAME', flags: 'CONFLICTFLAGS', version: 'CONFLICTVERSION' },
  obsoletes: { name: 'OBSOLETENAME', flags: 'OBSOLETEFLAGS', version: 'OBSOLETEVERSION' },
  recommends: { name: 'RECOMMENDNAME', flags: 'RECOMMENDFLAGS', version: 'RECOMMENDVERSION' },
  suggests: { name: 'SUGGESTNAME', flags: 'SUGGESTFLAGS', version: 'SUGGESTVERSION' },
  supplements: { name: 'SUPPLEMENTNAME', flags: 'SUPPLEMENTFLAGS', version: 'SUPPLEMENTVERSION' },
  enhances: { name: 'ENHANCENAME', flags: 'ENHANCEFLAGS', version: 'ENHANCEVERSION' },
  orders: { name: 'ORDERNAME', flags: 'ORDERFLAGS', version: 'ORDERVERSION' },
} as const satisfies Record<RelationKind, Record<'name' | 'flags' | 'version', TagName>>

/** In the order of their numbers. */
export const relationKinds: readonly RelationKind[] = [
  'provides',
  'requires',
  'conflicts',
  'obsoletes',
  'recommends',
  'suggests',
  'supplements',
  'enhances',
  'orders',
]

/** One relation as stored. */
export interface StoredRelation {
  readonly name: string
  readonly flags: number
  readonly version: string
}

const operatorBits = {
  '<': sense.less,
  '<=': sense.less | sense.equal,
  '=': sense.equal,
  '>=': sense.greater | sense.equal,
  '>': sense.greater,
} as const satisfies Record<Operator, number>

const comparisonMask = sense.less | sense.greater | sense.equal

/** In the order the reader lists them. */
const uses = [
  'pretrans',
  'pre',
  'post',
  'preun',
  'postun',
  'posttrans',
  'verify',
  'prereq',
  'interp',
  'findRequires',
  'findProvides',
  'missingok',
  'rpmlib',
  'config',
  'meta',
] as const satisfies readonly RelationUse[]

export function storeRelation(relation: RpmRelation): StoredRelation {
  const bits = (relation.uses ?? []).reduce((sum, use) => sum | sense[use], 0)
  const { constraint } = relation
  return {
    name: relation.name,
    flags: bits | (constraint === undefined ? 0 : operatorBits[constraint.operator]),
    version: constraint?.version ?? '',
  }
}

/** What {@link storeRelation} stored. A comparison without a version, or the other way round, counts as none. */
export function recallRelation({ name, flags, version }: StoredRelation): RpmRelation {
  const found = uses.filter((use) => (flags & sense[use]) !== 0)
  const operator = operators.find((one) => operatorBits[one] === (flags & comparisonMask))
  return {
    name,
    ...(operator === undefined || version === '' ? {} : { constraint: { operator, version } }),
    ...(found.length === 0 ? {} : { uses: found }),
  }
}

const operators: readonly Operator[] = ['<', '<=', '=', '>=', '>']

/** In the order of {@link compareStored}, each once. */
export function sortRelations(relations: readonly StoredRelation[]): StoredRelation[] {
  const sorted = [...relations].sort(compareStored)
  return sorted.filter((one, index) => {
    const before = sorted[index - 1]
    return before === undefined || compareStored(before, one) !== 0
  })
}

/** By name, then version, then flags, as rpmbuild merges them. */
export function compareStored(a: StoredRelation, b: StoredRelation): number {
  return compareBytes(a.name, b.name) || compareBytes(a.version, b.version) || a.flags - b.flags
}

export interface PayloadFacts {
  readonly compression: Compression
  /** A file of 4 GiB or more is in it. */
  readonly large: boolean
}

/** The relations of a kind as the package has them in the end: those described and those that follow from its content. */
export function completeRelations(
  description: RpmDescription,
  kind: RelationKind,
  payload: PayloadFacts,
): StoredRelation[] {
  const own = (description.relations?.[kind] ?? []).map(storeRelation)
  if (kind === 'provides') return sortRelations([...own, selfProvide(description)])
  if (kind !== 'requires') return sortRelations(own)
  return sortRelations([...own, ...interpreterRequires(description), ...featureRequires(description, payload)])
}

function selfProvide(description: RpmDescription): StoredRelation {
  return { name: description.name, flags: sense.equal, version: formatEvr(description) }
}

export const luaInterpreter = '<lua>'
export const shellInterpreter = '/bin/sh'

interface Scripts {
  readonly flags: number
  readonly script: RpmScript
}

function scriptsOf(description: RpmDescription): Scripts[] {
  if (description.kind === 'source') return []
  const triggers = [...(description.triggers ?? []), ...(description.fileTriggers ?? [])]
  return [
    ...(description.scriptlets ?? []).map((script) => ({ flags: sense.interp | sense[script.phase], script })),
    ...triggers.map((script) => ({ flags: sense.interp, script })),
  ]
}

function interpreterRequires(description: RpmDescription): StoredRelation[] {
  return scriptsOf(description)
    .map(({ flags, script }) => ({ name: script.interpreter?.[0] ?? shellInterpreter, flags, version: '' }))
    .filter(({ name }) => name !== luaInterpreter)
}

/** Features of the installing rpm that the package relies on, and the version that brought each (`rpm --showrc`). */
const features = {
  BuiltinLuaScripts: '4.2.2-1',
  CaretInVersions: '4.15.0-1',
  CompressedFileNames: '3.0.4-1',
  FileDigests: '4.6.0-1',
  LargeFiles: '4.12.0-1',
  PayloadFilesHavePrefix: '4.0-1',
  PayloadIsBzip2: '3.0.5-1',
  PayloadIsXz: '5.2-1',
  PayloadIsZstd: '5.4.18-1',
  RichDependencies: '4.12.0-1',
  ScriptletExpansion: '4.9.0-1',
  ScriptletInterpreterArgs: '4.0.3-1',
  TildeInVersions: '4.10.0-1',
} as const

type Feature = keyof typeof features

const compressionFeatures: Readonly<Partial<Record<Compression, Feature>>> = {
  bzip2: 'PayloadIsBzip2',
  xz: 'PayloadIsXz',
  zstd: 'PayloadIsZstd',
}

function featureRequires(description: RpmDescription, payload: PayloadFacts): StoredRelation[] {
  const compressed = compressionFeatures[payload.compression]
  const needed: Feature[] = [
    'CompressedFileNames',
    'FileDigests',
    ...(description.kind === 'binary' ? (['PayloadFilesHavePrefix'] as const) : []),
    ...(compressed === undefined ? [] : [compressed]),
    ...(payload.large ? (['LargeFiles'] as const) : []),
    ...relationFeatures(description),
    ...scriptFeatures(scriptsOf(description).map(({ script }) => script)),
  ]
  const flags = sense.rpmlib | sense.less | sense.equal
  return needed.map((feature) => ({ name: `rpmlib(${feature})`, flags, version: features[feature] }))
}

function relationFeatures(description: RpmDescription): Feature[] {
  const triggers: readonly { readonly targets: readonly Relation[] }[] =
    description.kind === 'binary' ? (description.triggers ?? []) : []
  const all: Relation[] = [
    ...relationKinds.flatMap((kind) => description.relations?.[kind] ?? []),
    ...triggers.flatMap(({ targets }) => targets),
  ]
  const versions = all.map(({ constraint }) => constraint?.version ?? '')
  // rpmbuild counts what a binary package provides itself as, and not what a source package does.
  if (description.kind === 'binary') versions.push(formatEvr(description))
  return [
    ...(all.some(({ name }) => name.startsWith('(')) ? (['RichDependencies'] as const) : []),
    ...(versions.some((version) => version.includes('~')) ? (['TildeInVersions'] as const) : []),
    ...(versions.some((version) => version.includes('^')) ? (['CaretInVersions'] as const) : []),
  ]
}

function scriptFeatures(scripts: readonly RpmScript[]): Feature[] {
  return [
    ...(scripts.some(({ expand, queryFormat }) => expand || queryFormat) ? (['ScriptletExpansion'] as const) : []),
    ...(scripts.some(({ interpreter }) => interpreter?.[0] === luaInterpreter) ? (['BuiltinLuaScripts'] as const) : []),
    ...(scripts.some(({ interpreter }) => (interpreter?.length ?? 1) > 1)
      ? (['ScriptletInterpreterArgs'] as const)
      : []),
  ]
}
