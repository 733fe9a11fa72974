/** What our bundles need of esbuild beyond its options. */
import { isBuiltin } from 'node:module'
import type { Plugin } from 'esbuild'

/** Makes each npm package except the `kept` ones a bundle of its own, `./lib/NAME.js`, and says which these are. */
export function separateBundles(options: { readonly kept: readonly string[] }): {
  readonly plugin: Plugin
  readonly separated: ReadonlySet<string>
} {
  const separated = new Set<string>()
  const plugin: Plugin = {
    name: 'separate-bundles',
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
        const isOurs = !importer.includes('/node_modules/')
        if (!isOurs || isBuiltin(path) || options.kept.includes(packageOf(path))) return undefined
        if (path === '' || importer === '') return undefined
        separated.add(path)
        return { path: `./lib/${path}.js`, external: true }
      })
    },
  }
  return { plugin, separated }
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
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
