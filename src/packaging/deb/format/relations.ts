/**
 * Relations to other packages (Debian Policy chapter 7): clauses separated by commas, each of which may offer
 * alternatives, with versions, architectures and build profiles.
 */
import { FactoryError } from '../../../errors.ts'
import type { Operator, Relation } from '../../package-model.ts'

export interface DebRelation extends Relation {
  /** Behind the name: `any` of `python3:any`. */
  readonly qualifier?: string
  /** Of build relations: `amd64`, or `!armhf`. */
  readonly architectures?: readonly string[]
  /** Of build relations: one formula per pair of angle brackets, `!nocheck`. */
  readonly profiles?: readonly (readonly string[])[]
}

/** One relation, or several of which one is enough. */
export type DebClause = DebRelation | readonly DebRelation[]

/** Kinds of a binary package, in the order dpkg-gencontrol writes their fields. */
export const relationFields = {
  preDepends: 'Pre-Depends',
  depends: 'Depends',
  recommends: 'Recommends',
  suggests: 'Suggests',
  enhances: 'Enhances',
  conflicts: 'Conflicts',
  breaks: 'Breaks',
  replaces: 'Replaces',
  provides: 'Provides',
  builtUsing: 'Built-Using',
} as const

export type DebRelationKind = keyof typeof relationFields

export type DebRelations = Readonly<Partial<Record<DebRelationKind, readonly DebClause[]>>>

/** Debian's signs; those of package-model.ts differ in the strict ones. */
const signs: Readonly<Record<Operator, string>> = { '<': '<<', '<=': '<=', '=': '=', '>=': '>=', '>': '>>' }

/** `<` and `>` alone are obsolete and mean what they say plus equality (Debian Policy section 7.1). */
const operators: ReadonlyMap<string, Operator> = new Map([
  ['<<', '<'],
  ['<=', '<='],
  ['<', '<='],
  ['=', '='],
  ['>=', '>='],
  ['>', '>='],
  ['>>', '>'],
])

/** On one line, as dpkg-gencontrol writes it. */
export function renderRelations(clauses: readonly DebClause[]): string {
  return clauses.map((clause) => alternativesOf(clause).map(renderRelation).join(' | ')).join(', ')
}

/** `Array.isArray` does not narrow readonly arrays. */
export function alternativesOf(clause: DebClause): readonly DebRelation[] {
  return 'name' in clause ? [clause] : clause
}

function renderRelation({ name, qualifier, constraint, architectures, profiles = [] }: DebRelation): string {
  return [
    `${name}${qualifier === undefined ? '' : `:${qualifier}`}`,
    ...(constraint === undefined ? [] : [`(${signs[constraint.operator]} ${constraint.version})`]),
    ...(architectures === undefined ? [] : [`[${architectures.join(' ')}]`]),
    ...profiles.map((formula) => `<${formula.join(' ')}>`),
  ].join(' ')
}

/** Of a text whose blanks are single: several in a row would make this try every way to share them out. */
const relation =
  /^([^\s:,|()[\]<>]+)(?::([a-z0-9-]+))?\s*(?:\(\s*(<<|<=|<|=|>=|>>|>)\s*([^\s()]+)\s*\))?\s*(?:\[\s*([^\][]*?)\s*\])?\s*((?:<[^<>]*>\s*)*)$/

/**
 * @param where for messages: the file and the field
 * @throws {FactoryError} PACKAGE_INVALID
 */
export function parseRelations(text: string, where: string): DebClause[] {
  const clauses = text.split(',').map((clause) => clause.trim())
  return clauses
    .filter((clause) => clause !== '')
    .map((clause) => {
      const alternatives = clause.split('|').map((one) => parseRelation(words(one).join(' '), where))
      const [only] = alternatives
      return alternatives.length === 1 && only !== undefined ? only : alternatives
    })
}

function parseRelation(text: string, where: string): DebRelation {
  const found = relation.exec(text)
  if (found === null) {
    throw new FactoryError(
      'PACKAGE_INVALID',
      `${where}: ${JSON.stringify(text.slice(0, 200))} is not a relation to a package`,
      {
        hint: 'write it as in `name (>= 1.0) | other`',
      },
    )
  }
  const [, name = '', qualifier, sign = '', version = '', architectures, profiles = ''] = found
  const operator = operators.get(sign)
  const formulas = [...profiles.matchAll(/<([^<>]*)>/g)].map(([, formula = '']) => words(formula))
  return {
    name,
    ...(qualifier === undefined ? {} : { qualifier }),
    ...(operator === undefined ? {} : { constraint: { operator, version } }),
    ...(architectures === undefined ? {} : { architectures: words(architectures) }),
    ...(formulas.length === 0 ? {} : { profiles: formulas }),
  }
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}
