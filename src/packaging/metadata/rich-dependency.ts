/**
 * RPM's rich dependencies, `(a if b)`: whether rpm takes one (rpm's documentation, "Boolean Dependencies"). rpmbuild refuses
 * the others, and a package that has one cannot be installed.
 */
import type { Parsed } from './parsed.ts'

/** positive: what is to be there, such as Requires. negative: what is not, or only asked about, such as Conflicts and Supplements. */
export type RichContext = 'positive' | 'negative'

type Operator = 'and' | 'or' | 'if' | 'unless' | 'else' | 'with' | 'without'

const operators: ReadonlySet<string> = new Set(['and', 'or', 'if', 'unless', 'else', 'with', 'without'])
const comparisons: ReadonlySet<string> = new Set(['<', '<=', '=', '==', '>=', '>'])
const chainable: ReadonlySet<Operator> = new Set(['and', 'or', 'with'])

/** @param fault of one name with perhaps an operator and a version */
export type FaultOf = (relation: string) => string | undefined

/** @returns the text with single blanks */
export function parseRich(text: string, context: RichContext, faultOf: FaultOf): Parsed<string> {
  try {
    const tokens = tokensOf(text)
    const { end, traits } = expression(tokens, 0, faultOf)
    if (end !== tokens.length) throw new RichFault('has parentheses that do not match')
    if (context === 'positive' && traits.has('unless'))
      throw new RichFault('has an unless where rpm takes none: write if')
    if (context === 'negative' && traits.has('if')) throw new RichFault('has an if where rpm takes none: write unless')
    return { value: text.replace(/\s+/g, ' ') }
  } catch (error) {
    if (error instanceof RichFault) return { fault: `${error.message}: ${text}` }
    throw error
  }
}

/** What is wrong, as a clause about the dependency. */
class RichFault extends Error {
  override readonly name = 'RichFault'
}

/** Parentheses of expressions, and words; those of `perl(Foo)` and `libfoo.so.1()(64bit)` belong to the word. */
function tokensOf(text: string): readonly string[] {
  if (text.includes(',')) throw new RichFault('has a comma, which rpm takes for a blank')
  return text.match(/[^\s()]+(?:\([^\s()]*\))*|[()]/g) ?? []
}

/** What matters to the expression around: conditions, and that it is more than a choice of versions. */
type Trait = 'if' | 'unless' | 'compound'
type Traits = Set<Trait>

interface Found {
  /** The index of the token behind. */
  readonly end: number
  readonly traits: Traits
}

/** @param start where the opening parenthesis is */
function expression(tokens: readonly string[], start: number, faultOf: FaultOf): Found {
  const traits: Traits = new Set()
  const used: Operator[] = []
  let at = start + 1
  for (;;) {
    const operand = tokens[at] === '(' ? expression(tokens, at, faultOf) : simple(tokens, at, faultOf)
    at = operand.end
    const isCondition = used.at(-1) === 'if' || used.at(-1) === 'unless'
    for (const trait of operand.traits) if (!isCondition || trait === 'compound') traits.add(trait)
    const token = tokens[at]
    if (token === undefined) throw new RichFault('has parentheses that do not match')
    if (token === ')') return { end: at + 1, traits: combined(used, traits) }
    used.push(nextOperator(token, used.at(-1)))
    at += 1
  }
}

function simple(tokens: readonly string[], start: number, faultOf: FaultOf): Found {
  const [name, operator, version] = tokens.slice(start)
  if (name === undefined) throw new RichFault('has parentheses that do not match')
  if (name === ')') throw new RichFault('lacks a name in front of a parenthesis')
  if (/[<>=|]/.test(name)) throw new RichFault(`lacks blanks around the operator in ${name}`)
  const isVersioned = operator !== undefined && comparisons.has(operator)
  if (isVersioned && (version === undefined || version === ')')) throw new RichFault('lacks a version')
  const fault = faultOf(isVersioned ? `${name} ${operator} ${version}` : name)
  if (fault !== undefined) throw new RichFault(`has a part that ${fault}; the whole is`)
  return { end: start + (isVersioned ? 3 : 1), traits: new Set() }
}

function nextOperator(token: string, before: Operator | undefined): Operator {
  if (!isOperator(token)) throw new RichFault(`has ${token} where one of ${[...operators].join(', ')} belongs`)
  if (token === 'else') {
    if (before === 'if' || before === 'unless') return token
    throw new RichFault('has an else without an if')
  }
  if (before === undefined) return token
  if (token !== before) throw new RichFault(`joins ${before} and ${token} without parentheses`)
  if (!chainable.has(token)) throw new RichFault(`has two ${token} without parentheses`)
  return token
}

function isOperator(token: string): token is Operator {
  return operators.has(token)
}

/** What may not be among the operands of an expression, by its first operator. */
const refused: Readonly<Partial<Record<Operator, { readonly trait: Trait; readonly fault: string }>>> = {
  with: { trait: 'compound', fault: 'has more than names within with' },
  without: { trait: 'compound', fault: 'has more than names within without' },
  and: { trait: 'unless', fault: 'has an unless within and: write if' },
  if: { trait: 'unless', fault: 'has an unless within if: write if' },
  or: { trait: 'if', fault: 'has an if within or: join them by and' },
  unless: { trait: 'if', fault: 'has an if within unless: join them by and' },
}

const choices: ReadonlySet<Operator | undefined> = new Set(['with', 'without', 'or', undefined])

/** @param traits of the operands that are no conditions */
function combined(used: readonly Operator[], traits: Traits): Traits {
  const [first, last] = [used[0], used.at(-1)]
  const rule = first === undefined ? undefined : refused[first]
  if (rule !== undefined && traits.has(rule.trait)) throw new RichFault(rule.fault)
  const isJoined = last === 'and' || last === 'or'
  const result: Traits = new Set([...traits].filter((trait) => !isJoined || trait === 'compound'))
  if (first === 'if' || first === 'unless') result.add(first)
  if (!choices.has(last)) result.add('compound')
  return result
}
