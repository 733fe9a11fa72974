/**
 * `store-code-cache.ts DIST`: runs the bundles of DIST through the short commands in a scratch tree and stores what V8
 * compiled meanwhile beside each bundle. What a command does not succeed in here is compiled when it is first used, and
 * told on descriptor 3, apart from what the commands print. `store-code-cache.ts DIST BUNDLE` is its own part of the
 * work: each bundle in a process that has compiled nothing else.
 */
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Bundles, codeCacheOf, openBundles, shortBundles } from '../src/cli/bundles.ts'

interface CommandLine {
  main(argv: string[], programName: string): Promise<number>
}

interface Scratch {
  readonly dir: string
  readonly roots: readonly string[]
  readonly archive: string
}

function makeScratch(): Scratch {
  const dir = mkdtempSync(join(tmpdir(), 'dkms-factory-warm-up-'))
  const roots = {
    dkmstree: join(dir, 'tree'),
    sourcetree: join(dir, 'src'),
    installtree: join(dir, 'modules'),
    etc: join(dir, 'etc'),
  }
  const source = join(roots.sourcetree, 'warmup-1.0')
  for (const path of [source, ...Object.values(roots)]) mkdirSync(path, { recursive: true })
  writeFileSync(
    join(source, 'dkms.conf'),
    'PACKAGE_NAME="warmup"\nPACKAGE_VERSION="1.0"\nBUILT_MODULE_NAME[0]="warmup"\nDEST_MODULE_LOCATION[0]="/extra"\nAUTOINSTALL="yes"\n',
  )
  writeFileSync(join(source, 'Makefile'), 'obj-m := warmup.o\n')
  writeFileSync(join(source, 'warmup.c'), '')
  return {
    dir,
    roots: Object.entries(roots).flatMap(([option, path]) => [`--${option}`, path]),
    archive: join(dir, 'warmup.dkms.tar.gz'),
  }
}

async function runCommands(commandLine: CommandLine, bundle: string): Promise<void> {
  const scratch = makeScratch()
  try {
    for (const argv of commandsOf(bundle, scratch)) {
      const status = await commandLine.main(argv, 'dkms')
      if (status !== 0) writeSync(3, `== build: while warming up, ${argv[0] ?? ''} ended with ${status}\n`)
    }
  } finally {
    rmSync(scratch.dir, { recursive: true, force: true })
  }
}

function treeCommands({ roots, archive }: Scratch): string[][] {
  return [
    ['add', 'warmup/1.0', ...roots],
    ['mktarball', 'warmup/1.0', '--source-only', '--archive', archive, ...roots],
    ['unbuild', 'warmup/1.0', '-k', '6.1.0-1-amd64/x86_64', ...roots],
    ['remove', 'warmup/1.0', '--all', ...roots],
    ['ldtarball', archive, '--force', ...roots],
  ]
}

function statusCommands({ roots }: Scratch): string[][] {
  return [
    ['status', ...roots],
    ['status', 'warmup/1.0', '-k', '6.1.0-1-amd64/x86_64', ...roots],
    ['status', '--json', ...roots],
  ]
}

/** For commands whose bundle has no `add`. */
function putIntoTree({ dir }: Scratch): string {
  const source = join(dir, 'src/warmup-1.0')
  mkdirSync(join(dir, 'tree/warmup/1.0'), { recursive: true })
  symlinkSync(source, join(dir, 'tree/warmup/1.0/source'))
  return source
}

/** From a directory and from the tree. */
function packagingCommands(scratch: Scratch, verbs: readonly string[]): string[][] {
  const source = putIntoTree(scratch)
  const output = ['--output', scratch.dir, ...scratch.roots]
  return verbs.flatMap((verb) => [
    [verb, source, ...output],
    [verb, 'warmup/1.0', '--source-only', ...output],
  ])
}

function commandsOf(bundle: string, scratch: Scratch): string[][] {
  const verbs = shortBundles[bundle]
  if (verbs === undefined) return [...treeCommands(scratch), ...statusCommands(scratch)]
  if (verbs.includes('add')) return treeCommands(scratch)
  if (!verbs.includes('status')) return packagingCommands(scratch, verbs)
  putIntoTree(scratch)
  return statusCommands(scratch)
}

function defaultImported(name: string): boolean {
  const root = resolve(import.meta.dirname, '../src')
  const forms = new RegExp(
    `import \\w+(?:, \\{[^}]*\\})? from '${name}'|default: \\w+[^}]*\\} = await import\\('${name}'\\)`,
  )
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  return files.some((file) => forms.test(readFileSync(join(root, file), 'utf8')))
}

/** Node would give `import x from` of an ESM package its default export; our CommonJS bundles would give the namespace. */
function refuseHiddenDefaults(bundle: unknown): void {
  for (const [name, module] of Object.entries(bundle as Record<string, unknown>)) {
    const isEsm = typeof module === 'object' && module !== null && '__esModule' in module && 'default' in module
    if (!isEsm || module.default === module || !defaultImported(name)) continue
    throw new Error(`${name} has a default export: import its names instead`)
  }
}

/** Those of a dependency all do the same with it, and the first has it. */
function storeCaches({ compiled }: Bundles): void {
  for (const [file, script] of compiled) {
    if (!existsSync(codeCacheOf(file))) writeFileSync(codeCacheOf(file), script.createCachedData())
  }
}

async function warmUp(dist: string, bundle: string): Promise<void> {
  const bundles = openBundles(dist, createRequire(import.meta.url))
  await runCommands(bundles.load(bundle) as CommandLine, bundle)
  storeCaches(bundles)
}

/** What no command above loads. */
function loadDependencies(dist: string): void {
  const bundles = openBundles(dist, createRequire(import.meta.url))
  const dependencies = readdirSync(join(dist, 'lib')).filter((file) => file.endsWith('.js'))
  for (const file of dependencies) refuseHiddenDefaults(bundles.load(`lib/${file}`))
  storeCaches(bundles)
}

async function main(dist: string, wanted: string | undefined): Promise<void> {
  if (wanted !== undefined) return await warmUp(dist, wanted)
  for (const bundle of ['cli.js', ...Object.keys(shortBundles)]) {
    execFileSync(process.execPath, [import.meta.filename, dist, bundle], { stdio: ['ignore', 'ignore', 'inherit', 3] })
  }
  loadDependencies(dist)
}

await main(resolve(process.argv[2] ?? 'dist'), process.argv[3])
