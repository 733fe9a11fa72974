/** Where a conf assigns what, found by a light scan: for messages and lint, never for values. */

export interface AssignmentSite {
  readonly name: string
  /** The literal index; undefined when the subscript is computed or the whole array is assigned. */
  readonly index: number | undefined
  readonly form: 'scalar' | 'element' | 'computed' | 'compound'
  /** Counted from 1. */
  readonly line: number
  /** What follows the equals sign on that line, as written. */
  readonly rest: string
}

const site = /^[ \t]*(?:export[ \t]+|declare[ \t]+(?:-\w+[ \t]+)?)?([A-Za-z_]\w*)(?:\[([^\]]*)\])?\+?=(.*)$/

/** Every line that looks like an assignment, in order; further ones on the same line, behind `;` or `&&`, as well. */
export function findAssignments(text: string): AssignmentSite[] {
  const sites: AssignmentSite[] = []
  for (const [at, line] of text.split('\n').entries()) {
    for (const part of line.split(/(?:;|&&|\bthen\b|\belse\b)(?=[ \t]*[A-Z_][\w[\]]*\+?=)/)) {
      const found = site.exec(part)
      if (found !== null) sites.push(toSite(found, at + 1))
    }
  }
  return sites
}

function toSite([, name = '', subscript, rest = '']: RegExpExecArray, line: number): AssignmentSite {
  if (subscript === undefined) {
    const compound = rest.startsWith('(')
    return { name, index: compound ? undefined : 0, form: compound ? 'compound' : 'scalar', line, rest }
  }
  const literal = /^\d{1,9}$/.test(subscript)
  return { name, index: literal ? Number(subscript) : undefined, form: literal ? 'element' : 'computed', line, rest }
}

/** The line that set an element last, else the one that set the array or a computed element; undefined when none did. */
export function lineOf(sites: readonly AssignmentSite[], name: string, index?: number): number | undefined {
  const own = sites.filter((candidate) => candidate.name === name)
  const exact = own.findLast((candidate) => index === undefined || candidate.index === index)
  return (exact ?? own.findLast((candidate) => candidate.index === undefined))?.line
}
