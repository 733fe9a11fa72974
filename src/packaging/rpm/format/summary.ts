/** What a package says, back from its header into the words of description.ts. */
import type { ChangelogEntry, Relation } from '../../package-model.ts'
import type {
  RelationKind,
  RpmFileTrigger,
  RpmRelation,
  RpmRelations,
  RpmScript,
  RpmScriptlet,
  RpmTrigger,
  ScriptletPhase,
  TriggerEvent,
} from './description.ts'
import { listFiles, type RpmFileInfo } from './file-list.ts'
import { scriptFlag } from './flags.ts'
import { damaged, type RpmFile } from './read.ts'
import { recallRelation, relationKinds, relationTags, type StoredRelation, shellInterpreter } from './relations.ts'
import { scriptletTags, triggerBits, triggerTags } from './scriptlets.ts'
import { type TagName, tags } from './tags.ts'

export interface RpmSummary {
  readonly kind: 'binary' | 'source'
  readonly name: string
  readonly version: string
  readonly release: string
  readonly epoch?: number
  readonly arch: string
  readonly os?: string
  readonly summary?: string
  readonly description?: string
  readonly license?: string
  readonly group?: string
  readonly url?: string
  readonly vendor?: string
  readonly packager?: string
  readonly distribution?: string
  readonly bugUrl?: string
  readonly vcs?: string
  readonly platform?: string
  readonly optflags?: string
  readonly buildHost?: string
  readonly buildTime?: number
  readonly sourceRpm?: string
  readonly sourcePackageId?: string
  readonly buildArchs: readonly string[]
  readonly sources: readonly string[]
  readonly patches: readonly string[]
  /** All of them, with those that the writer added. */
  readonly relations: RpmRelations
  readonly scriptlets: readonly RpmScriptlet[]
  readonly triggers: readonly RpmTrigger[]
  readonly fileTriggers: readonly RpmFileTrigger[]
  readonly changelog: readonly ChangelogEntry[]
  readonly files: readonly RpmFileInfo[]
  /** Bytes of all files. */
  readonly installedSize?: number
}

/** @throws {FactoryError} PACKAGE_INVALID when name, version, release or architecture is missing or lists do not match */
export function summarize(rpm: RpmFile): RpmSummary {
  const text = (name: TagName) => rpm.header.text(tags[name][0])
  const number = (name: TagName) => rpm.header.number(tags[name][0])
  const lines = {
    os: text('OS'),
    summary: text('SUMMARY'),
    description: text('DESCRIPTION'),
    license: text('LICENSE'),
    group: text('GROUP'),
    url: text('URL'),
    vendor: text('VENDOR'),
    packager: text('PACKAGER'),
    distribution: text('DISTRIBUTION'),
    bugUrl: text('BUGURL'),
    vcs: text('VCS'),
    platform: text('PLATFORM'),
    optflags: text('OPTFLAGS'),
    buildHost: text('BUILDHOST'),
    sourceRpm: text('SOURCERPM'),
    sourcePackageId: rpm.header.bytes(tags.SOURCEPKGID[0])?.toString('hex'),
  }
  const numbers = {
    epoch: number('EPOCH'),
    buildTime: number('BUILDTIME'),
    installedSize: number('LONGSIZE') ?? number('SIZE'),
  }
  return {
    kind: rpm.kind,
    ...identity(rpm),
    ...present(lines),
    ...present(numbers),
    buildArchs: rpm.header.texts(tags.BUILDARCHS[0]),
    sources: rpm.header.texts(tags.SOURCE[0]).reverse(),
    patches: rpm.header.texts(tags.PATCH[0]).reverse(),
    relations: relationsOf(rpm),
    ...scriptsOf(rpm),
    changelog: changelogOf(rpm),
    files: listFiles(rpm),
  }
}

/** The object without its undefined values. */
function present<Values extends Record<string, unknown>>(
  values: Values,
): { [Key in keyof Values]?: Exclude<Values[Key], undefined> } {
  const found = Object.entries(values).filter(([, value]) => value !== undefined)
  // Object.fromEntries forgets the keys' names.
  return Object.fromEntries(found) as { [Key in keyof Values]?: Exclude<Values[Key], undefined> }
}

function identity(rpm: RpmFile): Pick<RpmSummary, 'name' | 'version' | 'release' | 'arch'> {
  const required = (name: 'NAME' | 'VERSION' | 'RELEASE' | 'ARCH') => {
    const text = rpm.header.text(tags[name][0])
    if (text === undefined || text === '') throw damaged(rpm.path, `it does not tell its ${name}`)
    return text
  }
  return { name: required('NAME'), version: required('VERSION'), release: required('RELEASE'), arch: required('ARCH') }
}

/** Arrays that belong together, as rows. */
function rows<Names extends Record<string, TagName>>(
  rpm: RpmFile,
  names: Names,
): { readonly [Key in keyof Names]: string | number }[] {
  const columns = Object.entries(names).map(([key, name]) => {
    const tag = tags[name][0]
    const values: readonly (string | number)[] =
      tags[name][1] === 'strings' ? rpm.header.texts(tag) : rpm.header.numbers(tag)
    return { key, name, values }
  })
  const count = columns[0]?.values.length ?? 0
  const odd = columns.find(({ values }) => values.length !== count)
  if (odd !== undefined) throw damaged(rpm.path, `it has ${odd.values.length} values of ${odd.name}, not ${count}`)
  return Array.from({ length: count }, (_, index) => {
    const cells = columns.map(({ key, values }) => [key, values[index] ?? ''])
    // Every key of the names was given a value just now.
    return Object.fromEntries(cells) as { readonly [Key in keyof Names]: string | number }
  })
}

function relationsOf(rpm: RpmFile): RpmRelations {
  const found: Partial<Record<RelationKind, RpmRelation[]>> = {}
  for (const kind of relationKinds) {
    const relations = rows(rpm, relationTags[kind]).map(stored).map(recallRelation)
    if (relations.length > 0) found[kind] = relations
  }
  return found
}

function stored(row: Readonly<Record<'name' | 'flags' | 'version', string | number>>): StoredRelation {
  return { name: String(row.name), flags: Number(row.flags), version: String(row.version) }
}

function changelogOf(rpm: RpmFile): ChangelogEntry[] {
  const names = { time: 'CHANGELOGTIME', author: 'CHANGELOGNAME', text: 'CHANGELOGTEXT' } as const
  return rows(rpm, names).map(({ time, author, text }) => ({
    time: Number(time),
    author: String(author),
    text: String(text),
  }))
}

function scriptsOf(rpm: RpmFile): Pick<RpmSummary, 'scriptlets' | 'triggers' | 'fileTriggers'> {
  return {
    scriptlets: phases.flatMap((phase) => scriptletOf(rpm, phase)),
    triggers: triggersOf(rpm, 'package').map(({ script, event, conditions }) => ({
      ...script,
      event,
      targets: conditions.map(recallTarget),
    })),
    fileTriggers: [...fileTriggersOf(rpm, 'package'), ...fileTriggersOf(rpm, 'transaction')],
  }
}

const phases: readonly ScriptletPhase[] = ['pretrans', 'pre', 'post', 'preun', 'postun', 'posttrans', 'verify']

function scriptletOf(rpm: RpmFile, phase: ScriptletPhase): RpmScriptlet[] {
  const names = scriptletTags[phase]
  const body = rpm.header.text(tags[names.body][0])
  const interpreter = rpm.header.texts(tags[names.interpreter][0])
  if (body === undefined && interpreter.length === 0) return []
  const flags = rpm.header.number(tags[names.flags][0]) ?? 0
  return [{ phase, ...script(body ?? '', interpreter, flags) }]
}

/** The shell, which is the default, is left unsaid. */
function script(body: string, interpreter: readonly string[], flags: number): RpmScript {
  const [program, ...args] = interpreter
  const own = program !== undefined && (program !== shellInterpreter || args.length > 0)
  return {
    body,
    ...(own ? { interpreter: [program, ...args] as const } : {}),
    ...((flags & scriptFlag.expand) === 0 ? {} : { expand: true }),
    ...((flags & scriptFlag.queryFormat) === 0 ? {} : { queryFormat: true }),
    ...((flags & scriptFlag.critical) === 0 ? {} : { critical: true }),
  }
}

interface FoundTrigger {
  readonly script: RpmScript
  readonly event: TriggerEvent
  readonly conditions: readonly StoredRelation[]
  readonly priority: number
}

function triggersOf(rpm: RpmFile, kind: keyof typeof triggerTags): FoundTrigger[] {
  const names = triggerTags[kind]
  const bodies = rows(rpm, { body: names.scripts, interpreter: names.interpreters })
  const flags = rpm.header.numbers(tags[names.scriptFlags][0])
  const priorities = 'priorities' in names ? rpm.header.numbers(tags[names.priorities][0]) : []
  const conditions = rows(rpm, {
    name: names.names,
    flags: names.flags,
    version: names.versions,
    script: names.indexes,
  })
  return bodies.map(({ body, interpreter }, index) => {
    const own = conditions.filter((condition) => condition.script === index).map(stored)
    const event = triggerEvents.find((one) => ((own[0]?.flags ?? 0) & triggerBits[one]) !== 0)
    if (event === undefined) throw damaged(rpm.path, `trigger ${index} says not when it runs`)
    const found = script(String(body), [String(interpreter)], flags[index] ?? 0)
    return { script: found, event, conditions: own, priority: priorities[index] ?? 0 }
  })
}

const triggerEvents: readonly TriggerEvent[] = ['prein', 'in', 'un', 'postun']

function recallTarget(condition: StoredRelation): Relation {
  const { name, constraint } = recallRelation(condition)
  return { name, ...(constraint === undefined ? {} : { constraint }) }
}

function fileTriggersOf(rpm: RpmFile, per: RpmFileTrigger['per']): RpmFileTrigger[] {
  return triggersOf(rpm, per === 'package' ? 'file' : 'transaction').map(({ script, event, conditions, priority }) => {
    if (event === 'prein') throw damaged(rpm.path, 'a file trigger runs before installation')
    return { ...script, event, per, prefixes: conditions.map(({ name }) => name), priority }
  })
}
