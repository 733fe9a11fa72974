/** The variables of a conf while it is evaluated without a shell. A scalar is an array's element 0, as in bash. */
import { belongsToBash } from './shell-names.ts'

/** Thrown inside the plain evaluator when a text leaves the subset it understands exactly. Never leaves the room. */
export class NotPlain extends Error {}

export type Scope = Map<string, Map<number, string>>

/** Beyond this an index is a mistake or an attack, and bash is the better judge. */
const largestIndex = 1_000_000

export function newScope(variables: Readonly<Record<string, string>>): Scope {
  const scope: Scope = new Map()
  for (const [name, value] of Object.entries(variables)) scope.set(name, new Map([[0, value]]))
  return scope
}

/** @returns undefined when the element is not set */
export function readElement(scope: Scope, name: string, index = 0): string | undefined {
  if (belongsToBash(name)) throw new NotPlain()
  return scope.get(name)?.get(index)
}

export function writeElement(scope: Scope, name: string, index: number, value: string, append: boolean): void {
  const elements = elementsOf(scope, name)
  elements.set(index, append ? (elements.get(index) ?? '') + value : value)
}

export interface CompoundElement {
  readonly index: number | undefined
  readonly value: string
  readonly append: boolean
}

export function writeCompound(scope: Scope, name: string, list: readonly CompoundElement[], append: boolean): void {
  const elements = elementsOf(scope, name)
  if (!append) elements.clear()
  let next = elements.size === 0 ? 0 : Math.max(...elements.keys()) + 1
  for (const { index, value, append: grow } of list) {
    const place = index ?? next
    elements.set(place, grow ? (elements.get(place) ?? '') + value : value)
    next = place + 1
  }
}

function elementsOf(scope: Scope, name: string): Map<number, string> {
  if (belongsToBash(name)) throw new NotPlain()
  let elements = scope.get(name)
  if (elements === undefined) scope.set(name, (elements = new Map()))
  return elements
}

/** The value of a subscript: sums and differences of plain numbers and variables that hold plain numbers. */
export function evaluateIndex(text: string, scope: Scope): number {
  const value = evaluateSum(text, scope)
  if (value < 0 || value > largestIndex) throw new NotPlain()
  return value
}

export function evaluateSum(text: string, scope: Scope): number {
  const tokens = /^[ \t]*([\w${}]+)((?:[ \t]*[-+][ \t]*[\w${}]+)*)[ \t]*$/.exec(text)
  if (tokens === null) throw new NotPlain()
  let sum = evaluateTerm(tokens[1] ?? '', scope)
  for (const [, sign, term] of (tokens[2] ?? '').matchAll(/([-+])[ \t]*([\w${}]+)/g)) {
    sum += evaluateTerm(term ?? '', scope) * (sign === '-' ? -1 : 1)
  }
  if (!Number.isSafeInteger(sum)) throw new NotPlain()
  return sum
}

function evaluateTerm(term: string, scope: Scope): number {
  if (isPlainNumber(term)) return Number(term)
  const name = /^(?:([A-Za-z_]\w*)|\$([A-Za-z_]\w*)|\$\{([A-Za-z_]\w*)\})$/.exec(term)
  if (name === null) throw new NotPlain()
  const [, bare, dollar, braced] = name
  const value = readElement(scope, bare ?? dollar ?? braced ?? '')
  // A bare name counts as 0 when empty; $name would leave a hole in the expression instead.
  if (bare !== undefined && (value ?? '') === '') return 0
  if (value === undefined || !isPlainNumber(value)) throw new NotPlain()
  return Number(value)
}

/** No leading zero: bash would read an octal number. */
function isPlainNumber(text: string): boolean {
  return /^(?:0|[1-9]\d{0,14})$/.test(text)
}
