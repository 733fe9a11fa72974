/**
 * `store-code-cache.ts DIST`: runs the bundles of DIST through the short commands in a scratch tree and stores what V8
 * compiled meanwhile beside each bundle. What a command does not succeed in here is compiled when it is first used, and
 * told on descriptor 3, apart from what the commands print. `store-code-cache.ts DIST USE` is its own part of the work:
 * each use in a process that has compiled nothing else.
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
import { basename, join, resolve } from 'node:path'
import { type Bundles, codeCacheOf, openBundles, type Use, uses } from '../src/cli/bundles.ts'

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

async function runCommands(commandLine: CommandLine, commandsFor: (scratch: Scratch) => string[][]): Promise<void> {
  const scratch = makeScratch()
  try {
    for (const argv of commandsFor(scratch)) {
      const status = await commandLine.main(argv, 'dkms')
      if (status !== 0) writeSync(3, `== build: while warming up, ${argv[0] ?? ''} ended with ${status}\n`)
    }
  } finally {
    rmSync(scratch.dir, { recursive: true, force: true })
  }
}

function runtimeCommands({ roots, archive }: Scratch): string[][] {
  return [
    ['--version'],
    ['add', 'warmup/1.0', ...roots],
    ['status', ...roots],
    ['status', 'warmup/1.0', '-k', '6.1.0-1-amd64/x86_64', ...roots],
    ['status', '--json', ...roots],
    ['mktarball', 'warmup/1.0', '--source-only', '--archive', archive, ...roots],
    ['unbuild', 'warmup/1.0', '-k', '6.1.0-1-amd64/x86_64', ...roots],
    ['remove', 'warmup/1.0', '--all', ...roots],
    ['ldtarball', archive, '--force', ...roots],
  ]
}

/** From a directory and from the tree; the package is in it without `add`, whose code these commands do not need. */
function packagingCommands(verbs: readonly string[]): (scratch: Scratch) => string[][] {
  return ({ dir, roots }) => {
    const source = join(dir, 'src/warmup-1.0')
    mkdirSync(join(dir, 'tree/warmup/1.0'), { recursive: true })
    symlinkSync(source, join(dir, 'tree/warmup/1.0/source'))
    const output = ['--output', dir, ...roots]
    return verbs.flatMap((verb) => [
      [verb, source, ...output],
      [verb, 'warmup/1.0', '--source-only', ...output],
    ])
  }
}

const commandsOf: Readonly<Record<Use, (scratch: Scratch) => string[][]>> = {
  runtime: runtimeCommands,
  rpm: packagingCommands(['mkrpm']),
  deb: packagingCommands(['mkdeb', 'mkdsc']),
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

/** Only our own code has a cache for each use: those of a dependency all do the same with it, and the first has it. */
function storeCaches({ compiled }: Bundles, use: Use): void {
  for (const [file, script] of compiled) {
    const isOurs = basename(file) === 'cli.js'
    const cache = codeCacheOf(file, isOurs ? use : 'runtime')
    if (isOurs || !existsSync(cache)) writeFileSync(cache, script.createCachedData())
  }
}

async function warmUp(dist: string, use: Use): Promise<void> {
  const bundles = openBundles(dist, createRequire(import.meta.url), use)
  await runCommands(bundles.load('cli.js') as CommandLine, commandsOf[use])
  storeCaches(bundles, use)
}

/** What no command above loads. */
function loadDependencies(dist: string): void {
  const bundles = openBundles(dist, createRequire(import.meta.url))
  const dependencies = readdirSync(join(dist, 'lib')).filter((file) => file.endsWith('.js'))
  for (const file of dependencies) refuseHiddenDefaults(bundles.load(`lib/${file}`))
  storeCaches(bundles, 'runtime')
}

async function main(dist: string, wanted: string | undefined): Promise<void> {
  const use = uses.find((known) => known === wanted)
  if (use !== undefined) return await warmUp(dist, use)
  for (const one of uses) {
    execFileSync(process.execPath, [import.meta.filename, dist, one], { stdio: ['ignore', 'ignore', 'inherit', 3] })
  }
  loadDependencies(dist)
}

await main(resolve(process.argv[2] ?? 'dist'), process.argv[3])
