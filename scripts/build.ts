/**
 * Builds dist/, which with templates/ is all a published package needs to run:
 *
 *   main.cjs        the entry, tiny
 *   cli.js          our own code
 *   cli-NAME.js     the part of it that some actions need (src/cli/bundles.ts)
 *   lib/NAME.js     one bundle per dependency, loaded when first imported
 *   *.js.cache      V8 code cache of each
 *   LICENSES.txt    of the packages in the bundles
 *
 * Start-up time decides the shape; `make bench ONLY=start` measures it.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type BuildOptions, build, type Metafile } from 'esbuild'
import { shortBundles } from '../src/cli/bundles.ts'
import { asciiStringWidth, onlyVerbs, type Separated, separateBundleSource, separateBundles } from './bundle-plugins.ts'
import { bundledLicenses } from './bundled-licenses.ts'
import { precompiledTemplates } from './precompile-templates.ts'

const root = dirname(import.meta.dirname)
const staging = join(root, `dist.${process.pid}.tmp`)

/** Names stay as they are in the source and lines stay lines, so that the stack of a bug can be read. */
const shared: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  charset: 'ascii',
  legalComments: 'none',
  logLevel: 'warning',
  define: {
    'import.meta.dirname': '__dirname',
    'import.meta.filename': '__filename',
    'import.meta.url': '__importMetaUrl',
  },
}

/** The form that src/cli/bundles.ts loads: a function of what CommonJS gives a module. */
const wrapped: BuildOptions = {
  ...shared,
  target: 'node24',
  minifySyntax: true,
  // import() becomes require(), which src/cli/bundles.ts answers; Node's ESM loader never has to start.
  supported: { 'dynamic-import': false },
  banner: {
    js:
      '(function (exports, require, module, __filename, __dirname) {' +
      'const __importMetaUrl = require("node:url").pathToFileURL(__filename).href;',
  },
  footer: { js: '})' },
}

async function buildEntry(): Promise<void> {
  await build({
    ...shared,
    entryPoints: ['src/cli/entry.ts'],
    outfile: join(staging, 'main.cjs'),
    target: 'node16',
  })
}

/** @param verbs the actions it holds; absent: every one */
async function buildCommandLine(file: string, separated: Separated, verbs?: readonly string[]): Promise<Metafile> {
  const { metafile } = await build({
    ...wrapped,
    entryPoints: ['src/cli/main.ts'],
    outfile: join(staging, file),
    metafile: true,
    plugins: [
      separateBundles(separated),
      precompiledTemplates(join(root, 'templates'), templatesFor(verbs)),
      ...(verbs === undefined ? [] : [onlyVerbs(verbs)]),
    ],
  })
  return metafile
}

/** With what the names of the templates begin that these actions render. */
function templatesFor(verbs: readonly string[] | undefined): readonly string[] {
  if (verbs === undefined) return ['']
  return ['rpm', 'deb'].filter((room) => verbs.includes(`mk${room}`)).map((room) => `${room}/`)
}

async function buildDependency([name, specifiers]: readonly [string, ReadonlySet<string>]): Promise<Metafile> {
  const { metafile } = await build({
    ...wrapped,
    stdin: { contents: separateBundleSource(specifiers), resolveDir: root },
    outfile: join(staging, 'lib', `${name}.js`),
    // Native add-ons that just-bash names as optional; it works without them.
    external: ['@mongodb-js/zstd', 'node-liblzma'],
    metafile: true,
    plugins: [asciiStringWidth],
  })
  return metafile
}

/** Replaces dist/ as a whole, so that a program that starts meanwhile sees the old or the new one. */
function commit(): void {
  const dist = join(root, 'dist')
  const old = `${staging}.old`
  try {
    renameSync(dist, old)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
  renameSync(staging, dist)
  rmSync(old, { recursive: true, force: true })
}

function kilobytes(name: string): string {
  return `${Math.round(statSync(join(staging, name)).size / 1000)} kB`
}

async function main(): Promise<void> {
  mkdirSync(join(staging, 'lib'), { recursive: true })
  try {
    await buildEntry()
    const separated: Separated = new Map()
    await buildCommandLine('cli.js', separated)
    for (const [file, verbs] of Object.entries(shortBundles)) await buildCommandLine(file, separated, verbs)
    const metafiles = await Promise.all([...separated].map(buildDependency))
    writeFileSync(join(staging, 'LICENSES.txt'), bundledLicenses(root, metafiles))
    execFileSync(process.execPath, [join(root, 'scripts/store-code-cache.ts'), staging], {
      stdio: ['ignore', 'ignore', 'pipe', process.stdout.fd],
    })
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    console.log(
      `== build: dkms-factory ${version}: cli.js ${kilobytes('cli.js')}, apart: ${[...separated.keys()].toSorted().join(' ')}`,
    )
    commit()
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

try {
  await main()
} catch (error) {
  // What esbuild could not build it has told already.
  if (!(error instanceof Error && 'errors' in error)) throw error
  process.exitCode = 1
}
