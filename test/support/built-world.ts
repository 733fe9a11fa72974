/** A world with one package that is built for kernels of three families, as toys: what disks and packages are made of. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { programFile, type Run, runFile } from './program.ts'
import { writeToyHeaders } from './toy-kernel.ts'
import { makeWorld, type World } from './world.ts'

export const toyKernels = {
  el9: '5.14.0-362.8.1.el9_3.x86_64',
  sle: '5.14.21-150500.53-default',
  jammy: '5.15.0-25-generic',
} as const

const releases = Object.values(toyKernels)

const sourceFiles: Readonly<Record<string, string>> = {
  'dkms.conf':
    'PACKAGE_NAME=hello\nPACKAGE_VERSION=1.0\nBUILT_MODULE_NAME=hello\nDEST_MODULE_LOCATION=/extra\nAUTOINSTALL=yes\n',
  Makefile: 'obj-m := hello.o\n',
  'hello.c': [
    '#include <linux/module.h>',
    'TOY_INFO("alias=pci:v00008086d0000100Esv*sd*bc*sc*i*")',
    'MODULE_DESCRIPTION("Says hello");',
    'MODULE_LICENSE("GPL");',
    'static int hello(void) { return 0; }',
    'static void bye(void) { }',
    'module_init(hello) module_exit(bye)',
    '',
  ].join('\n'),
}

/** @param root an existing directory, for nothing else */
export async function makeBuiltWorld(root: string): Promise<World> {
  const headers = releases.map((release) => {
    const dir = join(root, 'headers', release)
    writeToyHeaders(dir, release)
    writeFileSync(join(dir, 'Module.symvers'), '0x92997ed8\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n')
    return { release, headers: dir }
  })
  const world = makeWorld(join(root, 'world'), headers)
  const source = join(world.source, 'hello-1.0')
  mkdirSync(source, { recursive: true })
  for (const [name, text] of Object.entries(sourceFiles)) writeFileSync(join(source, name), text)
  const kernels = releases.flatMap((release) => ['-k', `${release}/x86_64`])
  const { status, stderr } = await runBuilt(world, ['build', 'hello/1.0', ...kernels])
  if (status !== 0) throw new Error(stderr)
  return world
}

/** The program in dist/, which the tests of the project `real` have built. */
export function runBuilt(world: World, args: readonly string[]): Promise<Run> {
  return runFile(programFile.here, [...args, ...rootsOf(world)], {
    cwd: world.desk,
    env: { TMPDIR: join(world.desk, '.tmp') },
  })
}

/** The options that lead a command to the world's places. */
export function rootsOf({ tree, source, modules, etc }: World): readonly string[] {
  return ['--dkmstree', tree, '--sourcetree', source, '--installtree', modules, '--etc', etc]
}
