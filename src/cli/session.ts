/** What one run of the program works with: roots, settings, machine. Options win over framework.conf, which wins over defaults. */
import { tmpdir } from 'node:os'
import { placeOf } from '../conf/diagnostic-text.ts'
import { invalidFramework, readFramework } from '../conf/framework.ts'
import type { FrameworkSettings } from '../conf/settings.ts'
import { evaluationVariables } from '../conf/variables.ts'
import { type Distro, readDistro } from '../distro/detect.ts'
import type { Kernel, Roots } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import type { Report } from '../report.ts'
import { absoluteFromHere, type Environment, environment, type Machine, thisMachine } from '../system/env.ts'
import { defaultArch } from './default-arch.ts'
import type { GivenOptions, OptionName } from './options.ts'
import type { Verb } from './verbs.ts'

export interface Session {
  readonly roots: Roots
  readonly settings: FrameworkSettings
  readonly machine: Machine
  readonly environment: Environment
  readonly report: Report
  readonly dryRun: boolean
  /** Of kernels for which none is named. */
  readonly defaultArch: string
  /** Read on first use: commands that do not need it work where it cannot be told. */
  distro(): Distro
}

const places = {
  etc: '/etc/dkms',
  dkmsTree: '/var/lib/dkms',
  sourceTree: '/usr/src',
  installTree: '/lib/modules',
} as const

/** They only look, and have to work where something is broken. */
const onlyLook: ReadonlySet<Verb | undefined> = new Set<Verb>(['status', 'lint', 'inspect', 'show', 'verify'])

/**
 * @param verb decides whether what is wrong with framework.conf is warned about or ends the command
 * @throws {FactoryError} CONF_INVALID for a framework.conf with errors, unless the verb only looks
 */
export async function openSession(options: GivenOptions, report: Report, verb?: Verb): Promise<Session> {
  const etc = absoluteFromHere(lastOption(options, 'etc') ?? places.etc)
  const machine = thisMachine()
  const settings = await settingsFor(verb, report, etc, machine)
  const roots = chooseRoots(options, settings, etc)
  let known: Distro | undefined
  const distro = () => (known ??= readDistro('/'))
  return {
    roots,
    settings,
    machine,
    environment: environment(),
    report,
    dryRun: options.has('dry-run'),
    defaultArch: await defaultArch({ options, verb, machine, roots, distro }),
    distro,
  }
}

async function settingsFor(
  verb: Verb | undefined,
  report: Report,
  etc: Roots['etc'],
  machine: Machine,
): Promise<FrameworkSettings> {
  const { settings, problems } = await readFramework(etc, frameworkVariables(etc, machine))
  const errors = problems.filter(({ severity }) => severity === 'error')
  if (errors.length > 0 && !onlyLook.has(verb)) throw invalidFramework(errors)
  for (const problem of problems) {
    const hint = problem.remedy === undefined ? {} : { hint: problem.remedy }
    report({ kind: 'warning', code: 'CONF_INVALID', message: problem.message, where: placeOf(problem), ...hint })
  }
  return settings
}

function frameworkVariables(etc: Roots['etc'], machine: Machine): Record<string, string> {
  return evaluationVariables({
    roots: chooseRoots(new Map(), undefined, etc),
    kernel: { release: machine.kernelRelease, arch: machine.arch },
    parallelJobs: machine.cpus,
  })
}

function chooseRoots(options: GivenOptions, settings: FrameworkSettings | undefined, etc: Roots['etc']): Roots {
  const place = (option: OptionName, setting: string | undefined, fallback: string) =>
    absoluteFromHere(lastOption(options, option) || setting || fallback)
  return {
    dkmsTree: place('dkmstree', settings?.dkmsTree, places.dkmsTree),
    sourceTree: place('sourcetree', settings?.sourceTree, places.sourceTree),
    installTree: place('installtree', settings?.installTree, places.installTree),
    tmp: absoluteFromHere(settings?.tmpLocation || tmpdir()),
    etc,
  }
}

/** As dkms: of an option given twice the last value counts. */
export function lastOption(options: GivenOptions, name: OptionName): string | undefined {
  return options.get(name)?.at(-1)
}

/** @throws {FactoryError} USAGE when the value is not a whole number of at most six digits */
export function numberOption(options: GivenOptions, name: OptionName): number | undefined {
  const text = lastOption(options, name)
  if (text === undefined) return undefined
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw new FactoryError('USAGE', `--${name} takes a whole number from 0 to 999999, not ${JSON.stringify(text)}`)
}

export function pathOption(options: GivenOptions, name: OptionName): string | undefined {
  const text = lastOption(options, name)
  return text === undefined || text === '' ? undefined : absoluteFromHere(text)
}

/** @throws {FactoryError} ARCH_UNKNOWN when the machine does not tell its architecture */
export function runningKernel(session: Session): Kernel {
  const { kernelRelease, arch } = session.machine
  if (arch !== '') return { release: kernelRelease, arch }
  throw new FactoryError('ARCH_UNKNOWN', 'the architecture of this machine cannot be determined', {
    hint: 'name it with -a',
  })
}
