/** A package in a tree of its own, and toy kernels, for driver disks. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { programFile, type Run, runFile, searchPath } from './program.ts'
import { writeToyHeaders } from './toy-kernel.ts'
import { makeWorld, putFile, scratchName, type World } from './world.ts'

export interface DiskWorld {
  readonly root: string
  readonly world: World
  /** The source of hello/1.0. */
  readonly source: string
  /** The headers of a kernel. */
  headers(release: string): string
  run(...args: readonly string[]): Promise<Run>
  runWith(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Run>
  /** Lets a command run, which says nothing to anybody. */
  start(...args: readonly string[]): ChildProcess
  /** A directory with the files of an ISO. */
  unpack(image: string): string
}

export function makeDiskWorld(root: string, kernels: readonly string[]): DiskWorld {
  const headers = (release: string) => join(root, 'headers', release)
  for (const release of kernels) writeToyHeaders(headers(release), release)
  const world = makeWorld(
    join(root, 'world'),
    kernels.map((release) => ({ release, headers: headers(release) })),
  )
  const source = join(world.source, 'hello-1.0')
  writeHello(source, '1.0')
  const { tree, source: sources, modules, etc, desk } = world
  const roots = ['--dkmstree', tree, '--sourcetree', sources, '--installtree', modules, '--etc', etc]
  const runWith: DiskWorld['runWith'] = (env, ...args) =>
    runFile(programFile.here, [...args, ...roots], { cwd: desk, env: { TMPDIR: join(desk, scratchName), ...env } })
  return {
    root,
    world,
    source,
    headers,
    run: (...args) => runWith({}, ...args),
    runWith,
    start: (...args) =>
      spawn(programFile.here, [...args, ...roots], {
        cwd: desk,
        env: { PATH: searchPath, TMPDIR: join(desk, scratchName) },
        stdio: 'ignore',
      }),
    unpack(image) {
      const into = mkdtempSync(join(root, 'out-'))
      execFileSync('bsdtar', ['-xf', image, '-C', into])
      execFileSync('chmod', ['-R', 'u+w', into])
      return into
    },
  }
}

export function writeHello(source: string, version: string, more = ''): void {
  mkdirSync(source, { recursive: true })
  putFile(
    join(source, 'dkms.conf'),
    `PACKAGE_NAME=hello\nPACKAGE_VERSION=${version}\nBUILT_MODULE_NAME=hello\nDEST_MODULE_LOCATION=/extra\nAUTOINSTALL=yes\n${more}`,
  )
  writeFileSync(join(source, 'Makefile'), 'obj-m := hello.o\n')
  writeFileSync(
    join(source, 'hello.c'),
    [
      '#include <linux/module.h>',
      'MODULE_DESCRIPTION("Says hello");',
      'MODULE_LICENSE("GPL");',
      'const char *place = __FILE__;',
      'static int hello(void) { return 0; }',
      'static void bye(void) { }',
      'module_init(hello) module_exit(bye)',
      '',
    ].join('\n'),
  )
}
