/** Where a conf assigns what, found by a light scan: for messages and lint, never for values. */

export interface AssignmentSite {
  readonly name: string
  /** The literal index; undefined when the subscript is computed or the whole array is assigned. */
  readonly index: number | undefined
  readonly form: 'scalar' | 'element' | 'computed' | 'compound'
  /** Counted from 1. */
  readonly line: number
  /** += */
  readonly append: boolean
  /** What follows the equals sign on that line, as written. */
  readonly rest: string
}

const site = /^[ \t]*(?:export[ \t]+|declare[ \t]+(?:-\w+[ \t]+)?)?([A-Za-z_]\w*)(?:\[([^\]]*)\])?(\+?)=(.*)$/

/**
 * Every line that looks like an assignment, in order; further ones on the same line, behind `;` or `&&`, as well. Lines
 * that continue a quoted value or a line that ends in a backslash are left out.
 */
export function findAssignments(text: string): AssignmentSite[] {
  const sites: AssignmentSite[] = []
  for (const { line, number } of statementLines(text)) {
    for (const part of line.split(/(?:;|&&|\bthen\b|\belse\b)(?=[ \t]*[A-Z_][\w[\]]*\+?=)/)) {
      const found = site.exec(part)
      if (found !== null) sites.push(toSite(found, number))
    }
  }
  return sites
}

function statementLines(text: string): { readonly line: string; readonly number: number }[] {
  const found: { line: string; number: number }[] = []
  let open: QuoteState = 'none'
  for (const [at, line] of text.split('\n').entries()) {
    if (open === 'none') found.push({ line, number: at + 1 })
    open = stateAfter(line, open)
  }
  return found
}

type QuoteState = 'none' | 'single' | 'double' | 'continued'

/** Quotes and backslashes of one line; what is inside of `$( )` counts like the rest, which is close enough here. */
function stateAfter(line: string, before: QuoteState): QuoteState {
  let state: QuoteState = before === 'continued' ? 'none' : before
  for (let at = 0; at < line.length; at++) {
    const character = line[at]
    if (state === 'single') {
      if (character === "'") state = 'none'
    } else if (character === '\\') {
      at++
      if (at === line.length) return state === 'double' ? 'double' : 'continued'
    } else if (character === '"') {
      state = state === 'double' ? 'none' : 'double'
    } else if (state === 'none') {
      if (character === "'") state = 'single'
      if (character === '#' && /^$|\s/.test(line[at - 1] ?? '')) return 'none'
    }
  }
  return state
}

function toSite([, name = '', subscript, plus, rest = '']: RegExpExecArray, line: number): AssignmentSite {
  const append = plus === '+'
  if (subscript === undefined) {
    const compound = rest.startsWith('(')
    return { name, index: compound ? undefined : 0, form: compound ? 'compound' : 'scalar', line, append, rest }
  }
  const literal = /^\d{1,9}$/.test(subscript)
  return {
    name,
    index: literal ? Number(subscript) : undefined,
    form: literal ? 'element' : 'computed',
    line,
    append,
    rest,
  }
}

/** The line that set an element last, else the one that set the array or a computed element; undefined when none did. */
export function lineOf(sites: readonly AssignmentSite[], name: string, index?: number): number | undefined {
  const own = sites.filter((candidate) => candidate.name === name)
  const exact = own.findLast((candidate) => index === undefined || candidate.index === index)
  return (exact ?? own.findLast((candidate) => candidate.index === undefined))?.line
}
