/**
 * What the sources of a module say about it, without a compiler: the arguments of MODULE_LICENSE, MODULE_DESCRIPTION and
 * MODULE_AUTHOR (include/linux/module.h) and the SPDX-License-Identifier line of the file (the kernel's license rules).
 *
 * Understood are comments, continued lines, adjacent strings, escapes, `#if 0`, and texts given by a `#define` of the
 * same file. An argument that needs more than that is not guessed.
 */
export interface ModuleMacros {
  readonly licenses: readonly string[]
  readonly descriptions: readonly string[]
  readonly authors: readonly string[]
  /** As written after SPDX-License-Identifier, when the file has macros of a module. */
  readonly spdx: string | undefined
}

const wanted = { MODULE_LICENSE: 'licenses', MODULE_DESCRIPTION: 'descriptions', MODULE_AUTHOR: 'authors' } as const

const nothing: ModuleMacros = { licenses: [], descriptions: [], authors: [], spdx: undefined }

export function readModuleMacros(source: string): ModuleMacros {
  if (!/\bMODULE_(?:LICENSE|DESCRIPTION|AUTHOR)\b/.test(source)) return nothing
  const { code, defines } = preprocess(withoutComments(source.replace(/\\\r?\n/g, '')))
  const found = { licenses: [] as string[], descriptions: [] as string[], authors: [] as string[] }
  const tokens = tokensOf(code)
  for (const [index, token] of tokens.entries()) {
    const list = isWanted(token) && tokens[index + 1] === '(' ? found[wanted[token]] : undefined
    const end = list === undefined ? -1 : tokens.indexOf(')', index)
    const text = end === -1 ? undefined : textOf(tokens.slice(index + 2, end), defines, new Set())
    if (text !== undefined) list?.push(text)
  }
  const isModule = found.licenses.length + found.descriptions.length + found.authors.length > 0
  return isModule ? { ...found, spdx: spdxOf(source) } : nothing
}

function isWanted(token: string): token is keyof typeof wanted {
  return Object.hasOwn(wanted, token)
}

/** Comments become a space; line ends within them stay, so that directives still begin their lines. */
function withoutComments(source: string): string {
  const piece = /"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*'|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g
  return source.replace(piece, (text) => (text.startsWith('/') ? ` ${text.replace(/[^\n]/g, '')}` : text))
}

interface Preprocessed {
  readonly code: string
  /** Bodies of object-like macros by name. */
  readonly defines: ReadonlyMap<string, string>
}

/** Conditions are taken as true unless they are a plain 0, and so are their alternatives unless the condition is a plain 1. */
function preprocess(source: string): Preprocessed {
  const defines = new Map<string, string>()
  const code: string[] = []
  const skips: boolean[] = []
  for (const line of source.split('\n')) {
    const { name, rest = '' } = /^\s*#\s*(?<name>\w+)\s*(?<rest>.*?)\s*$/.exec(line)?.groups ?? {}
    if (name === undefined) {
      if (!skips.includes(true) && !/^\s*#/.test(line)) code.push(line)
      continue
    }
    followCondition(name, rest, skips)
    const define = name === 'define' && !skips.includes(true) ? /^(\w+)(?:\s+(.*))?$/.exec(rest) : null
    if (define?.[1] !== undefined) defines.set(define[1], define[2] ?? '')
  }
  return { code: code.join('\n'), defines }
}

function followCondition(directive: string, condition: string, skips: boolean[]): void {
  const isOff = condition === '0'
  if (directive === 'if') skips.push(isOff)
  else if (directive === 'ifdef' || directive === 'ifndef') skips.push(false)
  else if (directive === 'endif') skips.pop()
  else if (directive === 'elif' && skips.length > 0) skips[skips.length - 1] = isOff
  else if (directive === 'else' && skips.length > 0) skips[skips.length - 1] = false
}

function tokensOf(code: string): string[] {
  return code.match(/"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*'|\w+|\S/g) ?? []
}

/** Adjacent strings and names of strings, joined; undefined when something else is among them. */
function textOf(
  tokens: readonly string[],
  defines: ReadonlyMap<string, string>,
  within: ReadonlySet<string>,
): string | undefined {
  if (tokens.length === 0) return undefined
  let text = ''
  for (const token of tokens) {
    const body = within.has(token) ? undefined : defines.get(token)
    const part = token.startsWith('"')
      ? unescape(token.slice(1, -1))
      : body === undefined
        ? undefined
        : textOf(tokensOf(body), defines, new Set([...within, token]))
    if (part === undefined) return undefined
    text += part
  }
  return text
}

const simpleEscapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
}

function unescape(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]+)|([0-7]{1,3})|(.))/g, (_, hex?: string, octal?: string, letter?: string) => {
    if (letter !== undefined) return simpleEscapes[letter] ?? letter
    return String.fromCharCode((hex === undefined ? Number.parseInt(octal ?? '0', 8) : Number.parseInt(hex, 16)) & 0xff)
  })
}

/** The line belongs to the top of a file (Documentation/process/license-rules.rst). */
function spdxOf(source: string): string | undefined {
  const top = source.split('\n', 40).join('\n')
  return /SPDX-License-Identifier:[ \t]*([A-Za-z0-9.+() -]*[A-Za-z0-9+)])/.exec(top)?.[1]
}
