/** What a description must be like before it can become a package: every problem at once, each a sentence. */
import type { Relation } from '../../package-model.ts'
import type { RpmDescription, RpmEntry, RpmScript, RpmSourceEntry } from './description.ts'
import { relationKinds } from './relations.ts'

const largestNumber = 0xffff_ffff
/** rpm refuses arrays of more (hdrchkRange of rpm's header.c). */
const mostEntries = 0xf_ffff

type Problems = string[]

/** @returns one line per problem; none for a description that can be written */
export function descriptionProblems(description: RpmDescription): readonly string[] {
  return [
    ...identityProblems(description),
    ...textProblems(description),
    ...changelogProblems(description),
    ...relationProblems(description),
    ...entryProblems(description),
    ...(description.kind === 'binary' ? scriptProblems(description) : sourceProblems(description)),
  ]
}

function quote(text: string): string {
  return JSON.stringify(text)
}

function identityProblems({ name, version, release, epoch, arch, os = 'linux' }: RpmDescription): Problems {
  const rules: readonly (readonly [string, string, RegExp])[] = [
    ['name', name, /^[A-Za-z0-9_][A-Za-z0-9._+-]*$/],
    ['version', version, /^(?!.*\.\.)[A-Za-z0-9._+~^]+$/],
    ['release', release, /^(?!.*\.\.)[A-Za-z0-9._+~^]+$/],
    ['architecture', arch, /^[A-Za-z0-9_]+$/],
    ['operating system', os, /^[A-Za-z0-9_]+$/],
  ]
  const bad = rules.filter(([, text, rule]) => !rule.test(text))
  return [
    ...bad.map(([what, text]) => `the ${what} ${quote(text)} has characters rpm does not take`),
    ...(epoch === undefined ? [] : numberProblem('the epoch', epoch)),
  ]
}

function numberProblem(what: string, value: number): Problems {
  const fits = Number.isInteger(value) && value >= 0 && value <= largestNumber
  return fits ? [] : [`${what} is ${value}, not a whole number from 0 to ${largestNumber}`]
}

/** Control characters end lines and strings where none should end. */
const lineBreaking = /\p{Cc}/u
/** In longer texts line ends and tabs are fine. */
const textBreaking = /[^\P{Cc}\t\n\r]/u

function textProblems(description: RpmDescription): Problems {
  const { kind } = description
  const lines = {
    summary: description.summary,
    license: description.license,
    group: description.group,
    url: description.url,
    vendor: description.vendor,
    packager: description.packager,
    distribution: description.distribution,
    'bug address': description.bugUrl,
    'source repository': description.vcs,
    platform: description.platform,
    'compiler flags': description.optflags,
    'build host': description.buildHost,
    'source package': kind === 'binary' ? description.sourceRpm : undefined,
  }
  const required = (['summary', 'license'] as const).filter((what) => lines[what] === '')
  const broken = Object.entries(lines).filter(([, text]) => text !== undefined && lineBreaking.test(text))
  return [
    ...required.map((what) => `the ${what} is empty`),
    ...broken.map(([what, text]) => `the ${what} ${quote(text ?? '')} is not one line of text`),
    ...(textBreaking.test(description.description) ? ['the description holds control characters'] : []),
    ...numberProblem('the build time', description.buildTime),
  ]
}

function changelogProblems({ changelog = [] }: RpmDescription): Problems {
  return changelog.flatMap(({ time, author, text }, index) => {
    const later = (changelog[index - 1]?.time ?? Number.POSITIVE_INFINITY) < time
    return [
      ...numberProblem(`the time of changelog entry ${index + 1}`, time),
      ...(later ? [`changelog entry ${index + 1} is newer than the one before it`] : []),
      ...(lineBreaking.test(author) || textBreaking.test(text)
        ? [`changelog entry ${index + 1} holds control characters`]
        : []),
    ]
  })
}

function relationProblems(description: RpmDescription): Problems {
  const { relations = {} } = description
  return relationKinds.flatMap((kind) => (relations[kind] ?? []).flatMap((relation) => relationProblem(kind, relation)))
}

/** Names as rpmbuild takes them in a spec file, where a comma is a blank. */
function relationProblem(kind: string, { name, constraint }: Relation): Problems {
  const rich = name.startsWith('(')
  const problems: Problems = []
  const nameRule = rich ? /^\(.+\)$/ : /^[A-Za-z0-9_/][^\s,]*$/
  if (!nameRule.test(name) || lineBreaking.test(name)) problems.push(`${kind}: ${quote(name)} is not a name`)
  if (constraint === undefined) return problems
  if (rich) problems.push(`${kind}: ${quote(name)} is an expression and cannot have a version as well`)
  if (!/^[A-Za-z0-9._+~^:-]+$/.test(constraint.version)) {
    problems.push(`${kind}: ${name} has the version ${quote(constraint.version)}`)
  }
  return problems
}

function entryProblems(description: RpmDescription): Problems {
  const entries: readonly (RpmEntry | RpmSourceEntry)[] = description.entries
  if (entries.length > mostEntries) return [`${entries.length} files are more than rpm takes`]
  const seen = new Set<string>()
  const leaves = new Set(entries.filter(({ kind }) => kind !== 'directory').map(({ path }) => path))
  return entries.flatMap((entry) => {
    const twice = seen.has(entry.path)
    seen.add(entry.path)
    const inside = parents(entry.path).find((parent) => leaves.has(parent))
    return [
      ...(twice ? [`${quote(entry.path)} is listed twice`] : []),
      ...(inside === undefined ? [] : [`${quote(entry.path)} lies below ${quote(inside)}, which is no directory`]),
      ...pathProblems(entry.path, description.kind),
      ...attributeProblems(entry),
    ]
  })
}

function parents(path: string): string[] {
  const found: string[] = []
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) found.push(path.slice(0, end))
  return found
}

function pathProblems(path: string, kind: RpmDescription['kind']): Problems {
  const components = kind === 'source' ? [path] : path.slice(1).split('/')
  const wrong =
    (kind === 'binary' && !path.startsWith('/')) ||
    components.some((one) => one === '' || one === '.' || one === '..' || one.includes('/')) ||
    lineBreaking.test(path) ||
    !path.isWellFormed()
  return wrong ? [`${quote(path)} cannot be the ${kind === 'source' ? 'name' : 'place'} of a file`] : []
}

function attributeProblems(entry: RpmEntry | RpmSourceEntry): Problems {
  const path = quote(entry.path)
  const owners = [entry.user, entry.group].filter((name) => name !== undefined && !/^[^\s:\p{Cc}]+$/u.test(name))
  const badMode = 'mode' in entry && !(Number.isInteger(entry.mode) && entry.mode >= 0 && entry.mode <= 0o7777)
  const badTarget = entry.kind === 'symlink' && (entry.target === '' || lineBreaking.test(entry.target))
  return [
    ...numberProblem(`the time of ${path}`, entry.mtime),
    ...owners.map((name) => `${quote(name ?? '')} cannot own ${path}`),
    ...(badMode ? [`${path} has the mode ${entry.mode.toString(8)}`] : []),
    ...(badTarget ? [`the link ${path} leads to ${quote(entry.target)}`] : []),
  ]
}

function scriptProblems(description: Extract<RpmDescription, { kind: 'binary' }>): Problems {
  const { scriptlets = [], triggers = [], fileTriggers = [], sourcePackageId } = description
  const phases = scriptlets.map(({ phase }) => phase)
  const twice = phases.filter((phase, index) => phases.indexOf(phase) !== index)
  const triggered = [...triggers, ...fileTriggers]
  return [
    ...twice.map((phase) => `there is more than one %${phase} script`),
    ...scriptlets.flatMap((script) => scriptProblem(`the %${script.phase} script`, script)),
    ...triggered.flatMap((script) => scriptProblem('a trigger', script)),
    ...(triggered.some(({ interpreter }) => (interpreter?.length ?? 1) > 1)
      ? ['the interpreter of a trigger cannot have arguments']
      : []),
    ...triggers.flatMap(({ targets }) => targets.flatMap((target) => relationProblem('trigger', target))),
    ...(triggers.some(({ targets }) => targets.length === 0) ? ['a trigger names no package'] : []),
    ...(fileTriggers.some(({ prefixes }) => prefixes.length === 0 || prefixes.some((one) => !one.startsWith('/')))
      ? ['a file trigger needs absolute paths to look at']
      : []),
    ...fileTriggers.flatMap(({ priority = 0 }) => numberProblem('the priority of a file trigger', priority)),
    ...(sourcePackageId === undefined || /^[0-9a-f]{32}$/.test(sourcePackageId)
      ? []
      : [`the source package id ${quote(sourcePackageId)} is not 32 hexadecimal digits`]),
  ]
}

function scriptProblem(what: string, { body, interpreter = ['/bin/sh'] }: RpmScript): Problems {
  const [program] = interpreter
  const known = program.startsWith('/') || program === '<lua>'
  return [
    ...(textBreaking.test(body) ? [`${what} holds control characters`] : []),
    ...(body === '' && interpreter.length > 1 ? [`${what} is empty`] : []),
    ...(known && !interpreter.some((word) => lineBreaking.test(word)) ? [] : [`${what} is run by ${quote(program)}`]),
  ]
}

function sourceProblems(description: Extract<RpmDescription, { kind: 'source' }>): Problems {
  const specs = description.entries.filter(({ role }) => role === 'spec').length
  const { buildArchs = [] } = description
  return [
    ...(specs === 1 ? [] : [`a source package has one spec file, this one ${specs}`]),
    ...buildArchs
      .filter((arch) => !/^[A-Za-z0-9_]+$/.test(arch))
      .map((arch) => `it cannot be built for ${quote(arch)}`),
  ]
}
