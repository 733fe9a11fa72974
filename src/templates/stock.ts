/** The templates the program brings along: where they are, and one engine for all of them. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { FactoryError } from '../errors.ts'
import { isDirectory, isFile } from '../system/fs.ts'
import { createEngine, type Render, type TemplateEngine, type TemplateValues } from './engine.ts'

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

/** Each template is read and compiled when it is first rendered. */
export async function openTemplates(directory: string = templatesDirectory()): Promise<StockTemplates> {
  const engine = await createEngine()
  const compiled = new Map<string, Render>()
  return {
    render(name, values) {
      const render = compiled.get(name) ?? compileFile(engine, directory, name)
      compiled.set(name, render)
      return render(values)
    },
  }
}

function compileFile(engine: TemplateEngine, directory: string, name: string): Render {
  const path = join(directory, name)
  try {
    return engine.compile(readFileSync(path, 'utf8'), name)
  } catch (error) {
    const hint = 'install dkms-factory again'
    throw new FactoryError('FILE_ACCESS', `cannot read the template ${path}`, { hint, cause: error })
  }
}
