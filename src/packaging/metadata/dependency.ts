/** Relations to other packages as people write them: `dkms >= 2.1`, `dkms (>= 2.1)`, `a | b`, `(a if b)`. */
import type { Operator, Relation } from '../package-model.ts'
import type { Dependency } from './model.ts'
import type { Parsed } from './parsed.ts'

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

/** @param rich whether RPM's rich dependencies may stand here */
export function parseDependency(text: string, rich: boolean): Parsed<Dependency> {
  const trimmed = text.trim()
  if (/\p{Cc}/u.test(trimmed)) return { fault: 'has a control character' }
  if (trimmed.startsWith('(')) return parseRich(trimmed, rich)
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
  if (written === undefined || version === undefined) return { value: { name } }
  const operator = operators[written]
  return operator === undefined
    ? { fault: `has an unknown operator ${written}; write one of < <= = >= >` }
    : { value: { name, constraint: { operator, version } } }
}

/** RPM's documentation, "Boolean Dependencies": always in parentheses. What is inside is for rpm to judge. */
function parseRich(text: string, rich: boolean): Parsed<Dependency> {
  if (!rich) return { fault: `is a rich dependency, which only RPM knows: ${text}; put it into the rpm or kmp block` }
  return isBalanced(text)
    ? { value: { anyOf: [{ name: text.replace(/\s+/g, ' ') }] } }
    : { fault: `has parentheses that do not match: ${text}` }
}

/** The first parenthesis closes with the last character and not before. */
function isBalanced(text: string): boolean {
  let depth = 0
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === '(') depth += 1
    if (text[index] === ')') depth -= 1
    if (depth <= 0 && index < text.length - 1) return false
  }
  return depth === 0
}
