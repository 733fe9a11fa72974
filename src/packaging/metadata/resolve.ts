/**
 * One answer to every question from several layers: options of the command line win over the family's block of
 * packaging.yaml, that over the file's common part, that over what the modules say, and that over defaults. A layer
 * that states a key states all of it: lists are not joined.
 */
import type { PackageId } from '../../domain.ts'
import { defaultGroup, defaultPriority, defaultSection, unknownLicense } from './defaults.ts'
import { type DerivedMetadata, introduction } from './derive.ts'
import type {
  Change,
  Dependency,
  MetadataKey,
  Origin,
  PackageFamily,
  PackageMetadata,
  PackagingFile,
  Person,
  RelationName,
  StatedChange,
  StatedMetadata,
} from './model.ts'

export interface MetadataLayers {
  readonly options: StatedMetadata
  readonly file: PackagingFile | undefined
  readonly derived: DerivedMetadata
}

export interface MetadataSubject {
  readonly package: PackageId
  /** Seconds since the epoch: when changes happened that are not dated. */
  readonly time: number
}

interface Answer<Value> {
  readonly value: Value
  readonly origin: Origin
}

export function resolveMetadata(
  family: PackageFamily,
  subject: MetadataSubject,
  layers: MetadataLayers,
): PackageMetadata {
  const { package: id } = subject
  const stated = statedLayers(family, layers)
  const { derived } = layers
  const license = pick(stated, 'license', derived.license) ?? byDefault(unknownLicense)
  const summary = pick(stated, 'summary', derived.summary) ?? byDefault(`Kernel modules of ${id.name}`)
  const description = pick(stated, 'description', derived.description) ?? byDefault(introduction(id))
  const maintainer = pick(stated, 'maintainer', derived.maintainer) ?? byDefault(undefined)
  const packager = pick(stated, 'packager', undefined) ?? maintainer
  const plain = {
    license,
    summary,
    description,
    maintainer,
    packager,
    url: pick(stated, 'url', undefined) ?? byDefault(undefined),
    vendor: pick(stated, 'vendor', undefined) ?? byDefault(undefined),
    group: pick(stated, 'group', undefined) ?? byDefault(defaultGroup),
    section: pick(stated, 'section', undefined) ?? byDefault(defaultSection),
    priority: pick(stated, 'priority', undefined) ?? byDefault(defaultPriority),
    release: pick(stated, 'release', undefined) ?? byDefault(undefined),
    epoch: pick(stated, 'epoch', undefined) ?? byDefault(undefined),
  }
  const changes = pick(stated, 'changelog', undefined) ?? byDefault(firstChange(id))
  const relations = pickRelations(stated)
  return {
    ...valuesOf(plain),
    relations: valuesOf(relations),
    changelog: changes.value.map(completeChange(subject, maintainer.value)),
    origins: { ...originsOf(plain), ...originsOf(relations), changelog: changes.origin } satisfies Record<
      MetadataKey,
      Origin
    >,
  }
}

/** Whether anything is left that only the modules can tell. */
export function needsModuleFacts({ options, file }: Omit<MetadataLayers, 'derived'>): boolean {
  const wanted = ['license', 'summary', 'description', 'maintainer'] as const
  return !wanted.every((key) => options[key] !== undefined || file?.common[key] !== undefined)
}

type StatedLayer = readonly [Origin, StatedMetadata]

function statedLayers(family: PackageFamily, { options, file }: MetadataLayers): readonly StatedLayer[] {
  return [
    ['option', options],
    ['file', file?.overrides[family] ?? {}],
    ['file', file?.common ?? {}],
  ]
}

function pick<Key extends keyof StatedMetadata>(
  layers: readonly StatedLayer[],
  key: Key,
  fromModule: StatedMetadata[Key],
): Answer<Exclude<StatedMetadata[Key], undefined>> | undefined {
  const all: readonly StatedLayer[] = [...layers, ['module', fromModule === undefined ? {} : { [key]: fromModule }]]
  for (const [origin, layer] of all) {
    const value = layer[key]
    // Indexing by a type parameter hides from the compiler that undefined is excluded.
    if (value !== undefined) return { value: value as Exclude<StatedMetadata[Key], undefined>, origin }
  }
  return undefined
}

function byDefault<Value>(value: Value): Answer<Value> {
  return { value, origin: 'default' }
}

function pickRelations(layers: readonly StatedLayer[]): Record<RelationName, Answer<readonly Dependency[]>> {
  return {
    requires: pickRelation(layers, 'requires'),
    preDepends: pickRelation(layers, 'preDepends'),
    recommends: pickRelation(layers, 'recommends'),
    suggests: pickRelation(layers, 'suggests'),
    enhances: pickRelation(layers, 'enhances'),
    supplements: pickRelation(layers, 'supplements'),
    conflicts: pickRelation(layers, 'conflicts'),
    breaks: pickRelation(layers, 'breaks'),
    provides: pickRelation(layers, 'provides'),
    replaces: pickRelation(layers, 'replaces'),
  }
}

function pickRelation(layers: readonly StatedLayer[], name: RelationName): Answer<readonly Dependency[]> {
  for (const [origin, { relations }] of layers) {
    const value = relations?.[name]
    if (value !== undefined) return { value, origin }
  }
  return byDefault([])
}

type Answers = Readonly<Record<string, Answer<unknown>>>
type Values<From extends Answers> = { readonly [Key in keyof From]: From[Key]['value'] }

function valuesOf<From extends Answers>(answers: From): Values<From> {
  // Object.fromEntries forgets which value belongs to which key.
  return Object.fromEntries(Object.entries(answers).map(([key, { value }]) => [key, value])) as Values<From>
}

function originsOf<From extends Answers>(answers: From): Readonly<Record<keyof From, Origin>> {
  return Object.fromEntries(Object.entries(answers).map(([key, { origin }]) => [key, origin])) as Record<
    keyof From,
    Origin
  >
}

function firstChange({ name, version }: PackageId): readonly StatedChange[] {
  return [{ changes: [`${name} ${version}.`] }]
}

function completeChange(
  { package: id, time }: MetadataSubject,
  maintainer: Person | undefined,
): (change: StatedChange) => Change {
  return (change) => ({
    time: change.time ?? time,
    author: change.author ?? maintainer,
    version: change.version ?? id.version,
    changes: change.changes,
  })
}
