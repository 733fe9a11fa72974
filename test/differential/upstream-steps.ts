/** What the tables of upstream-scenarios.ts and upstream-install-scenarios.ts are made of. */
import { join } from 'node:path'
import { copyFixture, putFile, type World } from '../support/world.ts'
import { newer } from './scenario.ts'

export interface UpstreamScenario {
  readonly title: string
  readonly steps: readonly UpstreamStep[]
}

export type UpstreamStep =
  | { readonly run: string; readonly exit: number; readonly status: readonly string[] }
  /** May throw when the world is not as it has to be. */
  | { readonly change: string; readonly make: (world: World) => void }

export function run(command: string, exit: number, ...status: readonly string[]): UpstreamStep {
  return { run: command, exit, status }
}

export function change(what: string, make: (world: World) => void): UpstreamStep {
  return { change: what, make }
}

export function built(id: string, kernel = newer): string {
  return `${id}, ${kernel}, x86_64: built`
}

export function installed(id: string, kernel = newer): string {
  return `${id}, ${kernel}, x86_64: installed`
}

/** A source in the source tree, from a fixture, with another dkms.conf. */
export function source(name: string, lines: readonly string[], fixture = 'hello-1.0', module = 'hello'): UpstreamStep {
  return change(`the source ${name}`, (world) => {
    copyFixture(fixture, join(world.source, name))
    const text = lines.map((line) => `${line}\n`).join('')
    putFile(join(world.source, name, 'dkms.conf'), text.replace('[0]="hello"', `[0]="${module}"`))
  })
}

export function fixtureSource(fixture: string): UpstreamStep {
  return change(`the source ${fixture}`, (world) => copyFixture(fixture, join(world.source, fixture)))
}

export function onDesk(name: string): UpstreamStep {
  return change(`${name} on the desk`, (world) => copyFixture(name, join(world.desk, name)))
}

export function conf(name: string, ...more: readonly string[]): readonly string[] {
  return [
    `PACKAGE_NAME="${name}"`,
    'PACKAGE_VERSION="1.0"',
    'BUILT_MODULE_NAME[0]="hello"',
    'DEST_MODULE_LOCATION[0]="/kernel/extra"',
    ...more,
  ]
}
