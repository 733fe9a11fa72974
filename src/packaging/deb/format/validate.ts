/** What a description must be like before it can become a package: every problem at once, each a sentence. */
import { FactoryError } from '../../../errors.ts'
import type { Script } from '../../package-model.ts'
import { writtenControlFiles, writtenFields } from './control-archive.ts'
import { isFieldName } from './deb822.ts'
import { type DebDescription, debFileName, scriptNames, triggerDirectives } from './description.ts'
import { entryProblems } from './entry-problems.ts'
import { alternativesOf, type DebClause, type DebRelation, type DebRelationKind, relationFields } from './relations.ts'

type Problems = string[]

/** @throws {FactoryError} PACKAGE_REFUSED with every problem */
export function refuseProblems(what: string, problems: readonly string[]): void {
  const [first] = problems
  if (first === undefined) return
  const more = problems.length === 1 ? '' : ` (and ${problems.length - 1} more)`
  throw new FactoryError('PACKAGE_REFUSED', `cannot make ${what}: ${first}${more}`, {
    hint: 'change what the package is made from; nothing was written',
    details: problems,
  })
}

/** @throws {FactoryError} PACKAGE_REFUSED for a description that dpkg cannot hold */
export function refuseDescription(description: DebDescription): void {
  refuseProblems(debFileName(description), descriptionProblems(description))
}

/** @returns one line per problem; none for a description that can be written */
export function descriptionProblems(description: DebDescription): readonly string[] {
  return [
    ...identityProblems(description),
    ...textProblems(description),
    ...relationProblems(description),
    ...entryProblems(description.entries),
    ...scriptProblems(description),
    ...extraProblems(description),
  ]
}

function quote(text: string): string {
  return JSON.stringify(text)
}

/** Debian Policy section 5.6.1. */
export const packageName = /^[a-z0-9][a-z0-9+.-]+$/

/** Debian Policy section 5.6.12; dpkg refuses a version that does not begin with a digit. */
export const packageVersion = /^(?:\d+:)?\d[A-Za-z0-9.+~]*(?:-[A-Za-z0-9.+~]+)*$/

const address = /^[^<>\p{Cc}]*[^<>\p{Cc}\s] <[^<>\s\p{Cc}]+>$/u

export function isAddress(text: string): boolean {
  return address.test(text)
}

function identityProblems(description: DebDescription): Problems {
  const { name, version, arch, maintainer, source, time } = description
  const rules: readonly (readonly [string, string | undefined, RegExp])[] = [
    ['name', name, packageName],
    ['version', version, packageVersion],
    ['architecture', arch, /^(?!(?:any|source)$)[a-z0-9-]+$/],
    ['maintainer', maintainer, address],
    ['source package', source, /^[a-z0-9][a-z0-9+.-]+(?: \([^\s()]+\))?$/],
    ['section', description.section, /^[a-z0-9/+.-]+$/],
    ['priority', description.priority, /^(?:required|important|standard|optional|extra)$/],
  ]
  return [
    ...rules
      .filter(([, text, rule]) => text !== undefined && !rule.test(text))
      .map(([what, text]) => `dpkg does not take the ${what} ${quote(text ?? '')}`),
    ...(Number.isInteger(time) && time >= 0 ? [] : [`the time of the package is ${time}, not a number of seconds`]),
  ]
}

/** Control characters end lines where none should end. */
const lineBreaking = /\p{Cc}/u
/** In longer texts line ends and tabs are fine. */
const textBreaking = /[^\P{Cc}\t\n]/u

function textProblems({ summary, description, homepage = '' }: DebDescription): Problems {
  const lines = { summary, homepage }
  return [
    ...(summary.trim() === '' ? ['the summary is empty'] : []),
    ...Object.entries(lines)
      .filter(([, text]) => lineBreaking.test(text))
      .map(([what, text]) => `the ${what} ${quote(text)} is not one line of text`),
    ...(textBreaking.test(description) ? ['the description holds control characters'] : []),
  ]
}

/** Of these, one of several would mean nothing (Debian Policy section 7.1). */
const withoutAlternatives: readonly DebRelationKind[] = ['enhances', 'conflicts', 'breaks', 'replaces', 'provides']

function relationProblems({ relations = {} }: DebDescription): Problems {
  const kinds = Object.keys(relationFields) as DebRelationKind[]
  return kinds.flatMap((kind) => (relations[kind] ?? []).flatMap((clause) => clauseProblems(kind, clause)))
}

function clauseProblems(kind: DebRelationKind, clause: DebClause): Problems {
  const field = relationFields[kind]
  const alternatives = alternativesOf(clause)
  return [
    ...(alternatives.length === 0 ? [`${field}: a relation names no package`] : []),
    ...(alternatives.length > 1 && withoutAlternatives.includes(kind) ? [`${field} cannot offer alternatives`] : []),
    ...alternatives.flatMap((relation) => relationProblem(field, relation, kind)),
  ]
}

function relationProblem(field: string, relation: DebRelation, kind: DebRelationKind): Problems {
  const { name, constraint, qualifier = 'any', architectures, profiles } = relation
  const bad = constraint !== undefined && !packageVersion.test(constraint.version)
  const inexact = kind === 'provides' && constraint !== undefined && constraint.operator !== '='
  return [
    ...(packageName.test(name) && /^[a-z0-9-]+$/.test(qualifier) ? [] : [`${field}: ${quote(name)} is not a name`]),
    ...(bad ? [`${field}: ${name} has the version ${quote(constraint.version)}`] : []),
    ...(inexact ? [`${field}: ${name} is provided in a version other than exactly one`] : []),
    ...(architectures === undefined && profiles === undefined
      ? []
      : [`${field}: ${name} is limited to architectures or profiles, which only sources can be`]),
  ]
}

function scriptProblems({ scripts = {}, triggers = [] }: DebDescription): Problems {
  const names = scriptNames.filter((name) => scripts[name] !== undefined)
  return [
    ...names.flatMap((name) => scriptProblem(name, scripts[name] ?? { body: '' })),
    ...triggers
      .filter(({ directive, name }) => !triggerDirectives.includes(directive) || !/^[^\s\p{Cc}]+$/u.test(name))
      .map(({ directive, name }) => `there is no trigger \`${directive} ${name}\``),
  ]
}

function scriptProblem(name: string, { body, interpreter }: Script): Problems {
  const words = interpreter ?? ['/bin/sh']
  return [
    ...(body.trim() === '' ? [`the ${name} script is empty`] : []),
    ...(/[^\P{Cc}\t\n\r]/u.test(body) ? [`the ${name} script holds control characters`] : []),
    ...(words[0].startsWith('/') && !words.some((word) => lineBreaking.test(word))
      ? []
      : [`the ${name} script is run by ${quote(words[0])}`]),
    ...(interpreter !== undefined && body.startsWith('#!') ? [`the ${name} script names two interpreters`] : []),
  ]
}

function extraProblems({ fields = [], controlFiles = {} }: DebDescription): Problems {
  const names = fields.map(({ name }) => name.toLowerCase())
  return [
    ...fields
      .filter(({ name }) => !isFieldName(name))
      .map(({ name }) => `${quote(name)} cannot be the name of a field`),
    ...names
      .filter((name, index) => writtenFields.has(name) || names.indexOf(name) !== index)
      .map((name) => `the field ${name} is given twice`),
    ...fields
      .filter(({ value }) => textBreaking.test(value) || value.trim() === '')
      .map(({ name }) => `the field ${name} has no text, or holds control characters`),
    ...Object.keys(controlFiles)
      .filter((name) => writtenControlFiles.has(name) || !/^[a-z0-9][a-z0-9+.-]*$/.test(name))
      .map((name) => `there cannot be a further control file ${quote(name)}`),
  ]
}
