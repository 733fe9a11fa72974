/** Relations to other packages as people write them: `dkms >= 2.1`, `dkms (>= 2.1)`, `a | b`, `(a if b)`. */
import type { Operator, Relation } from '../package-model.ts'
import type { Dependency } from './model.ts'
import type { Parsed } from './parsed.ts'
import { parseRich, type RichContext } from './rich-dependency.ts'
import type { RelationKey } from './stated.ts'

/** What RPM and Debian (Policy section 7.1) write; `<<` and `>>` are Debian's strict forms. */
const operators: Readonly<Record<string, Operator>> = {
  '<': '<',
  '<<': '<',
  '<=': '<=',
  '=': '=',
  '==': '=',
  '>=': '>=',
  '>': '>',
  '>>': '>',
}

/** A package, a path, or a capability such as `kernel(printk)`; then perhaps an operator and a version. */
const form =
  /^(?<name>[^\s<>=|,()]+(?:\([^\s()]*\))*)(?:\s*(?<open>\()?\s*(?<operator>[<>=]{1,2})\s*(?<version>[A-Za-z0-9.+~^_:-]+)\s*(?<close>\))?)?$/

/**
 * What may stand in a relation: one package where it is a name of the package itself or of what it replaces, alternatives
 * (Debian Policy section 7.1) elsewhere, and for RPM rich dependencies of the sense that the relation has.
 */
export type DependencyForm = 'single' | 'alternatives' | RichContext

export function dependencyForm(key: RelationKey, isRpm: boolean): DependencyForm {
  if (key === 'provides' || key === 'replaces') return 'single'
  if (!isRpm) return 'alternatives'
  return key === 'conflicts' || key === 'supplements' || key === 'enhances' ? 'negative' : 'positive'
}

export function parseDependency(text: string, allowed: DependencyForm): Parsed<Dependency> {
  const trimmed = text.trim()
  if (/\p{Cc}/u.test(trimmed)) return { fault: 'has a control character' }
  if (trimmed.startsWith('(')) return richDependency(trimmed, allowed)
  if (allowed === 'single' && trimmed.includes('|')) return { fault: `names more than one package: ${trimmed}` }
  const [first, ...others] = trimmed.split('|').map((part) => parseRelation(part.trim()))
  const fault = [first, ...others].find((one) => one === undefined || 'fault' in one)
  if (fault !== undefined && 'fault' in fault) return fault
  const relations = others.flatMap((one) => ('value' in one ? [one.value] : []))
  return first !== undefined && 'value' in first
    ? { value: { anyOf: [first.value, ...relations] } }
    : { fault: 'names no package' }
}

function parseRelation(text: string): Parsed<Relation> {
  const { name, open, operator: written, version, close } = form.exec(text)?.groups ?? {}
  if (name === undefined || (open === undefined) !== (close === undefined)) {
    return {
      fault: `is not a relation: ${JSON.stringify(text)}; write a name, or a name, one of < <= = >= > and a version`,
    }
  }
  if (!/^[A-Za-z0-9_/]/.test(name)) return { fault: `does not begin with a letter, a digit, _ or /: ${name}` }
  if (written === undefined || version === undefined) return { value: { name } }
  const operator = operators[written]
  if (operator === undefined) return { fault: `has an unknown operator ${written}; write one of < <= = >= >` }
  if (name.startsWith('/')) return { fault: `is a path with a version, and files have none: ${text}` }
  if (/^\D*:/.test(version)) return { fault: `has an epoch that is no number: ${version}` }
  return { value: { name, constraint: { operator, version } } }
}

function richDependency(text: string, allowed: DependencyForm): Parsed<Dependency> {
  if (allowed === 'single') return { fault: `is a rich dependency where a package belongs: ${text}` }
  if (allowed === 'alternatives') {
    return { fault: `is a rich dependency, which only RPM knows: ${text}; put it into the rpm or kmp block` }
  }
  const parsed = parseRich(text, allowed, (relation) => {
    const one = parseRelation(relation)
    if ('fault' in one) return one.fault
    const { version = '1' } = one.value.constraint ?? {}
    return isRpmVersion(version) ? undefined : `has a version that rpm does not take: ${version}`
  })
  return 'fault' in parsed ? parsed : { value: { anyOf: [{ name: parsed.value }] } }
}

/** `[epoch:]version[-release]`, as rpmbuild wants versions of relations. Debian's may have more of `:` and `-`. */
export function isRpmVersion(version: string): boolean {
  return /^(?:\d+:)?[^:-]+(?:-[^:-]+)?$/.test(version)
}
