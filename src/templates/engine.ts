/**
 * Handlebars as this project uses it: nothing is escaped unless the template says for which language, a name that the
 * values do not have is an error, and no helpers exist but these and the block helpers.
 */
import type Handlebars from 'handlebars'
import { type Escape, escapes } from './escape.ts'

/** Values a template places; they are final, templates only place them. */
export interface TemplateValues {
  readonly [name: string]: TemplateValue
}

export type TemplateValue = string | number | boolean | undefined | TemplateValues | readonly TemplateValue[]

export type Render = (values: TemplateValues) => string

export interface TemplateEngine {
  /** @param name for messages */
  compile(text: string, name: string): Render
}

const blockHelpers = { if: true, unless: true, each: true, with: true } as const

/** The same for templates that are compiled when they are needed and for those that the build compiles. */
export const compileOptions = {
  noEscape: true,
  strict: true,
  knownHelpersOnly: true,
  knownHelpers: Object.fromEntries([...Object.keys(blockHelpers), ...Object.keys(escapes)].map((name) => [name, true])),
} as const

/** Handlebars takes a while to load, so it is loaded by the first template. */
export async function createEngine(): Promise<TemplateEngine> {
  const { default: library } = await import('handlebars')
  const own = withOwnHelpers(library)
  return { compile: (text, name) => renderer(own.compile(text, compileOptions), name) }
}

export interface CompiledTemplates {
  /** @param specification made with {@link compileOptions} by the same version of Handlebars */
  use(specification: object, name: string): Render
}

/** The part of Handlebars that compiled templates need. */
export async function createRuntime(): Promise<CompiledTemplates> {
  // Its types say that it exports nothing; it exports what `handlebars` does, without the compiler.
  const { default: runtime } = (await import('handlebars/runtime.js')) as unknown as { default: typeof Handlebars }
  const own = withOwnHelpers(runtime)
  return { use: (specification, name) => renderer(own.template(specification), name) }
}

function withOwnHelpers(library: typeof Handlebars): typeof Handlebars {
  const own = library.create()
  for (const name of Object.keys(own.helpers)) if (!Object.hasOwn(blockHelpers, name)) own.unregisterHelper(name)
  for (const [name, escape] of Object.entries(escapes)) own.registerHelper(name, helper(name, escape))
  return own
}

function renderer(render: (values: unknown) => string, name: string): Render {
  return (values) => naming(name, () => render(withoutPrototype(values)))
}

/** Names that every object has, such as `constructor`, are not among the values. */
function withoutPrototype(value: TemplateValue): unknown {
  if (Array.isArray(value)) return value.map(withoutPrototype)
  if (typeof value !== 'object') return value
  const entries = Object.entries(value).map(([name, inner]) => [name, withoutPrototype(inner)] as const)
  return Object.assign(Object.create(null) as object, Object.fromEntries(entries))
}

/** A helper gets the value and the options Handlebars adds. */
function helper(name: string, escape: Escape): (...given: readonly unknown[]) => string {
  return (...given) => {
    const [value] = given
    if (given.length !== 2) throw new Error(`{{${name}}} takes one value`)
    if (typeof value === 'string') return escape(value)
    if (typeof value === 'number' && Number.isFinite(value)) return escape(String(value))
    throw new Error(`{{${name}}} got ${value === null ? 'null' : typeof value} in place of a text or a number`)
  }
}

/** A template that asks for what it was not given is a bug; the message says which. */
function naming(name: string, render: () => string): string {
  try {
    return render()
  } catch (error) {
    if (error instanceof Error) error.message = `${error.message} (template ${name})`
    throw error
  }
}
