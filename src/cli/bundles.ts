/**
 * Loads the bundles of dist/ with the V8 code cache that the build stored beside each: compiling is most of what a short
 * command would otherwise do. A cache that is missing or made by another Node is not used, which costs time and nothing
 * else. Node's own compile cache is not used: it lives in /tmp, and what others can write must not become code of root.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Script } from 'node:vm'

export interface Bundles {
  /** @param name the file's name below dist/, such as `cli.js` or `lib/tar.js` */
  load(name: string): unknown
  /** What has been compiled so far, by file, for the build to store. */
  readonly compiled: ReadonlyMap<string, Script>
}

type Wrapper = (exports: unknown, require: unknown, module: unknown, filename: string, dirname: string) => void

/**
 * @param directory dist/
 * @param requireBuiltin gives Node's own modules
 */
export function openBundles(directory: string, requireBuiltin: (name: string) => unknown): Bundles {
  const modules = new Map<string, { exports: unknown }>()
  const compiled = new Map<string, Script>()

  function load(name: string): unknown {
    const known = modules.get(name)
    if (known !== undefined) return known.exports
    const file = join(directory, name)
    const script = compile(file)
    const module = { exports: {} }
    modules.set(name, module)
    compiled.set(file, script)
    // The build wraps each bundle in a function of these five parameters.
    const wrapper = script.runInThisContext() as Wrapper
    wrapper(module.exports, requireFromBundle, module, file, directory)
    return module.exports
  }

  /** The build names what lies in another bundle `./lib/PACKAGE.js#SPECIFIER`; all else is Node's own. */
  function requireFromBundle(name: string): unknown {
    const [, bundle, specifier] = /^\.\/([^#]+)#(.+)$/.exec(name) ?? []
    if (bundle === undefined || specifier === undefined) return requireBuiltin(name)
    return (load(bundle) as Readonly<Record<string, unknown>>)[specifier]
  }

  return { load, compiled }
}

/**
 * Actions that scripts and package managers wait for. What a bundle holds has to be read before anything is done, so
 * these are in bundles of their own, with nothing that they do not need; `cli.js` holds every action.
 */
export const shortBundles: Readonly<Record<string, readonly string[]>> = {
  'cli-status.js': ['status'],
  'cli-tree.js': ['add', 'unbuild', 'remove', 'mktarball', 'ldtarball'],
  'cli-rpm.js': ['mkrpm'],
  'cli-deb.js': ['mkdeb', 'mkdsc'],
}

/** Only where the action comes first can it be told without reading the whole line. */
export function bundleOf([first]: readonly string[]): string {
  const known = Object.entries(shortBundles).find(([, verbs]) => first !== undefined && verbs.includes(first))
  return known?.[0] ?? 'cli.js'
}

/** Where the code cache of a bundle lies. */
export function codeCacheOf(file: string): string {
  return `${file}.cache`
}

function compile(file: string): Script {
  // The build writes ASCII, which V8 reads fastest as Latin-1.
  const source = readFileSync(file, 'latin1')
  const cachedData = readCodeCache(codeCacheOf(file))
  return new Script(source, { filename: file, ...(cachedData === undefined ? {} : { cachedData }) })
}

function readCodeCache(cache: string): Buffer | undefined {
  try {
    return readFileSync(cache)
  } catch {
    // Without a cache V8 compiles the source, as it would with one made by another version of itself.
    return undefined
  }
}
