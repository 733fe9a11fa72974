/**
 * What a spec file of the user says at its beginning: what a source package tells of itself. Whoever builds from the
 * package reads the spec file again, with all macros of that host.
 */
import { FactoryError } from '../../errors.ts'
import { Conditions } from './spec-conditions.ts'
import { expandMacros, hasMacro } from './spec-macros.ts'

export interface SpecPreamble {
  readonly name: string
  readonly version: string
  readonly release: string
  readonly epoch: number | undefined
  readonly summary: string
  readonly license: string
  readonly description: string
  readonly group: string | undefined
  readonly url: string | undefined
  readonly vendor: string | undefined
  readonly packager: string | undefined
  /** Base names, in the order of their lines. */
  readonly sources: readonly string[]
  readonly patches: readonly string[]
  /** Those that could be expanded, one each. */
  readonly buildRequires: readonly string[]
}

/** Tags whose values are macros, too; rpm defines them when it reads the line. */
const namedLikeMacros = ['name', 'version', 'release', 'epoch', 'url']

/** @throws {FactoryError} PACKAGE_REFUSED when a tag that names the package is missing, or needs macros of another host */
export function parseSpecPreamble(text: string, file: string): SpecPreamble {
  const tags = readTags(text, file)
  const one = (tag: string) => tags.values.find(([name]) => name === tag)?.[1]
  const all = (tag: RegExp) => tags.values.filter(([name]) => tag.test(name)).map(([, value]) => value)
  const needed = (tag: string) => requiredTag(tag, one(tag), file)
  const epoch = one('epoch')
  return {
    name: needed('name'),
    version: needed('version'),
    release: needed('release'),
    epoch: epoch === undefined || !/^\d+$/.test(epoch) ? undefined : Number(epoch),
    summary: needed('summary'),
    license: needed('license'),
    description: tags.description === '' ? needed('summary') : tags.description,
    group: one('group'),
    url: one('url'),
    vendor: one('vendor'),
    packager: one('packager'),
    sources: all(/^source\d*$/).map((value) => baseName(requiredTag('source', value, file))),
    patches: all(/^patch\d*$/).map((value) => baseName(requiredTag('patch', value, file))),
    buildRequires: all(/^buildrequires$/)
      .flatMap(splitRelations)
      .filter((relation) => !hasMacro(relation)),
  }
}

interface Tags {
  readonly values: readonly (readonly [tag: string, value: string])[]
  readonly description: string
}

const sections =
  /^%(?:package|description|prep|generate_buildrequires|build|install|check|clean|files|changelog|pre|post|preun|postun|pretrans|posttrans|trigger\w*)\b/

function readTags(text: string, file: string): Tags {
  const macros = new Map<string, string>()
  const values: (readonly [string, string])[] = []
  const conditions = new Conditions(file)
  const lines = text.split(/\r?\n/)
  for (const [index, line] of lines.entries()) {
    if (conditions.take(line, index + 1, (condition) => expandMacros(condition, macros)) || !conditions.hold) continue
    if (sections.test(line)) return { values, description: describedFrom(lines, index, macros) }
    define(line, macros)
    const [, tag, value] = /^([A-Za-z]\w*)(?:\([^)]*\))?\s*:\s*(.*?)\s*$/.exec(line) ?? []
    if (tag === undefined || value === undefined) continue
    const expanded = expandMacros(value, macros)
    values.push([tag.toLowerCase(), expanded])
    if (namedLikeMacros.includes(tag.toLowerCase())) macros.set(tag.toLowerCase(), expanded)
  }
  return { values, description: '' }
}

/** Macros with arguments are left out: nothing in a preamble that names the package uses them. */
function define(line: string, macros: Map<string, string>): void {
  const [, kind, name, body = ''] = /^\s*%(define|global)\s+([A-Za-z_]\w*)(?:\s+(.*?))?\s*$/.exec(line) ?? []
  if (name === undefined) return
  macros.set(name, kind === 'global' ? expandMacros(body, macros) : body)
}

function describedFrom(lines: readonly string[], from: number, macros: ReadonlyMap<string, string>): string {
  const start = lines.findIndex((line, index) => index >= from && /^%description\s*$/.test(line))
  if (start < 0) return ''
  const rest = lines.slice(start + 1)
  const end = rest.findIndex((line) => sections.test(line))
  return expandMacros(rest.slice(0, end < 0 ? undefined : end).join('\n'), macros).trim()
}

function requiredTag(tag: string, value: string | undefined, file: string): string {
  if (value !== undefined && value !== '' && !hasMacro(value)) return value
  const why = value === undefined || value === '' ? 'has none' : `says ${value}, which needs macros of another host`
  throw new FactoryError('PACKAGE_REFUSED', `${file} does not tell the ${tag} of the package: it ${why}`, {
    hint: 'state it above %description, with macros that the file itself defines',
  })
}

function baseName(value: string): string {
  return value.replace(/^.*\//, '')
}

/** `a b >= 1, c` are three. */
function splitRelations(value: string): readonly string[] {
  return value.match(/\([^()]*\)|[^\s,<>=]+(?:\s*(?:<=|>=|=|<|>)\s*[^\s,]+)?/g) ?? []
}
