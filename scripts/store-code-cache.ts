/**
 * `store-code-cache.ts DIST`: runs the bundles of DIST through the short commands in a scratch tree and stores what V8
 * compiled meanwhile beside each bundle. What a command does not succeed in here is compiled when it is first used, and
 * told on descriptor 3, apart from what the commands print.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { codeCacheOf, openBundles } from '../src/cli/bundles.ts'

interface CommandLine {
  main(argv: string[], programName: string): Promise<number>
}

function makeScratch(): { readonly dir: string; readonly roots: readonly string[]; readonly archive: string } {
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

async function runShortCommands(commandLine: CommandLine): Promise<void> {
  const { dir, roots, archive } = makeScratch()
  const commands = [
    ['--version'],
    ['add', 'warmup/1.0', ...roots],
    ['status', ...roots],
    ['status', 'warmup/1.0', '-k', '6.1.0-1-amd64/x86_64', ...roots],
    ['status', '--json', ...roots],
    ['mktarball', 'warmup/1.0', '--source-only', '--archive', archive, ...roots],
    ['mkrpm', 'warmup/1.0', '--source-only', ...roots],
    ['unbuild', 'warmup/1.0', '-k', '6.1.0-1-amd64/x86_64', ...roots],
    ['remove', 'warmup/1.0', '--all', ...roots],
    ['ldtarball', archive, '--force', ...roots],
  ]
  try {
    for (const argv of commands) {
      const status = await commandLine.main(argv, 'dkms')
      if (status !== 0) writeSync(3, `== build: while warming up, ${argv[0] ?? ''} ended with ${status}\n`)
    }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
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

async function main(dist: string): Promise<void> {
  const bundles = openBundles(dist, createRequire(import.meta.url))
  await runShortCommands(bundles.load('cli.js') as CommandLine)
  for (const file of readdirSync(join(dist, 'lib'))) refuseHiddenDefaults(bundles.load(`lib/${file}`))
  for (const [file, script] of bundles.compiled) writeFileSync(codeCacheOf(file), script.createCachedData())
}

await main(resolve(process.argv[2] ?? 'dist'))
