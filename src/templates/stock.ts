/** The templates the program brings along: where they are, and one engine for all of them. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { FactoryError } from '../errors.ts'
import { isDirectory, isFile } from '../system/fs.ts'
import { createEngine, createRuntime, type Render, type TemplateValues } from './engine.ts'
import { precompiled } from './precompiled.ts'

/**
 * The directory with the stock templates: beside the package.json that lies nearest above, in a checkout as well as
 * where the package is installed and dist/ runs.
 *
 * @throws {FactoryError} FILE_ACCESS when the program was installed without them
 */
export function templatesDirectory(start: string = import.meta.dirname): string {
  for (let directory = start; ; directory = dirname(directory)) {
    const candidate = join(directory, 'templates')
    if (isFile(join(directory, 'package.json')) && isDirectory(candidate)) return candidate
    if (dirname(directory) === directory) break
  }
  throw new FactoryError('FILE_ACCESS', `the templates of the program are not installed: none above ${start}`, {
    hint: 'install dkms-factory again',
  })
}

export interface StockTemplates {
  /**
   * @param name below templates/, such as `rpm/dkms.spec.hbs`
   * @throws {FactoryError} PACKAGE_REFUSED when a value has no form in the file's language; FILE_ACCESS
   */
  render(name: string, values: TemplateValues): string
}

/**
 * Each template is made ready when it is first rendered: with what the build compiled, unless a file was edited since.
 *
 * @param beginning with what the names of the wanted templates begin, such as `rpm/`; only these are looked at
 */
export async function openTemplates(beginning = '', directory: string = templatesDirectory()): Promise<StockTemplates> {
  const prepare = isUnchanged(directory, beginning) ? await usePrecompiled(directory) : await compileFiles(directory)
  const ready = new Map<string, Render>()
  return {
    render(name, values) {
      if (!name.startsWith(beginning)) throw new Error(`${name} is none of the templates ${beginning}*`)
      const render = ready.get(name) ?? prepare(name)
      ready.set(name, render)
      return render(values)
    },
  }
}

function isUnchanged(directory: string, beginning: string): boolean {
  const templates = [...precompiled].filter(([name]) => name.startsWith(beginning))
  return templates.length > 0 && templates.every(([name, { text }]) => textOf(join(directory, name)) === text)
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

async function usePrecompiled(directory: string): Promise<(name: string) => Render> {
  const runtime = await createRuntime()
  return (name) => {
    const template = precompiled.get(name)
    if (template === undefined) throw missing(join(directory, name))
    return runtime.use(template.specification, name)
  }
}

async function compileFiles(directory: string): Promise<(name: string) => Render> {
  const engine = await createEngine()
  return (name) => {
    const path = join(directory, name)
    try {
      return engine.compile(readFileSync(path, 'utf8'), name)
    } catch (error) {
      throw missing(path, error)
    }
  }
}

function missing(path: string, cause?: unknown): FactoryError {
  const hint = 'install dkms-factory again'
  return new FactoryError('FILE_ACCESS', `cannot read the template ${path}`, { hint, cause })
}
