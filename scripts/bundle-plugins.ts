/** What our bundles need of esbuild beyond its options. */
import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import type { Plugin } from 'esbuild'

/** What the command line leaves to other bundles: the module specifiers it imports, by package. */
export type Separated = Map<string, Set<string>>

/**
 * Makes each npm package a bundle of its own, `./lib/PACKAGE.js`, and notes in `separated` what is wanted of it.
 * `import 'tar/header'` and `import 'tar/parse'` come from one bundle, so that they share their classes.
 */
export function separateBundles(separated: Separated): Plugin {
  return {
    name: 'separate-bundles',
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, ({ path, importer, kind }) => {
        const name = parts.get(path) ?? packageOf(path)
        const isTheirs = importer.includes('/node_modules/')
        if (kind === 'entry-point' || isTheirs || isBuiltin(path)) return undefined
        separated.set(name, (separated.get(name) ?? new Set()).add(path))
        return { path: `./lib/${name}.js#${path}`, external: true }
      })
    },
  }
}

/** Parts of packages that are used without the rest, and are small beside it. */
const parts: ReadonlyMap<string, string> = new Map([['handlebars/runtime.js', 'handlebars-runtime']])

/** Of these the default export is all we want; CommonJS has one only as a module that is nothing else. */
const defaultOnly: ReadonlySet<string> = new Set(['yargs'])

/** The source of a bundle made for {@link separateBundles}: each specifier a property that loads it when first read. */
export function separateBundleSource(specifiers: ReadonlySet<string>): string {
  const getters = [...specifiers].toSorted().map((name) => {
    const text = JSON.stringify(name)
    return `get ${text}() { return require(${text})${defaultOnly.has(name) ? '.default' : ''} }`
  })
  return `module.exports = { ${getters.join(', ')} }`
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** Leaves out of the table of actions what is not among the `verbs`, and with it all that only the others need. */
export function onlyVerbs(verbs: readonly string[]): Plugin {
  return {
    name: 'only-verbs',
    setup(build) {
      build.onLoad({ filter: /\/src\/cli\/commands\/index\.ts$/ }, ({ path }) => ({
        contents: readFileSync(path, 'utf8').replaceAll(/^ {2}(\w+): async \(\) =>.*\n/gm, (line, verb: string) =>
          verbs.includes(verb) ? line : '',
        ),
        loader: 'ts',
      }))
    },
  }
}

/**
 * string-width creates an Intl.Segmenter when it is loaded, which takes 8 ms, and yargs brings three copies of it.
 * Printable ASCII, which is all that our help and tables hold, needs none; other text still gets the original.
 */
export const asciiStringWidth: Plugin = {
  name: 'ascii-string-width',
  setup(build) {
    const namespace = 'ascii-string-width'
    build.onResolve({ filter: /^string-width$/ }, async ({ path, pluginData, ...where }) => {
      if (pluginData === 'original') return undefined
      const found = await build.resolve(path, {
        importer: where.importer,
        kind: where.kind,
        resolveDir: where.resolveDir,
        pluginData: 'original',
      })
      return { path: found.path, namespace }
    })
    build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
      resolveDir: '/',
      contents: `export default function stringWidth(text, options) {
        return /^[ -~]*$/.test(text) ? text.length : require(${JSON.stringify(path)}).default(text, options)
      }`,
    }))
  },
}
