/**
 * One walk over an expression for two questions. It carries a set of states through the expression: positions in a text
 * when matching, and "how far may we be" when asking whether any text can match. No backtracking, so a hostile
 * expression costs polynomial time.
 */
import type { EreNode } from './ere-parse.ts'

/** Where one character set or assertion leads from a state; undefined where it leads nowhere. */
export type Step = (node: Extract<EreNode, { kind: 'set' | 'assertion' }>, state: number) => number | undefined

export function walkEre(node: EreNode, from: ReadonlySet<number>, step: Step): ReadonlySet<number> {
  switch (node.kind) {
    case 'set':
    case 'assertion':
      return new Set([...from].map((state) => step(node, state)).filter((state) => state !== undefined))
    case 'group':
      return walkEre(node.body, from, step)
    case 'sequence':
      return node.items.reduce((states, item) => walkEre(item, states, step), from)
    case 'choice':
      return new Set(node.branches.flatMap((branch) => [...walkEre(branch, from, step)]))
    case 'repeat':
      return walkRepeat(node, from, step)
    case 'back-reference':
      throw new Error('a back-reference cannot be walked; the caller asks for it first')
  }
}

function walkRepeat(
  node: Extract<EreNode, { kind: 'repeat' }>,
  from: ReadonlySet<number>,
  step: Step,
): ReadonlySet<number> {
  let states = from
  for (let count = 0; count < node.min; count++) {
    const next = walkEre(node.body, states, step)
    if (next.size === 0) return next
    if (sameStates(next, states)) break
    states = next
  }
  let reached = states
  for (let count = node.min; count < node.max; count++) {
    const grown = new Set([...reached, ...walkEre(node.body, reached, step)])
    if (grown.size === reached.size) break
    reached = grown
  }
  return reached
}

function sameStates(a: ReadonlySet<number>, b: ReadonlySet<number>): boolean {
  return a.size === b.size && [...a].every((state) => b.has(state))
}

export function hasBackReference(node: EreNode): boolean {
  switch (node.kind) {
    case 'back-reference':
      return true
    case 'group':
    case 'repeat':
      return hasBackReference(node.body)
    case 'sequence':
      return node.items.some(hasBackReference)
    case 'choice':
      return node.branches.some(hasBackReference)
    case 'set':
    case 'assertion':
      return false
  }
}
