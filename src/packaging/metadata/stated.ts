/** From checked values to the form that layers are resolved in. */
import type { Dependency, Person, RelationName, StatedChange, StatedMetadata } from './model.ts'

/** Values by the keys people write. */
export interface CheckedValues {
  readonly license?: string | undefined
  readonly summary?: string | undefined
  readonly description?: string | undefined
  readonly url?: string | undefined
  readonly vendor?: string | undefined
  readonly maintainer?: Person | undefined
  readonly packager?: Person | undefined
  readonly group?: string | undefined
  readonly section?: string | undefined
  readonly priority?: string | undefined
  readonly release?: string | undefined
  readonly epoch?: number | undefined
  readonly changelog?: readonly CheckedChange[] | undefined
  readonly requires?: readonly Dependency[] | undefined
  readonly 'pre-depends'?: readonly Dependency[] | undefined
  readonly recommends?: readonly Dependency[] | undefined
  readonly suggests?: readonly Dependency[] | undefined
  readonly enhances?: readonly Dependency[] | undefined
  readonly supplements?: readonly Dependency[] | undefined
  readonly conflicts?: readonly Dependency[] | undefined
  readonly breaks?: readonly Dependency[] | undefined
  readonly provides?: readonly Dependency[] | undefined
  readonly replaces?: readonly Dependency[] | undefined
}

interface CheckedChange {
  readonly date?: number | undefined
  readonly author?: Person | undefined
  readonly version?: string | undefined
  readonly changes: readonly string[]
}

/** The keys of relations as people write them. */
export const relationKeys = {
  requires: 'requires',
  'pre-depends': 'preDepends',
  recommends: 'recommends',
  suggests: 'suggests',
  enhances: 'enhances',
  supplements: 'supplements',
  conflicts: 'conflicts',
  breaks: 'breaks',
  provides: 'provides',
  replaces: 'replaces',
} as const satisfies Readonly<Record<string, RelationName>>

export type RelationKey = keyof typeof relationKeys

export const allRelationKeys = Object.keys(relationKeys) as readonly RelationKey[]

export function statedFrom(values: CheckedValues): StatedMetadata {
  const { license, summary, description, url, vendor, maintainer, packager, group } = values
  const { section, priority, release, epoch, changelog } = values
  const relations = allRelationKeys.flatMap((key) => {
    const list = values[key]
    return list === undefined ? [] : [[relationKeys[key], list] as const]
  })
  return withoutAbsent({
    license,
    summary,
    description,
    url,
    vendor,
    maintainer,
    packager,
    group,
    section,
    priority,
    release,
    epoch,
    changelog: changelog?.map(statedChange),
    relations: relations.length === 0 ? undefined : Object.fromEntries(relations),
  })
}

function statedChange({ date, author, version, changes }: CheckedChange): StatedChange {
  return { changes, ...withoutAbsent({ time: date, author, version }) }
}

type Present<Values> = { readonly [Key in keyof Values]?: Exclude<Values[Key], undefined> }

function withoutAbsent<Values extends object>(values: Values): Present<Values> {
  // Object.fromEntries forgets which value belongs to which key.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<Values>
}
