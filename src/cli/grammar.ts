/**
 * The command-line grammar of dkms(8), which no general parser speaks: options and action in any order, long options
 * matched by their beginning, `M/V` and `K/A` values. Pure: nothing here looks at the disk.
 */
import { FactoryError } from '../errors.ts'
import type { OptionSpec } from './option-spec.ts'
import { type GivenOptions, type OptionName, optionTable } from './options.ts'
import { isVerb, type Verb, type VerbSpec, verbTable } from './verbs.ts'

export interface CommandLine {
  readonly verb: Verb | undefined
  readonly options: GivenOptions
  readonly words: readonly string[]
}

const specs: readonly OptionSpec[] = optionTable

/**
 * @throws {FactoryError} USAGE for an unknown option or a missing value; SECOND_ACTION; CONFLICTING_FLAGS,
 *   KERNEL_WITH_ALL, ARCH_WITH_ALL for options that exclude each other; ALL_NOT_ALLOWED
 */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const options = new Map<OptionName, string[]>()
  const words: string[] = []
  const rest = [...argv]
  let verb: Verb | undefined
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      words.push(...rest.splice(0))
    } else if (word.length > 1 && word.startsWith('-')) {
      takeOption(word, rest, options)
    } else if (isVerb(word) && (verb === undefined || !takesPaths(verb))) {
      if (verb !== undefined) throw secondAction(verb, word)
      verb = word
    } else {
      words.push(word)
    }
  }
  refuseConflicts(options)
  if (verb !== undefined) refuseAll(verb, options)
  return { verb, options, words }
}

/** After `lint` and its like, a word that happens to name an action is a path. */
function takesPaths(verb: Verb): boolean {
  return verbTable[verb].words === 'path'
}

function takeOption(word: string, rest: string[], options: Map<OptionName, string[]>): void {
  const equals = word.indexOf('=')
  const name = equals === -1 || !word.startsWith('--') ? word : word.slice(0, equals)
  const spec = findOption(name)
  if (spec === undefined) throw unknownOption(word)
  const long = spec.long as OptionName
  const values = options.get(long) ?? []
  options.set(long, values)
  if (spec.value === undefined) {
    if (name !== word) throw new FactoryError('USAGE', `the option ${name} takes no value: ${word}`)
    return
  }
  const value = name === word ? rest.shift() : word.slice(equals + 1)
  if (value === undefined) {
    throw new FactoryError('USAGE', `the option ${word} needs a value`, { hint: `give it as ${word} ${spec.value}` })
  }
  values.push(value.trim())
}

function findOption(name: string): OptionSpec | undefined {
  if (!name.startsWith('--')) return specs.find((spec) => spec.short !== undefined && name === `-${spec.short}`)
  const exact = specs.find((spec) => name === `--${spec.long}`)
  return exact ?? specs.find((spec) => spec.prefix === true && name.startsWith(`--${spec.long}`))
}

function unknownOption(word: string): FactoryError {
  return new FactoryError('USAGE', `unknown option ${word}`, { hint: 'the option --help lists what there is' })
}

function secondAction(first: Verb, second: string): FactoryError {
  return new FactoryError('SECOND_ACTION', `two actions were given: ${first} and ${second}`, {
    hint: `run them one after the other; a package that is itself named ${second} is given as -m ${second}`,
  })
}

function refuseAll(verb: Verb, options: GivenOptions): void {
  const spec: VerbSpec = verbTable[verb]
  if (spec.refusesAll !== true || !options.has('all')) return
  const takesAllKernels = specs.some(({ long, verbs = [] }) => long === 'all-kernels' && verbs.includes(verb))
  throw new FactoryError('ALL_NOT_ALLOWED', `the action ${verb} does not take --all`, {
    hint: takesAllKernels
      ? 'name kernels with -k, or give --all-kernels for every kernel whose headers are installed'
      : 'name kernels with -k',
  })
}

function refuseConflicts(options: GivenOptions): void {
  const has = (name: OptionName) => options.has(name)
  if (has('binaries-only') && has('source-only')) {
    throw new FactoryError('CONFLICTING_FLAGS', '--binaries-only and --source-only exclude each other')
  }
  const all = has('all') ? '--all' : has('all-kernels') ? '--all-kernels' : undefined
  if (all === undefined) return
  if (has('kernelver')) throw new FactoryError('KERNEL_WITH_ALL', `-k and ${all} exclude each other`)
  if (has('arch') && has('all')) throw new FactoryError('ARCH_WITH_ALL', '-a and --all exclude each other')
}
