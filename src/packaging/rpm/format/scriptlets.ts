/** Scriptlets and triggers as header values. */
import type {
  RpmBinaryDescription,
  RpmFileTrigger,
  RpmScript,
  RpmTrigger,
  ScriptletPhase,
  TriggerEvent,
} from './description.ts'
import { scriptFlag, sense } from './flags.ts'
import { compareStored, type StoredRelation, shellInterpreter, storeRelation } from './relations.ts'
import type { TagName } from './tags.ts'
import { int32s, type NamedEntry, string, strings } from './values.ts'

/** Body, interpreter and flags of each phase. */
export const scriptletTags = {
  pretrans: { body: 'PRETRANS', interpreter: 'PRETRANSPROG', flags: 'PRETRANSFLAGS' },
  pre: { body: 'PREIN', interpreter: 'PREINPROG', flags: 'PREINFLAGS' },
  post: { body: 'POSTIN', interpreter: 'POSTINPROG', flags: 'POSTINFLAGS' },
  preun: { body: 'PREUN', interpreter: 'PREUNPROG', flags: 'PREUNFLAGS' },
  postun: { body: 'POSTUN', interpreter: 'POSTUNPROG', flags: 'POSTUNFLAGS' },
  posttrans: { body: 'POSTTRANS', interpreter: 'POSTTRANSPROG', flags: 'POSTTRANSFLAGS' },
  verify: { body: 'VERIFYSCRIPT', interpreter: 'VERIFYSCRIPTPROG', flags: 'VERIFYSCRIPTFLAGS' },
} as const satisfies Record<ScriptletPhase, Record<'body' | 'interpreter' | 'flags', TagName>>

/** The arrays of triggers, of file triggers, and of those that run once per transaction. */
export const triggerTags = {
  package: {
    scripts: 'TRIGGERSCRIPTS',
    interpreters: 'TRIGGERSCRIPTPROG',
    scriptFlags: 'TRIGGERSCRIPTFLAGS',
    names: 'TRIGGERNAME',
    indexes: 'TRIGGERINDEX',
    versions: 'TRIGGERVERSION',
    flags: 'TRIGGERFLAGS',
  },
  file: {
    scripts: 'FILETRIGGERSCRIPTS',
    interpreters: 'FILETRIGGERSCRIPTPROG',
    scriptFlags: 'FILETRIGGERSCRIPTFLAGS',
    names: 'FILETRIGGERNAME',
    indexes: 'FILETRIGGERINDEX',
    versions: 'FILETRIGGERVERSION',
    flags: 'FILETRIGGERFLAGS',
    priorities: 'FILETRIGGERPRIORITIES',
  },
  transaction: {
    scripts: 'TRANSFILETRIGGERSCRIPTS',
    interpreters: 'TRANSFILETRIGGERSCRIPTPROG',
    scriptFlags: 'TRANSFILETRIGGERSCRIPTFLAGS',
    names: 'TRANSFILETRIGGERNAME',
    indexes: 'TRANSFILETRIGGERINDEX',
    versions: 'TRANSFILETRIGGERVERSION',
    flags: 'TRANSFILETRIGGERFLAGS',
    priorities: 'TRANSFILETRIGGERPRIORITIES',
  },
} as const satisfies Record<string, Record<string, TagName>>

export const triggerBits = {
  prein: sense.triggerprein,
  in: sense.triggerin,
  un: sense.triggerun,
  postun: sense.triggerpostun,
} as const satisfies Record<TriggerEvent, number>

/** The priority of a file trigger that names none (file_triggers document of rpm). */
export const defaultPriority = 1_000_000

export function scriptEntries(description: RpmBinaryDescription): NamedEntry[] {
  const fileTriggers = description.fileTriggers ?? []
  return [
    ...(description.scriptlets ?? []).flatMap(({ phase, ...script }) => scriptletEntries(phase, script)),
    ...triggerEntries('package', (description.triggers ?? []).map(packageTrigger)),
    ...triggerEntries('file', fileTriggers.filter(({ per }) => per === 'package').map(fileTrigger)),
    ...triggerEntries('transaction', fileTriggers.filter(({ per }) => per === 'transaction').map(fileTrigger)),
  ]
}

function scriptletEntries(phase: ScriptletPhase, script: RpmScript): NamedEntry[] {
  const tags = scriptletTags[phase]
  const flags = flagsOf(script)
  const interpreter = script.interpreter ?? [shellInterpreter]
  return [
    // `%post -p PROGRAM` without a body runs the program alone.
    ...(script.body === '' ? [] : [string(tags.body, script.body)]),
    // A single program is a plain string: older versions of rpm know no array here.
    interpreter.length === 1 ? string(tags.interpreter, interpreter[0]) : strings(tags.interpreter, interpreter),
    ...(flags === 0 ? [] : [int32s(tags.flags, [flags])]),
  ]
}

function flagsOf({ expand, queryFormat, critical }: RpmScript): number {
  return (
    (expand ? scriptFlag.expand : 0) | (queryFormat ? scriptFlag.queryFormat : 0) | (critical ? scriptFlag.critical : 0)
  )
}

interface Trigger {
  readonly script: RpmScript
  readonly conditions: readonly StoredRelation[]
  readonly priority: number
}

function packageTrigger(trigger: RpmTrigger): Trigger {
  const conditions = trigger.targets.map((target) => {
    const stored = storeRelation(target)
    return { ...stored, flags: stored.flags | triggerBits[trigger.event] }
  })
  return { script: trigger, conditions, priority: 0 }
}

function fileTrigger(trigger: RpmFileTrigger): Trigger {
  const conditions = trigger.prefixes.map((name) => ({ name, flags: triggerBits[trigger.event], version: '' }))
  return { script: trigger, conditions, priority: trigger.priority ?? defaultPriority }
}

/** Scripts in the order given; conditions sorted as relations are, each with the index of its script. */
function triggerEntries(kind: keyof typeof triggerTags, triggers: readonly Trigger[]): NamedEntry[] {
  if (triggers.length === 0) return []
  const tags = triggerTags[kind]
  const conditions = triggers
    .flatMap((trigger, index) => trigger.conditions.map((condition) => ({ ...condition, index })))
    .sort((a, b) => compareStored(a, b) || a.index - b.index)
  const flags = triggers.map(({ script }) => flagsOf(script))
  return [
    strings(
      tags.scripts,
      triggers.map(({ script }) => script.body),
    ),
    strings(
      tags.interpreters,
      triggers.map(({ script }) => script.interpreter?.[0] ?? shellInterpreter),
    ),
    ...(flags.some((one) => one !== 0) ? [int32s(tags.scriptFlags, flags)] : []),
    strings(
      tags.names,
      conditions.map(({ name }) => name),
    ),
    int32s(
      tags.indexes,
      conditions.map(({ index }) => index),
    ),
    strings(
      tags.versions,
      conditions.map(({ version }) => version),
    ),
    int32s(
      tags.flags,
      conditions.map(({ flags }) => flags),
    ),
    ...('priorities' in tags
      ? [
          int32s(
            tags.priorities,
            triggers.map(({ priority }) => priority),
          ),
        ]
      : []),
  ]
}
