/** The parts of the manual pages that are tables of the program. */
import { exitStatuses } from '../../src/cli/exit-codes.ts'
import type { OptionSpec } from '../../src/cli/option-spec.ts'
import { optionTable } from '../../src/cli/options.ts'
import { type VerbSpec, verbTable } from '../../src/cli/verbs.ts'
import { type Directive, directives } from '../../src/conf/directives.ts'
import { type ErrorCode, errorMeanings } from '../../src/errors.ts'
import { directiveNotes } from './directive-notes.ts'
import { frameworkNotes } from './framework-notes.ts'
import { capitalized, mdocArgument, mdocSentences, mdocText } from './mdoc.ts'
import { verbNotes } from './verb-notes.ts'

const options: readonly OptionSpec[] = optionTable

export const manTables: Readonly<Record<string, readonly string[]>> = {
  verbs: Object.entries(verbTable).flatMap(verbItem),
  options: options.filter((spec) => spec.ignored !== true).flatMap(optionItem),
  ignored: options.filter((spec) => spec.ignored === true).map(flagLine),
  prefixes: options.filter((spec) => spec.prefix === true).map(flagLine),
  exits: exitItems(),
  directives: directives.filter(({ status }) => status === 'current').flatMap(directiveItem),
  oldDirectives: directives.filter(({ status }) => status !== 'current').flatMap(directiveItem),
  settings: Object.entries(frameworkNotes).flatMap(([name, note]) => [
    `.It Va ${mdocArgument(name)} Ns = Ns Ar ${mdocArgument(note.value)}`,
    ...mdocSentences(note.text),
    mdocText(`Default: ${note.default}.`),
  ]),
}

function verbItem([name, spec]: readonly [string, VerbSpec]): string[] {
  return [
    `.It Ic ${mdocArgument(spec.usage)}`,
    ...mdocSentences([capitalized(spec.describe), ...(verbNotes[name] ?? [])]),
    ...ownOptions(name),
  ]
}

function ownOptions(verb: string): string[] {
  const own = options.filter((spec) => spec.ignored !== true && spec.verbs?.some((name) => name === verb) === true)
  if (own.length === 0) return []
  const flags = own.map((spec) => `.Fl ${spec.short ?? `-${spec.long}`}`)
  return ['Options of its own:', ...flags.map((flag, index) => `${flag}${index === flags.length - 1 ? ' .' : ' ,'}`)]
}

function optionItem(spec: OptionSpec): string[] {
  const short = spec.short === undefined ? '' : `Fl ${spec.short} , `
  const value = spec.value === undefined ? '' : ` Ar ${mdocArgument(spec.value)}`
  return [`.It ${short}Fl -${spec.long}${value}`, ...mdocSentences([capitalized(spec.describe)])]
}

function flagLine(spec: OptionSpec, index: number, all: readonly OptionSpec[]): string {
  return `.Fl -${spec.long}${index === all.length - 1 ? ' .' : ' ,'}`
}

/** Statuses in their order, each with the situations it stands for. */
function exitItems(): string[] {
  const codes = new Map<number, ErrorCode[]>()
  for (const [code, status] of Object.entries(exitStatuses) as [ErrorCode, number][]) {
    codes.set(status, [...(codes.get(status) ?? []), code])
  }
  return [...codes]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([status, ofStatus]) => [
      `.It ${status}`,
      ...ofStatus.map((code, index) => `${mdocText(errorMeanings[code])}${index === ofStatus.length - 1 ? '.' : ';'}`),
    ])
}

function directiveItem(directive: Directive): string[] {
  const { name, kind, purpose, since, until, replacement, status } = directive
  const era = until === undefined ? `DKMS ${since} and newer` : `DKMS ${since} to ${until}`
  const fallback = status === 'current' ? [`Default: ${directive.default}`] : []
  return [
    `.It Va ${mdocArgument(kind === 'array' ? `${name}[i]` : name)}`,
    ...mdocSentences([
      capitalized(purpose),
      ...directiveNotes[name],
      ...fallback,
      ...(replacement === undefined ? [] : [`Write instead: ${replacement}`]),
      ...(since === '2.0' && until === undefined ? [] : [era]),
    ]),
  ]
}
