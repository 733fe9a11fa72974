import { spawnSync } from 'node:child_process'
import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { roomRules } from '../../../scripts/room-rules.ts'

const root = resolve(import.meta.dirname, '../../..')

/** A file, one line of it, and whether the linter must refuse that line for the sake of the architecture. */
const snippets: readonly (readonly [file: string, line: string, verdict: 'refused' | 'accepted'])[] = [
  // Single importers, in every form an import can take.
  ['src/cli/a.ts', `import yargs from 'yargs'`, 'accepted'],
  ['src/runtime/a.ts', `import yargs from 'yargs'`, 'refused'],
  ['src/runtime/a.ts', `export const lazy = () => import('yargs')`, 'refused'],
  ['src/conf/a.ts', `import type { Argv } from 'yargs'`, 'refused'],
  ['src/archive/a.ts', `import { Header } from 'tar/header'`, 'accepted'],
  ['src/archive/a.ts', `import { Parser } from 'tar'`, 'accepted'],
  ['src/importer/a.ts', `import { Header } from 'tar/header'`, 'refused'],
  ['src/importer/a.ts', `import { extract } from 'tar'`, 'refused'],
  ['src/packaging/tarball/a.ts', `import { Parser } from 'tar'`, 'refused'],
  ['src/cli/a.ts', `import { Parser } from 'tar'`, 'refused'],
  ['src/templates/a.ts', `import Handlebars from 'handlebars'`, 'accepted'],
  ['src/packaging/rpm/a.ts', `import Handlebars from 'handlebars'`, 'refused'],
  ['src/system/a.ts', `import { execa } from 'execa'`, 'accepted'],
  ['src/system/a.ts', `import { spawn } from 'node:child_process'`, 'accepted'],
  ['src/runtime/a.ts', `export { execa } from 'execa'`, 'refused'],
  ['src/kernel/a.ts', `import { spawnSync } from 'node:child_process'`, 'refused'],
  ['src/kernel/a.ts', `import { spawnSync } from 'child_process'`, 'refused'],
  ['src/conf/sandbox.ts', `export const lazy = () => import('just-bash')`, 'accepted'],
  ['src/conf/sandbox.ts', `import { execa } from 'execa'`, 'refused'],
  ['src/conf/sandbox.ts', `import { main } from '../cli/main.ts'`, 'refused'],
  ['src/conf/a.ts', `import type { Bash } from 'just-bash'`, 'refused'],
  ['src/packaging/openpgp/a.ts', `export const lazy = () => import('openpgp')`, 'accepted'],
  ['src/packaging/rpm/format/a.ts', `export const lazy = () => import('openpgp')`, 'refused'],
  ['src/domain.ts', `import { execa } from 'execa'`, 'refused'],
  // Imports point down only.
  ['src/cli/a.ts', `import { build } from '../runtime/build.ts'`, 'accepted'],
  ['src/runtime/a.ts', `import { main } from '../cli/main.ts'`, 'refused'],
  ['src/runtime/build/a.ts', `import { main } from '../../cli/main.ts'`, 'refused'],
  ['src/runtime/a.ts', `import { loadTree } from '../tree/load.ts'`, 'accepted'],
  ['src/tree/a.ts', `import { build } from '../runtime/build.ts'`, 'refused'],
  ['src/tree/a.ts', `import type { Plan } from '../packaging/plan.ts'`, 'refused'],
  ['src/tree/a.ts', `import { compareDkms } from '../version/dkms.ts'`, 'accepted'],
  ['src/runtime/a.ts', `import { signModule } from '../signing/sign.ts'`, 'accepted'],
  ['src/signing/a.ts', `import { readModuleInfo } from '../kernel/modinfo.ts'`, 'accepted'],
  ['src/signing/a.ts', `import { build } from '../runtime/build.ts'`, 'refused'],
  ['src/system/a.ts', `import { loadTree } from '../tree/load.ts'`, 'refused'],
  ['src/archive/a.ts', `import { run } from '../system/run.ts'`, 'accepted'],
  ['src/archive/a.ts', `import { archNames } from '../kernel/arch.ts'`, 'refused'],
  ['src/errors.ts', `import { run } from './system/run.ts'`, 'refused'],
  ['src/report.ts', `import type { Kernel } from './domain.ts'`, 'accepted'],
  // Rooms that do not know each other.
  ['src/runtime/a.ts', `import { makeTarball } from '../packaging/tarball/make.ts'`, 'refused'],
  ['src/packaging/tarball/a.ts', `import { build } from '../../runtime/build.ts'`, 'refused'],
  // The process belongs to the command line, the environment and the clock to system.
  ['src/cli/a.ts', `process.stdout.write('')`, 'accepted'],
  ['src/tree/a.ts', `process.stdout.write('')`, 'refused'],
  ['src/system/a.ts', `process.stderr.write('')`, 'refused'],
  ['src/runtime/a.ts', `process.exit(1)`, 'refused'],
  ['src/runtime/a.ts', `process.exitCode = 1`, 'refused'],
  ['src/runtime/a.ts', `console.log('')`, 'refused'],
  ['src/system/a.ts', `export const home = process.env['HOME']`, 'accepted'],
  ['src/cli/a.ts', `export const home = process.env['HOME']`, 'refused'],
  ['src/system/a.ts', `export const time = Date.now()`, 'accepted'],
  ['src/packaging/a.ts', `export const time = Date.now()`, 'refused'],
]

const architectureRules = /restricted-imports|restricted-properties|no-console/

interface Report {
  readonly diagnostics: readonly {
    readonly code: string
    readonly filename: string
    readonly labels: readonly { readonly span: { readonly line: number } }[]
  }[]
}

let directory = ''
/** `FILE:LINE` of each snippet the linter refused. */
const refused = new Set<string>()
/** `FILE:LINE` of each snippet, in their order. */
const places: string[] = []

function writeSnippets(): void {
  const lines = new Map<string, number>()
  for (const [index, [name, line]] of snippets.entries()) {
    const file = name.replace(/\ba\.ts$/, `a${index}.ts`)
    mkdirSync(dirname(join(directory, file)), { recursive: true })
    appendFileSync(join(directory, file), `${line}\n`)
    lines.set(file, (lines.get(file) ?? 0) + 1)
    places.push(`${file}:${lines.get(file)}`)
  }
}

function lintSnippets(): Report {
  for (const name of ['oxlint.config.ts', 'scripts/room-rules.ts', 'package.json']) {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    copyFileSync(join(root, name), join(directory, name))
  }
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))
  const oxlint = join(root, 'node_modules/oxlint/bin/oxlint')
  const { stdout } = spawnSync(process.execPath, [oxlint, '--format', 'json', 'src'], {
    cwd: directory,
    encoding: 'utf8',
  })
  return JSON.parse(stdout) as Report
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'dkms-factory-architecture-'))
  writeSnippets()
  for (const { code, filename, labels } of lintSnippets().diagnostics) {
    if (architectureRules.test(code)) refused.add(`${filename}:${labels[0]?.span.line}`)
  }
})

afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('the linter enforces the architecture', () => {
  it.each(snippets.map((snippet, index) => [...snippet, index] as const))('in %s, %s is %s', (...row) => {
    const [, , verdict, index] = row
    expect(refused.has(places[index] ?? '') ? 'refused' : 'accepted').toBe(verdict)
  })

  it('gives every room of src/ its rules', () => {
    const rooms = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
    const ruled = roomRules.flatMap(({ files }) => files)
    expect(rooms.map(({ name }) => `src/${name}/**`).filter((files) => !ruled.includes(files))).toEqual([])
  })
})
