import type { PackageId } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { refuseDirectory } from '../../packaging/plan/choose.ts'
import type { PackagePlan } from '../../packaging/plan/model.ts'
import { makeRpms } from '../../packaging/rpm/make.ts'
import type { RpmResult } from '../../packaging/rpm/model.ts'
import { findProfile, type Profile, profiles } from '../../packaging/rpm/profiles.ts'
import { buildFromUserSpec, findUserSpec } from '../../packaging/rpm/user-spec.ts'
import type { CommandResult } from '../command.ts'
import type { CommandLine } from '../grammar.ts'
import type { GivenOptions } from '../options.ts'
import { planCommand } from '../package-plan.ts'
import { packagingOptions } from '../packaging-options.ts'
import { rpmDestination, rpmPacking, wroteLines } from '../rpm-command.ts'
import { lastOption, runningKernel, type Session } from '../session.ts'

export async function runMkrpm(session: Session, line: CommandLine): Promise<CommandResult> {
  const { options } = line
  const profile = chosenProfile(options)
  refuseTwoTemplates(options)
  const { compression, signer } = rpmPacking(session, options)
  using planned = await planCommand(session, line, true)
  const { plan } = planned
  if (asksForBuilds(options)) refuseDirectory(plan)
  const request = { ...rpmDestination(session, options, plan), signer, runningKernel: runningKernel(session) }
  const spec = options.has('profile') ? undefined : findUserSpec(plan, session.roots.etc, lastOption(options, 'spec'))
  if (spec !== undefined) warnOfUnused(session, options, spec)
  const result =
    spec === undefined
      ? await makeRpms({ ...request, profile, compression })
      : await buildFromUserSpec({ ...request, spec, legacyPostinst: lastOption(options, 'legacy-postinst') !== '0' })
  return { json: document(plan, result, session.dryRun), text: wroteLines(result.packages, session.dryRun) }
}

/** Without an option a package of the tree is packed with its builds, and a directory, which has none, by itself. */
function asksForBuilds(options: GivenOptions): boolean {
  if (options.has('source-only')) return false
  return options.has('binaries-only') || options.has('all') || options.has('kernelver')
}

function refuseTwoTemplates(options: GivenOptions): void {
  if (!options.has('profile') || !options.has('spec')) return
  throw new FactoryError(
    'CONFLICTING_FLAGS',
    '--profile and --spec were given, and a package is made from one of them',
    {
      hint: 'leave out --profile to have your spec file built, or --spec to have the stock package made',
    },
  )
}

/** What a spec file of the user's own says by itself. */
function warnOfUnused({ report }: Session, options: GivenOptions, spec: string): void {
  const unused = packagingOptions.filter(
    ({ long, verbs }) => !usedWithSpec.has(long) && isOfMkrpm(verbs) && options.has(long),
  )
  if (unused.length === 0) return
  const names = unused.map(({ long }) => `--${long}`).join(', ')
  report({ kind: 'warning', message: `${names}: without effect, for ${spec} says what the packages are` })
}

const usedWithSpec: ReadonlySet<string> = new Set([
  'output',
  'spec',
  'legacy-postinst',
  'sign',
  'sign-key',
  'sign-passphrase',
])

function isOfMkrpm(verbs: readonly string[]): boolean {
  return verbs.includes('mkrpm')
}

function chosenProfile(options: GivenOptions): Profile {
  const name = lastOption(options, 'profile') ?? 'dkms'
  const profile = findProfile(name)
  if (profile !== undefined) return profile
  throw new FactoryError('USAGE', `there is no profile ${JSON.stringify(name)}`, {
    hint: `choose one of ${Object.keys(profiles).join(', ')}`,
  })
}

function document(
  { package: id, content, kernels }: PackagePlan,
  { module, moduleVersion, packages }: RpmResult,
  dryRun: boolean,
): Record<string, unknown> {
  const known: PackageId = { name: module, version: moduleVersion }
  return {
    module: id.name,
    version: id.version,
    installedAs: `${known.name}/${known.version}`,
    content,
    kernels: kernels.map(({ release, arch }) => ({ kernel: release, arch })),
    packages,
    dryRun,
  }
}
