/** Help texts, made by yargs from the tables of verbs and options. */

import type { Argv } from 'yargs'
import { editDistance } from '../conf/directives.ts'
import type { OptionSpec } from './option-spec.ts'
import { optionTable } from './options.ts'
import { isVerb, type Verb, verbTable } from './verbs.ts'

export async function helpText(programName: string, verb: Verb | undefined): Promise<string> {
  const { default: yargs } = await import('yargs')
  const parser = yargs([]).scriptName(programName).help(false).version(false).exitProcess(false).wrap(100)
  if (verb === undefined) {
    parser.usage('$0 ACTION [options] [words]')
    for (const [name, spec] of Object.entries(verbTable)) parser.command(name, spec.describe)
  } else {
    parser.usage(`$0 ${verbTable[verb].usage}\n\n${verbTable[verb].describe}`)
  }
  for (const spec of optionTable as readonly OptionSpec[]) {
    if (spec.ignored !== true && belongsTo(spec, verb)) describeOption(parser, spec)
  }
  return `${await parser.getHelp()}\n`
}

function describeOption(parser: Argv, spec: OptionSpec): void {
  parser.option(spec.long, {
    describe: spec.value === undefined ? spec.describe : `${spec.value}: ${spec.describe}`,
    type: spec.value === undefined ? 'boolean' : 'string',
    ...(spec.short === undefined ? {} : { alias: spec.short }),
  })
}

/** The general help lists what every action takes; the help of an action also what it takes itself. */
function belongsTo(spec: OptionSpec, verb: Verb | undefined): boolean {
  if (spec.verbs === undefined) return true
  return verb === undefined ? spec.verbs.length > 1 : spec.verbs.includes(verb)
}

/** The action a mistyped word probably means. */
export function suggestVerb(word: string): Verb | undefined {
  const distances = Object.keys(verbTable)
    .filter(isVerb)
    .map((verb) => ({ verb, distance: editDistance(word, verb) }))
    .toSorted((a, b) => a.distance - b.distance)
  const [nearest] = distances
  return nearest !== undefined && nearest.distance <= 2 ? nearest.verb : undefined
}
