/** The stock templates, compiled by the build (src/templates/precompiled.ts says why). */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'
import Handlebars from 'handlebars'
import { compileOptions } from '../src/templates/engine.ts'

/** @returns the source of a module like src/templates/precompiled.ts, with the templates whose names begin so */
export function precompiledModule(directory: string, beginnings: readonly string[] = ['']): string {
  const entries = globSync('**/*.hbs', { cwd: directory })
    .filter((name) => beginnings.some((beginning) => name.startsWith(beginning)))
    .toSorted()
    .map((name) => {
      const text = readFileSync(join(directory, name), 'utf8')
      // The types keep to themselves that what comes back is the source of an object.
      const specification = Handlebars.precompile(text, { ...compileOptions }) as unknown as string
      return `[${JSON.stringify(name)}, { text: ${JSON.stringify(text)}, specification: ${specification} }]`
    })
  return `export const precompiled = new Map([${entries.join(',\n')}])`
}

/** Puts the compiled templates in the place of the empty list. */
export function precompiledTemplates(directory: string, beginnings: readonly string[]): Plugin {
  return {
    name: 'precompiled-templates',
    setup(build) {
      build.onLoad({ filter: /\/src\/templates\/precompiled\.ts$/ }, () => ({
        contents: precompiledModule(directory, beginnings),
        loader: 'js',
      }))
    },
  }
}
