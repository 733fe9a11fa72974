/**
 * The architecture as lint rules (docs/architecture.md is its picture): which room of src/ stands above which, which one
 * may import a given package, and who may touch the process. An override of the linter replaces a rule as a whole, so
 * each room gets its complete list, made here from three tables.
 */
import type { OxlintOverride } from 'oxlint'

/** From the bottom to the top; a room may import its own level and those below. */
const levels: readonly (readonly string[])[] = [
  ['archive', 'templates', 'system'],
  ['conf', 'tree', 'kernel', 'distro', 'version', 'signing'],
  ['runtime', 'packaging', 'importer'],
  ['cli'],
]

/** Rooms of one level that must not know each other. */
const strangers: readonly (readonly [string, string])[] = [['runtime', 'packaging']]

/** Who may import a package: the files, as globs, and where others should look instead. */
const owners: readonly { readonly packages: readonly string[]; readonly files: string; readonly instead: string }[] = [
  { packages: ['yargs'], files: 'src/cli/**', instead: 'only src/cli reads command lines' },
  { packages: ['tar'], files: 'src/archive/**', instead: 'use src/archive' },
  { packages: ['handlebars'], files: 'src/templates/**', instead: 'use src/templates' },
  {
    packages: ['execa', 'child_process', 'node:child_process'],
    files: 'src/system/**',
    instead: 'start programs with run() of src/system/run.ts',
  },
  { packages: ['just-bash'], files: 'src/conf/sandbox*.ts', instead: 'use src/conf/sandbox.ts' },
  {
    packages: ['openpgp'],
    files: 'src/packaging/openpgp/**',
    instead: 'use src/packaging/openpgp: the license of openpgp keeps it a bundle of its own, loaded when it is needed',
  },
]

type Rules = NonNullable<OxlintOverride['rules']>

interface Restriction {
  readonly regex: string
  readonly message: string
}

function levelOf(room: string): number {
  return levels.findIndex((rooms) => rooms.includes(room))
}

function roomsForbiddenTo(room: string): Restriction[] {
  const above = levels.slice(levelOf(room) + 1).flat()
  const beside = strangers.flatMap(([a, b]) => (a === room ? [b] : b === room ? [a] : []))
  return [...above, ...beside].map((other) => ({
    regex: `^(\\.\\./)+${other}/`,
    message: `src/${room} must not know src/${other}: imports point down only`,
  }))
}

function packagesForbiddenTo(files: string): Restriction[] {
  return owners
    .filter((owner) => owner.files !== files)
    .flatMap(({ packages, instead }) => packages.map((name) => ({ regex: `^${name}(/|$)`, message: instead })))
}

function restrictImports(restrictions: readonly Restriction[]): Pick<Rules, 'no-restricted-imports'> {
  return { 'no-restricted-imports': ['error', { patterns: restrictions.map((one) => ({ ...one })) }] }
}

const processProperties: readonly { readonly property: string; readonly files: string; readonly message: string }[] = [
  ...['stdout', 'stderr', 'exit', 'exitCode', 'argv'].map((property) => ({
    property,
    files: 'src/cli/**',
    message: 'only src/cli talks to the terminal and ends the program; report or return instead',
  })),
  { property: 'env', files: 'src/system/**', message: 'only src/system/env.ts reads the environment' },
]

function restrictProcess(files: string): Pick<Rules, 'no-restricted-properties'> {
  const forbidden = processProperties.filter((one) => one.files !== files)
  const properties = forbidden.map(({ property, message }) => ({ object: 'process', property, message }))
  const clock = { object: 'Date', property: 'now', message: 'only src/system/clock.ts reads the clock' }
  return { 'no-restricted-properties': ['error', ...properties, ...(files === 'src/system/**' ? [] : [clock])] }
}

function rulesOfRoom(room: string): OxlintOverride[] {
  const files = `src/${room}/**`
  const rooms = roomsForbiddenTo(room)
  const ownFiles = owners.filter((owner) => owner.files.startsWith(`src/${room}/`) && owner.files !== files)
  return [
    {
      files: [files],
      rules: { ...restrictImports([...packagesForbiddenTo(files), ...rooms]), ...restrictProcess(files) },
    },
    ...ownFiles.map((owner) => ({
      files: [owner.files],
      rules: restrictImports([...packagesForbiddenTo(owner.files), ...rooms]),
    })),
  ]
}

/** domain.ts, report.ts and errors.ts stand below every room. */
const rulesOfTheNouns: OxlintOverride = {
  files: ['src/*.ts'],
  rules: {
    ...restrictImports([
      ...packagesForbiddenTo('src/*.ts'),
      ...levels.flat().map((room) => ({ regex: `^\\./${room}/`, message: 'the nouns know no room' })),
    ]),
    ...restrictProcess('src/*.ts'),
  },
}

export const roomRules: OxlintOverride[] = [rulesOfTheNouns, ...levels.flat().flatMap(rulesOfRoom)]
