/**
 * POSIX extended regular expressions as `[[ text =~ expression ]]` of bash takes them, that is with glibc's regcomp and
 * its GNU extensions (regex(7); the corner cases were found by asking bash and are kept by a differential test).
 */

/** Thrown for an expression that regcomp refuses; bash then says "no match" without a word. */
export class EreError extends Error {}

export type EreNode =
  | { readonly kind: 'set'; readonly negated: boolean; readonly ranges: readonly (readonly [number, number])[] }
  | { readonly kind: 'assertion'; readonly at: EreAssertion }
  | { readonly kind: 'group'; readonly body: EreNode }
  | { readonly kind: 'back-reference'; readonly group: number }
  | { readonly kind: 'sequence'; readonly items: readonly EreNode[] }
  | { readonly kind: 'choice'; readonly branches: readonly EreNode[] }
  | { readonly kind: 'repeat'; readonly body: EreNode; readonly min: number; readonly max: number }

export type EreAssertion = 'begin' | 'end' | 'word-edge' | 'inside' | 'word-begin' | 'word-end'

/** RE_DUP_MAX of glibc. */
const mostRepeats = 32_767

interface State {
  readonly characters: readonly string[]
  at: number
  depth: number
  groups: number
  /** Groups that are closed and so may be referred to. */
  closed: ReadonlySet<number>
}

/** @throws {EreError} with the reason, for a person */
export function parseEre(text: string): EreNode {
  const state: State = { characters: Array.from(text), at: 0, depth: 0, groups: 0, closed: new Set() }
  return parseChoice(state)
}

function peek(state: State): string | undefined {
  return state.characters[state.at]
}

function parseChoice(state: State): EreNode {
  const before = state.closed
  const branches: EreNode[] = []
  let closed: ReadonlySet<number> = before
  for (;;) {
    state.closed = before
    branches.push(parseSequence(state))
    closed = new Set([...closed, ...state.closed])
    if (peek(state) !== '|') break
    state.at++
  }
  state.closed = closed
  const [only] = branches
  return branches.length === 1 && only !== undefined ? only : { kind: 'choice', branches }
}

function parseSequence(state: State): EreNode {
  const items: EreNode[] = []
  for (;;) {
    const next = peek(state)
    // A closing parenthesis that closes nothing is a plain character.
    if (next === undefined || next === '|' || (next === ')' && state.depth > 0)) break
    const atom = parseAtom(state)
    items.push(atom.kind === 'assertion' ? atom : parseRepeats(state, atom))
  }
  return { kind: 'sequence', items }
}

function parseAtom(state: State): EreNode {
  const next = peek(state)
  state.at++
  switch (next) {
    case '(':
      return parseGroup(state)
    case '[':
      return parseBracket(state)
    case '.':
      return { kind: 'set', negated: true, ranges: [] }
    case '^':
      return { kind: 'assertion', at: 'begin' }
    case '$':
      return { kind: 'assertion', at: 'end' }
    case '\\':
      return parseEscape(state)
    case '*':
    case '+':
    case '?':
    case '{':
      throw new EreError(`nothing stands before ${next} that could be repeated`)
    default:
      return literal(next ?? '')
  }
}

function parseGroup(state: State): EreNode {
  const group = ++state.groups
  state.depth++
  const body = parseChoice(state)
  if (peek(state) !== ')') throw new EreError('a parenthesis is not closed')
  state.at++
  state.depth--
  state.closed = new Set([...state.closed, group])
  return { kind: 'group', body }
}

function literal(character: string): EreNode {
  const code = character.codePointAt(0) ?? 0
  return { kind: 'set', negated: false, ranges: [[code, code]] }
}

const word: readonly (readonly [number, number])[] = [
  codes('0', '9'),
  codes('A', 'Z'),
  codes('_', '_'),
  codes('a', 'z'),
]
const space: readonly (readonly [number, number])[] = [codes('\t', '\r'), codes(' ', ' ')]

function codes(from: string, to: string): readonly [number, number] {
  return [from.codePointAt(0) ?? 0, to.codePointAt(0) ?? 0]
}

const assertions: Readonly<Record<string, EreAssertion>> = {
  '`': 'begin',
  "'": 'end',
  b: 'word-edge',
  B: 'inside',
  '<': 'word-begin',
  '>': 'word-end',
}

/** `\d` is no class here: an escape without a meaning stands for the character itself. */
function parseEscape(state: State): EreNode {
  const next = peek(state)
  if (next === undefined) throw new EreError('a backslash stands at the end')
  state.at++
  const at = assertions[next]
  if (at !== undefined) return { kind: 'assertion', at }
  if (next === 'w' || next === 'W') return { kind: 'set', negated: next === 'W', ranges: word }
  if (next === 's' || next === 'S') return { kind: 'set', negated: next === 'S', ranges: space }
  if (!/[1-9]/.test(next)) return literal(next)
  const group = Number(next)
  if (!state.closed.has(group)) throw new EreError(`\\${next} refers to a group that is not there`)
  return { kind: 'back-reference', group }
}

function parseRepeats(state: State, atom: EreNode): EreNode {
  let node = atom
  for (;;) {
    const bounds = parseBounds(state)
    if (bounds === undefined) return node
    node = { kind: 'repeat', body: node, min: bounds[0], max: bounds[1] }
  }
}

function parseBounds(state: State): readonly [number, number] | undefined {
  const next = peek(state)
  if (next === '*' || next === '+' || next === '?') {
    state.at++
    return [next === '+' ? 1 : 0, next === '?' ? 1 : Number.POSITIVE_INFINITY]
  }
  return next === '{' ? parseCount(state) : undefined
}

/** `{m}`, `{m,}`, `{m,n}`, and glibc's `{,n}` and `{,}`. */
function parseCount(state: State): readonly [number, number] {
  const close = state.characters.indexOf('}', state.at)
  const inside = close < 0 ? '' : state.characters.slice(state.at + 1, close).join('')
  const found = /^(\d*)(?:(,)(\d*))?$/.exec(inside)
  if (found === null || inside === '') throw new EreError('{ does not begin a count of repeats')
  state.at = close + 1
  const [, from = '', comma, to = ''] = found
  const min = Number(from)
  const upper = to === '' ? Number.POSITIVE_INFINITY : Number(to)
  const max = comma === undefined ? min : upper
  if (max < min) throw new EreError(`the count {${inside}} ends before it begins`)
  if (min > mostRepeats || (to !== '' && max > mostRepeats)) throw new EreError(`the count {${inside}} is too large`)
  return [min, max]
}

const classes: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  alnum: [codes('0', '9'), codes('A', 'Z'), codes('a', 'z')],
  alpha: [codes('A', 'Z'), codes('a', 'z')],
  blank: [codes('\t', '\t'), codes(' ', ' ')],
  cntrl: [
    [0, 31],
    [127, 127],
  ],
  digit: [codes('0', '9')],
  graph: [codes('!', '~')],
  lower: [codes('a', 'z')],
  print: [codes(' ', '~')],
  punct: [codes('!', '/'), codes(':', '@'), codes('[', '`'), codes('{', '~')],
  space,
  upper: [codes('A', 'Z')],
  xdigit: [codes('0', '9'), codes('A', 'F'), codes('a', 'f')],
}

/** Inside brackets a backslash is a plain character, and `]` is one where it comes first. */
function parseBracket(state: State): EreNode {
  const negated = peek(state) === '^'
  if (negated) state.at++
  const ranges: (readonly [number, number])[] = []
  for (let first = true; ; first = false) {
    const next = peek(state)
    if (next === undefined) throw new EreError('a bracket is not closed')
    if (next === ']' && !first) break
    ranges.push(...parseBracketItem(state, first))
  }
  state.at++
  return { kind: 'set', negated, ranges }
}

function parseBracketItem(state: State, first: boolean): readonly (readonly [number, number])[] {
  const named = parseNamed(state, ':')
  if (named !== undefined) {
    const ranges = Object.hasOwn(classes, named) ? classes[named] : undefined
    if (ranges === undefined) throw new EreError(`there is no character class ${named}`)
    if (rangeFollows(state)) throw new EreError('a range begins with a character class')
    return ranges
  }
  const before = state.at
  const from = parseBracketCharacter(state)
  const bareDash = from === 45 && state.at === before + 1
  if (bareDash && !first && peek(state) !== ']' && !rangeFollows(state)) {
    throw new EreError('a dash in a bracket stands neither first nor last')
  }
  if (!rangeFollows(state)) return [[from, from]]
  state.at++
  const to = parseBracketCharacter(state)
  if (to < from) throw new EreError('a range in a bracket ends before it begins')
  return [[from, to]]
}

function rangeFollows(state: State): boolean {
  return peek(state) === '-' && state.characters[state.at + 1] !== ']' && state.characters[state.at + 1] !== undefined
}

function parseBracketCharacter(state: State): number {
  const named = parseNamed(state, '.') ?? parseNamed(state, '=')
  const character = named ?? peek(state)
  if (character === undefined) throw new EreError('a bracket is not closed')
  if (Array.from(character).length !== 1) throw new EreError(`${character} is not one character`)
  if (named === undefined) state.at++
  return character.codePointAt(0) ?? 0
}

/** The name in `[:name:]`, `[.x.]` or `[=x=]`. */
function parseNamed(state: State, mark: string): string | undefined {
  if (peek(state) !== '[' || state.characters[state.at + 1] !== mark) return undefined
  for (let end = state.at + 2; end + 1 < state.characters.length; end++) {
    if (state.characters[end] !== mark || state.characters[end + 1] !== ']') continue
    const name = state.characters.slice(state.at + 2, end).join('')
    state.at = end + 2
    return name
  }
  throw new EreError('a bracket is not closed')
}
