/** The conditions of spec files, as far as they can be told without the macros of the host that builds. */
import { FactoryError } from '../../errors.ts'

/** %if and its kin, nested. */
export class Conditions {
  readonly #file: string
  readonly #stack: { holds: boolean; taken: boolean; outer: boolean }[] = []

  constructor(file: string) {
    this.#file = file
  }

  get hold(): boolean {
    return this.#stack.at(-1)?.holds ?? true
  }

  /** @returns whether the line is one of these */
  take(line: string, number: number, expand: (text: string) => string): boolean {
    const [, word, condition = ''] =
      /^\s*%(if|ifarch|ifnarch|ifos|ifnos|elif|else|endif)\b\s*(.*?)\s*$/.exec(line) ?? []
    if (word === undefined) return false
    if (word === 'endif') {
      this.#stack.pop()
    } else if (word === 'else' || word === 'elif') {
      const top = this.#stack.at(-1)
      if (top === undefined) return true
      top.holds = top.outer && !top.taken && (word === 'else' || this.#decide(expand(condition), number))
      top.taken ||= top.holds
    } else {
      const outer = this.hold
      // Nothing that names a package depends on the processor or system, so the first branch serves.
      const holds = outer && (word === 'if' ? this.#decide(expand(condition), number) : !word.includes('n'))
      this.#stack.push({ holds, taken: holds, outer })
    }
    return true
  }

  #decide(condition: string, number: number): boolean {
    const answer = evaluate(condition)
    if (answer !== undefined) return answer
    throw new FactoryError(
      'PACKAGE_REFUSED',
      `the condition of line ${number} of ${this.#file} cannot be told: ${condition}`,
      {
        hint: 'above %description, conditions may compare numbers, texts and macros that the file defines; test others with 0%{?macro}',
      },
    )
  }
}

/** Numbers, quoted texts, comparisons of two of them, `!`, `&&` and `||`, without parentheses; undefined: none of these. */
export function evaluate(condition: string): boolean | undefined {
  const any = condition.split('||').map((part) => {
    const terms = part.split('&&').map((term) => evaluateTerm(term.trim()))
    return terms.includes(undefined) ? undefined : terms.every((term) => term === true)
  })
  return any.includes(undefined) ? undefined : any.includes(true)
}

function evaluateTerm(term: string): boolean | undefined {
  if (term.startsWith('!')) {
    const inner = evaluateTerm(term.slice(1).trim())
    return inner === undefined ? undefined : !inner
  }
  if (/^\d+$/.test(term)) return Number(term) !== 0
  const [, left, operator, right] = /^("[^"]*"|\d+)\s*(==|!=|<=|>=|<|>)\s*("[^"]*"|\d+)$/.exec(term) ?? []
  if (left === undefined || operator === undefined || right === undefined) return undefined
  if (left.startsWith('"') !== right.startsWith('"')) return undefined
  return orders[operator]?.(left.startsWith('"') ? compareTexts(left, right) : Number(left) - Number(right))
}

const orders: Readonly<Record<string, (order: number) => boolean>> = {
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<=': (order) => order <= 0,
  '>=': (order) => order >= 0,
  '<': (order) => order < 0,
  '>': (order) => order > 0,
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
