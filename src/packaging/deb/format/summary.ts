/** What a package says about itself, for people and for programs that decide by it. */
import { FactoryError } from '../../../errors.ts'
import { fieldOf, parseOneStanza, type Stanza } from './deb822.ts'
import {
  type DebScriptName,
  type DebTrigger,
  scriptNames,
  type TriggerDirective,
  triggerDirectives,
} from './description.ts'
import { type Described, parseDescription } from './long-description.ts'
import { type DebFile, notDeb, readControlFiles } from './read.ts'
import { type DebRelationKind, type DebRelations, parseRelations, relationFields } from './relations.ts'

export interface DebSummary extends Described {
  readonly name: string
  readonly version: string
  readonly arch: string
  readonly maintainer?: string
  readonly source?: string
  readonly section?: string
  readonly priority?: string
  readonly homepage?: string
  readonly installedKib?: number
  readonly relations: DebRelations
  /** Every field of the control file, in its order. */
  readonly fields: Stanza
  /** Whole texts, with the line that names the interpreter. */
  readonly scripts: Readonly<Partial<Record<DebScriptName, string>>>
  readonly conffiles: readonly string[]
  readonly triggers: readonly DebTrigger[]
  /** Names of all members of the control archive. */
  readonly controlFiles: readonly string[]
}

/**
 * @throws {FactoryError} PACKAGE_INVALID when there is no control file or it is malformed; as readControlFiles of read.ts
 */
export async function summarizeDeb(deb: DebFile): Promise<DebSummary> {
  return summaryOf(await readControlFiles(deb), deb.path)
}

/** Far above any real one, even one with all the device aliases of a graphics driver. */
const longestControl = 4 * 2 ** 20

/** @param path of the package, for messages */
export function summaryOf(files: ReadonlyMap<string, Buffer>, path: string): DebSummary {
  const control = files.get('control')
  if (control === undefined) throw notDeb(path, 'it has no control file')
  if (control.length > longestControl) throw notDeb(path, `its control file has ${control.length} bytes`)
  const file = `the control file of ${path}`
  const fields = parseOneStanza(control.toString('utf8'), { file })
  const installedKib = Number(fieldOf(fields, 'Installed-Size') ?? 'none')
  return {
    name: required(fields, 'Package', file),
    version: required(fields, 'Version', file),
    arch: required(fields, 'Architecture', file),
    ...parseDescription(fieldOf(fields, 'Description') ?? ''),
    ...optionalFields(fields),
    ...(Number.isSafeInteger(installedKib) && installedKib >= 0 ? { installedKib } : {}),
    relations: relationsOf(fields, file),
    fields,
    scripts: scriptsOf(files),
    conffiles: linesOf(files.get('conffiles')),
    triggers: triggersOf(files.get('triggers')),
    controlFiles: [...files.keys()],
  }
}

const optionalNames = {
  maintainer: 'Maintainer',
  source: 'Source',
  section: 'Section',
  priority: 'Priority',
  homepage: 'Homepage',
} as const

function optionalFields(fields: Stanza): Partial<Record<keyof typeof optionalNames, string>> {
  const names = Object.keys(optionalNames) as (keyof typeof optionalNames)[]
  return Object.fromEntries(
    names.flatMap((key) => {
      const value = fieldOf(fields, optionalNames[key])
      return value === undefined ? [] : [[key, value]]
    }),
  )
}

/** @throws {FactoryError} PACKAGE_INVALID */
export function required(fields: Stanza, name: string, file: string): string {
  const value = fieldOf(fields, name)
  if (value !== undefined && value !== '') return value
  throw new FactoryError('PACKAGE_INVALID', `${file} has no field ${name}`, { hint: 'fetch or make the package again' })
}

function relationsOf(fields: Stanza, file: string): DebRelations {
  const kinds = Object.keys(relationFields) as DebRelationKind[]
  return Object.fromEntries(
    kinds.flatMap((kind) => {
      const value = fieldOf(fields, relationFields[kind])
      return value === undefined ? [] : [[kind, parseRelations(value, `${file}: ${relationFields[kind]}`)]]
    }),
  )
}

function scriptsOf(files: ReadonlyMap<string, Buffer>): DebSummary['scripts'] {
  return Object.fromEntries(
    scriptNames.flatMap((name) => {
      const text = files.get(name)?.toString('utf8')
      return text === undefined ? [] : [[name, text]]
    }),
  )
}

function linesOf(text: Buffer | undefined): string[] {
  const lines: string[] = []
  for (const [line] of (text?.toString('utf8') ?? '').matchAll(/[^\n]+/g)) {
    if (line.trim() !== '' && !line.startsWith('#')) lines.push(line.trim())
  }
  return lines
}

/** Lines of other forms are left out: newer directives say nothing to us. */
function triggersOf(text: Buffer | undefined): DebTrigger[] {
  return linesOf(text).flatMap((line) => {
    const [word = '', name = ''] = line.split(/\s+/)
    const directive = triggerDirectives.find((one: TriggerDirective) => one === word)
    return directive === undefined || name === '' ? [] : [{ directive, name }]
  })
}
