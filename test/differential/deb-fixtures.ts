/** Debian packages of one module that says which version it is, made by the program as it is installed. */
import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type DebianRoot, makeDebianRoot } from '../acceptance/debian/root.ts'
import { mustRun, programFile } from '../support/program.ts'
import { here, type Runtime } from '../support/runtimes.ts'
import { writeToyHeaders } from '../support/toy-kernel.ts'
import { copyFixture, makeWorld, putFile, runWithOptions, type World } from '../support/world.ts'

export const toyRelease = '6.1.0-0-toy'

/** SOURCE_DATE_EPOCH of what is made here. */
export const epoch = '1700000000'

export function writeHello(
  directory: string,
  version: string,
  change: (code: string) => string = (code) => code,
): string {
  copyFixture('hello-1.0', directory)
  const code = readFileSync(join(directory, 'hello.c'), 'utf8').replace('VERSION("1.0")', `VERSION("${version}")`)
  putFile(join(directory, 'hello.c'), change(code))
  const conf = readFileSync(join(directory, 'dkms.conf'), 'utf8').replace('"1.0"', `"${version}"`)
  putFile(join(directory, 'dkms.conf'), conf)
  return directory
}

/** @returns the paths the program says it wrote */
export async function make(words: readonly string[], output: string): Promise<string[]> {
  const args = [...words, '--output', output, '--maintainer', 'Ann Author <ann@example.org>']
  return wrote(await mustRun(programFile.here, args, { env: { SOURCE_DATE_EPOCH: epoch } }))
}

export function wrote(stdout: string): string[] {
  return [...stdout.matchAll(/^Wrote: (.*)$/gm)].map(([, path = '']) => path)
}

/** A tree in which hello/1.0 is built for a kernel. */
export async function builtHello(dir: string, change?: (code: string) => string): Promise<World> {
  const headers = join(dir, 'headers')
  writeToyHeaders(headers, toyRelease)
  const world = makeWorld(join(dir, 'world'), [{ release: toyRelease, headers }])
  writeHello(join(world.source, 'hello-1.0'), '1.0', change)
  for (const verb of ['add', 'build']) {
    const { status, stderr } = await runWithOptions(world, [verb, 'hello/1.0', '-k', `${toyRelease}/x86_64`])
    if (status !== 0) throw new Error(stderr)
  }
  return world
}

/**
 * A Debian system with a toy kernel, whose headers lie on the desk until they are wanted.
 *
 * @param stage what `make install` installs, for the runtime of this project
 */
export async function systemWith(runtime: Runtime, stage: string): Promise<DebianRoot> {
  const layer = runtime === here ? stage : runtime.layer
  const system = await makeDebianRoot(layer ?? '/nonexistent', [])
  writeToyHeaders(join(system.desk, 'headers'), toyRelease)
  // DKMS 3.2 deletes the files of depmod where a kernel is left without any module: this one has its own.
  const { status, stderr } = await system.run(`set -e
    echo 'sign_file="/nonexistent/sign-file"' >/etc/dkms/framework.conf
    mkdir -p /lib/modules/${toyRelease}/kernel
    cd /lib/modules/${toyRelease} && : >modules.order && : >modules.builtin
    gcc -x c -c -o kernel/own.ko /dev/null
    depmod ${toyRelease}`)
  if (status !== 0) throw new Error(stderr)
  return system
}

export function takeToDesk({ desk }: DebianRoot, file: string, name: string): void {
  mkdirSync(desk, { recursive: true })
  cpSync(file, join(desk, name))
}
