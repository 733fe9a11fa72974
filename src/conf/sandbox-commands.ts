/** What a conf calls, read from its syntax tree: to find commands the sandbox lacks and to name their lines. */
import type { parse } from 'just-bash'

export interface CommandUse {
  readonly name: string
  readonly line: number
}

export interface Commands {
  readonly uses: readonly CommandUse[]
  /** Functions the conf defines. */
  readonly functions: ReadonlySet<string>
}

/** The builtins of bash: whatever the interpreter lacks of them (trap) is no command of the host. */
const builtins = new Set(
  (
    '. : [ [[ alias bg bind break builtin caller cd command compgen complete compopt continue declare dirs disown echo ' +
    'enable eval exec exit export false fc fg getopts hash help history jobs kill let local logout mapfile popd printf ' +
    'pushd pwd read readarray readonly return set shift shopt source suspend test times trap true type typeset ulimit ' +
    'umask unalias unset wait'
  ).split(' '),
)

export function isBuiltin(name: string): boolean {
  return builtins.has(name)
}

/**
 * The part of a text that bash would run: with a syntax error in it, everything before the statement that has it.
 *
 * @returns the parsed part and the line of the error, if there is one
 */
export function runnablePart(
  text: string,
  parser: typeof parse,
): { readonly text: string; readonly errorLine?: number } {
  if (parses(text, parser)) return { text }
  const lines = text.split('\n')
  let low = 0
  // The longest run of whole lines that parses; a here-document or string cut in two does not.
  for (let count = lines.length - 1; count > 0; count--) {
    if (parses(lines.slice(0, count).join('\n'), parser)) {
      low = count
      break
    }
  }
  return { text: `${lines.slice(0, low).join('\n')}\n`, errorLine: low + 1 }
}

function parses(text: string, parser: typeof parse): boolean {
  try {
    parser(text)
    return true
  } catch {
    return false
  }
}

/** @param text one that parses */
export function findCommands(text: string, parser: typeof parse): Commands {
  const uses: CommandUse[] = []
  const functions = new Set<string>()
  visit(parser(text), (node) => {
    if (node['type'] === 'FunctionDef' && typeof node['name'] === 'string') functions.add(node['name'])
    const name = node['type'] === 'SimpleCommand' ? literalWord(node['name']) : undefined
    if (name !== undefined) uses.push({ name, line: typeof node['line'] === 'number' ? node['line'] : 1 })
  })
  return { uses, functions }
}

type TreeNode = Readonly<Record<string, unknown>>

function visit(value: unknown, see: (node: TreeNode) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, see)
  } else if (isNode(value)) {
    see(value)
    for (const child of Object.values(value)) visit(child, see)
  }
}

function isNode(value: unknown): value is TreeNode {
  return typeof value === 'object' && value !== null
}

/** A word without expansions, as text. */
function literalWord(word: unknown): string | undefined {
  if (!isNode(word) || !Array.isArray(word['parts'])) return undefined
  let text = ''
  for (const part of word['parts'] as unknown[]) {
    if (!isNode(part)) return undefined
    if (typeof part['value'] === 'string') text += part['value']
    else return undefined
  }
  return text === '' ? undefined : text
}
