/** Trees with archives of packages that are built already, and what must hold in them whatever was killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { absolutePath, type Kernel, type PackageId, type Roots } from '../../../src/domain.ts'
import { mustRun } from '../../support/program.ts'
import { moduleFile } from '../../unit/runtime/install/modules.ts'

export const kernel: Kernel = { release: '6.1.0-test', arch: 'x86_64' }
export const intree = moduleFile({ version: '0.1', release: kernel.release, salt: 'of the kernel' })

/** One file, so that a process starts in no time; what it imports lazily stays apart. */
export async function bundleWorker(): Promise<string> {
  const outdir = join(import.meta.dirname, '../../../.cache/crash-worker')
  await build({
    entryPoints: [join(import.meta.dirname, 'worker.ts')],
    outdir,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
  })
  return join(outdir, 'worker.mjs')
}

export interface CrashWorld extends Disposable {
  readonly roots: Roots
  readonly base: string
  /** Where an archive of source and build lies. */
  archive(id: PackageId): string
  /** The same places as options. */
  readonly options: readonly string[]
}

/** @param names of packages, each with the versions 1.0 and 2.0 and a module that the kernel has, too */
export async function crashWorld(names: readonly string[]): Promise<CrashWorld> {
  const base = mkdtempSync(join(tmpdir(), 'crash-'))
  const place = (name: string) => absolutePath(join(base, name))
  const roots: Roots = {
    dkmsTree: place('t'),
    sourceTree: place('s'),
    installTree: place('i'),
    etc: place('e'),
    tmp: place('tmp'),
  }
  for (const root of Object.values(roots)) mkdirSync(root)
  const drivers = join(roots.installTree, kernel.release, 'kernel/drivers')
  mkdirSync(drivers, { recursive: true })
  const archive = ({ name, version }: PackageId) => join(base, `${name}-${version}.tar`)
  for (const name of names) {
    writeFileSync(join(drivers, `${name}.ko`), intree)
    for (const version of ['1.0', '2.0']) await pack(base, { name, version }, archive({ name, version }))
  }
  const given = {
    dkmstree: roots.dkmsTree,
    sourcetree: roots.sourceTree,
    installtree: roots.installTree,
    etc: roots.etc,
  }
  return {
    roots,
    base,
    archive,
    options: Object.entries(given).flatMap(([name, path]) => [`--${name}`, path]),
    [Symbol.dispose]: () => rmSync(base, { recursive: true, force: true }),
  }
}

async function pack(base: string, { name, version }: PackageId, archive: string): Promise<void> {
  const dir = join(base, 'pack')
  const modules = join(dir, 'dkms_main_tree', kernel.release, kernel.arch, 'module')
  const source = join(dir, 'dkms_source_tree')
  for (const path of [modules, source]) mkdirSync(path, { recursive: true })
  const conf = `PACKAGE_NAME="${name}"\nPACKAGE_VERSION="${version}"\nBUILT_MODULE_NAME="${name}"\nDEST_MODULE_LOCATION="/kernel/drivers"\n`
  writeFileSync(join(source, 'dkms.conf'), conf)
  writeFileSync(join(source, 'Makefile'), `# ${version}\n`)
  writeFileSync(join(modules, `${name}.ko`), moduleFile({ version, release: kernel.release, salt: name }))
  await mustRun('tar', ['-cf', archive, '-C', dir, 'dkms_main_tree', 'dkms_source_tree'])
  rmSync(dir, { recursive: true })
}

export function startWorker(worker: string, commands: readonly (readonly string[])[], forever: boolean): ChildProcess {
  const task = JSON.stringify({ commands, forever })
  return spawn(process.execPath, [worker, task], { stdio: ['ignore', 'pipe', 'inherit'] })
}

/** Some time after the start-up of the worker. */
export function afterTime(child: ChildProcess, milliseconds: number): Promise<unknown> {
  const started = child.stdout === null ? Promise.resolve() : once(child.stdout, 'data')
  return started.then(() => new Promise((resolve) => setTimeout(resolve, milliseconds)))
}

/** While a change of the tree is being carried out: when its journal has appeared or gone for the given time. */
export function atJournal(child: ChildProcess, { roots }: CrashWorld, times: number): Promise<unknown> {
  return new Promise((resolve) => {
    let seen = 0
    const watcher = watch(roots.dkmsTree, (_, name) => {
      if (name === '.journal' && ++seen >= times) resolve(undefined)
    })
    child.once('exit', () => watcher.close())
  })
}

export async function killWhen(child: ChildProcess, moment: Promise<unknown>): Promise<void> {
  const ended = once(child, 'exit')
  await Promise.race([moment, ended])
  child.kill('SIGKILL')
  const [, signal] = await ended
  if (signal !== 'SIGKILL') throw new Error('the worker ended by itself')
}

export function filesBelow(root: string): readonly { readonly path: string; readonly bytes: Buffer }[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => ({
      path: join(entry.parentPath, entry.name),
      bytes: readFileSync(join(entry.parentPath, entry.name)),
    }))
}
