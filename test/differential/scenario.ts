/** Sequences of commands that both programs are given, and the world they start from. */
import { release } from 'node:os'
import { join } from 'node:path'
import { writeToyHeaders, writeToyIndexes } from '../support/toy-kernel.ts'
import { copyFixture, type KernelHeaders, makeWorld, putFile, type World } from '../support/world.ts'

export interface Scenario {
  readonly title: string
  /** Packages of fixtures/ that lie in the source tree. */
  readonly sources?: readonly string[]
  /** Packages of fixtures/ that lie on the desk, where commands are started. */
  readonly desk?: readonly string[]
  readonly steps: readonly Step[]
}

export type Step =
  /** Arguments for each program in its own world; blanks separate them. */
  | string
  /** The distribution's dkms in both worlds: brings about what is then read by each. */
  | { readonly dkms: string }
  /** This project's program in both worlds. */
  | { readonly here: string }
  /** A change both worlds undergo. */
  | { readonly change: string; readonly make: (world: World) => void }

/** Toy kernels; the running kernel is one too, for commands that name none. */
export const older = '5.10.1-toy'
export const newer = '6.1.0-2-toy'
export const another = '6.1.0-10-toy'
/** Has a directory below the modules and no headers. */
export const headless = '6.2.0-headless'
export const running = release()

export function writeKernels(dir: string): KernelHeaders[] {
  const toys = [older, newer, another, running].map((name) => ({ release: name, headers: join(dir, name) }))
  const kernels = toys.map((toy) => {
    writeToyHeaders(toy.headers, toy.release)
    const indexes = writeToyIndexes(join(dir, 'indexes'), toy.release)
    return indexes === undefined ? toy : { ...toy, indexes }
  })
  return [...kernels, { release: headless }]
}

export function prepareWorld(dir: string, kernels: readonly KernelHeaders[], scenario: Scenario): World {
  const world = makeWorld(dir, kernels)
  for (const fixture of scenario.sources ?? []) copyFixture(fixture, join(world.source, fixture))
  for (const fixture of scenario.desk ?? []) copyFixture(fixture, join(world.desk, fixture))
  return world
}

/** The source of a package of one module, in the source tree. */
export function sourceWith(name: string, conf: string, files: Readonly<Record<string, string>> = {}): Step {
  return {
    change: `the source ${name}`,
    make: (world) => {
      const dir = join(world.source, name)
      copyFixture('hello-1.0', dir)
      putFile(join(dir, 'dkms.conf'), conf)
      for (const [path, content] of Object.entries(files)) putFile(join(dir, path), content, 0o755)
    },
  }
}

/** A dkms.conf for the one module of sourceWith, with further lines. */
export function oneModule(name: string, ...more: readonly string[]): string {
  return [
    `PACKAGE_NAME="${name}"`,
    'PACKAGE_VERSION="1.0"',
    'BUILT_MODULE_NAME[0]="hello"',
    'DEST_MODULE_LOCATION[0]="/kernel/extra"',
    ...more,
    '',
  ].join('\n')
}

export function changed(change: string, make: (world: World) => void): Step {
  return { change, make }
}
