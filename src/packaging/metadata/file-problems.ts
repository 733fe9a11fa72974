/** What a schema found wrong with a YAML file, in words and with lines. */
import type { Document, LineCounter, Pair } from 'yaml'
import { editDistance } from '../../conf/directives.ts'
import type { MetadataProblem } from './problems.ts'

export interface YamlSource {
  readonly document: Document
  readonly lines: LineCounter
  readonly path: string
  /** The keys that may stand in the block that a path leads to. */
  readonly knownKeys: (path: readonly PropertyKey[]) => readonly string[]
}

/** The parts of zod's issues that are told. */
export interface SchemaIssue {
  readonly code: string
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly keys?: readonly string[]
  readonly expected?: string
}

/** In the order of their lines. */
export function schemaProblems(issues: readonly SchemaIssue[], source: YamlSource): MetadataProblem[] {
  const found = issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys')
      return [{ at: positionOf(issue.path, source), message: messageOf(issue, source) }]
    return (issue.keys ?? []).map((key) => ({
      at: keyPosition(issue.path, key, source),
      message: unknownKey(key, issue.path, source.knownKeys(issue.path)),
    }))
  })
  return found
    .sort((a, b) => a.at - b.at)
    .map(({ at, message }) => ({ where: placeOf(source.path, source.lines, at), message }))
}

/** `FILE:LINE`, the form of compilers, which editors understand. */
export function placeOf(path: string, lines: LineCounter, offset: number): string {
  return `${path}:${Math.max(1, lines.linePos(offset).line)}`
}

/** The parser's own words, which begin with a capital, except where they are for programmers. */
export function syntaxMessage({ code, message }: { readonly code: string; readonly message: string }): string {
  if (code === 'MULTIPLE_DOCS') return 'the file holds more than one document'
  return lowerCase(message)
}

export function lowerCase(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1)
}

const kinds: Readonly<Record<string, string>> = { string: 'a text', array: 'a list', object: 'a block of keys' }

function messageOf(issue: SchemaIssue, { document }: YamlSource): string {
  const name = nameOf(issue.path)
  if (!document.hasIn(issue.path)) return `${name} is missing`
  if (issue.code === 'custom') return `${name} ${issue.message}`
  if (issue.code === 'too_small') return `${name} is empty`
  return `${name} is not ${kinds[issue.expected ?? ''] ?? 'what is expected here'}`
}

function nameOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the file'
  const parts = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
  return parts.join('').slice(1)
}

function unknownKey(key: string, path: readonly PropertyKey[], known: readonly string[]): string {
  const where = path.length === 0 ? '' : ` in ${nameOf(path)}`
  const near = nearest(key, known)
  return `unknown key ${JSON.stringify(key)}${where}${near === undefined ? '' : `; did you mean ${near}?`}`
}

function nearest(key: string, known: readonly string[]): string | undefined {
  const allowed = Math.max(1, Math.floor(key.length / 3))
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(key.toLowerCase().replaceAll('_', '-'), candidate) }))
    .filter(({ distance }) => distance <= allowed)
    .sort((a, b) => a.distance - b.distance)
  return ranked[0]?.candidate
}

/** Where a value begins; for one that is missing, where the block begins that lacks it. */
function positionOf(path: readonly PropertyKey[], source: YamlSource): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const parent = source.document.getIn(path.slice(0, length - 1), true)
    const pair = length === 0 ? undefined : pairOf(parent, path[length - 1])
    const offset = startOf(pair?.key) ?? startOf(source.document.getIn(path.slice(0, length), true))
    if (offset !== undefined) return offset
  }
  return 0
}

function keyPosition(path: readonly PropertyKey[], key: string, source: YamlSource): number {
  const pair = pairOf(source.document.getIn(path, true), key)
  return startOf(pair?.key) ?? positionOf(path, source)
}

function pairOf(node: unknown, key: PropertyKey | undefined): Pair | undefined {
  if (!isObject(node) || !('items' in node) || !Array.isArray(node.items)) return undefined
  return node.items.find((item: unknown): item is Pair => isObject(item) && 'key' in item && textOf(item.key) === key)
}

function textOf(node: unknown): unknown {
  return isObject(node) && 'value' in node ? node.value : node
}

function startOf(node: unknown): number | undefined {
  if (!isObject(node) || !('range' in node) || !Array.isArray(node.range)) return undefined
  const [start]: readonly unknown[] = node.range
  return typeof start === 'number' ? start : undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
