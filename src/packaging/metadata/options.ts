/** The options of a command line that speak for packaging.yaml. They win over the file, for every family. */
import { dependencyForm, parseDependency } from './dependency.ts'
import { type FieldName, fields } from './fields.ts'
import type { Dependency, StatedMetadata } from './model.ts'
import { invalidMetadata, type MetadataProblem } from './problems.ts'
import { allRelationKeys, type RelationKey, statedFrom } from './stated.ts'

/** Texts as given, by the names of the keys, which are those of the options: `--license`, `--requires`, ... */
export type MetadataOptions = Readonly<
  Partial<Record<FieldName, string | undefined>> & Partial<Record<RelationKey, readonly string[] | undefined>>
>

/**
 * @param rich whether the command makes packages for RPM, which alone knows rich dependencies
 * @throws {FactoryError} METADATA_INVALID with every problem, each as `--option: what is wrong`
 */
export function readMetadataOptions(options: MetadataOptions, rich: boolean): StatedMetadata {
  const problems: MetadataProblem[] = []
  const values: Record<string, unknown> = {}
  for (const name of Object.keys(fields) as readonly FieldName[]) {
    const text = options[name]
    const parsed = text === undefined ? undefined : fields[name](text)
    if (parsed === undefined) continue
    if ('fault' in parsed) problems.push({ where: `--${name}`, message: parsed.fault })
    else values[name] = parsed.value
  }
  for (const key of allRelationKeys) {
    const list = options[key]?.map((text) => readRelation(key, text, rich, problems))
    if (list !== undefined) values[key] = list.filter((one) => one !== undefined)
  }
  if (problems.length > 0) throw invalidMetadata('the command line', problems)
  return statedFrom(values)
}

function readRelation(
  key: RelationKey,
  text: string,
  rich: boolean,
  problems: MetadataProblem[],
): Dependency | undefined {
  const parsed = parseDependency(text, dependencyForm(key, rich))
  if ('value' in parsed) return parsed.value
  problems.push({ where: `--${key}`, message: parsed.fault })
  return undefined
}
