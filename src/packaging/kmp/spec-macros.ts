/** The part of rpm's macro language that preambles of spec files use: enough to tell names, versions and sources. Pure. */

export type Macros = ReadonlyMap<string, string>

/** rpm gives up at the same kind of depth. */
const deepest = 32

/**
 * `%name`, `%{name}`, `%{?name}`, `%{?name:text}`, `%{!?name:text}` and `%%`. What is not defined, or is of another kind,
 * stays as it is written, as rpm leaves it.
 */
export function expandMacros(text: string, macros: Macros, depth = 0): string {
  if (depth > deepest) return text
  let expanded = ''
  for (let at = 0; at < text.length; ) {
    const token = macroAt(text, at)
    if (token === undefined) {
      expanded += text.charAt(at)
      at += 1
      continue
    }
    expanded += valueOf(token, macros, depth)
    at += token.length
  }
  return expanded
}

/** Whether a macro is left that could not be expanded. */
export function hasMacro(text: string): boolean {
  return /%[{(A-Za-z_?!]/.test(text)
}

/** From `%` to its end; undefined where no macro begins. */
function macroAt(text: string, at: number): string | undefined {
  const rest = text.slice(at)
  const [plain] = /^%(?:%|[!?]*[A-Za-z_]\w*)/.exec(rest) ?? []
  if (plain !== undefined) return plain
  if (!rest.startsWith('%{')) return undefined
  let open = 0
  for (let index = 1; index < rest.length; index += 1) {
    if (rest.charAt(index) === '{') open += 1
    if (rest.charAt(index) === '}') open -= 1
    if (open === 0) return rest.slice(0, index + 1)
  }
  return undefined
}

function valueOf(token: string, macros: Macros, depth: number): string {
  if (token === '%%') return '%'
  const body = token.startsWith('%{') ? token.slice(2, -1) : token.slice(1)
  const {
    marks = '',
    name,
    text,
  } = /^(?<marks>[!?]*)(?<name>[A-Za-z_]\w*)(?::(?<text>[\s\S]*))?$/.exec(body)?.groups ?? {}
  if (name === undefined) return token
  const value = macros.get(name)
  if (!marks.includes('?'))
    return value === undefined || text !== undefined ? token : expandMacros(value, macros, depth + 1)
  const holds = (value !== undefined) !== marks.includes('!')
  if (!holds) return ''
  return expandMacros(text ?? (marks.includes('!') ? '' : (value ?? '')), macros, depth + 1)
}
