import { FactoryError } from '../../errors.ts'
import { familyOf } from '../../packaging/kmp/family.ts'
import { makeKmp } from '../../packaging/kmp/make.ts'
import type { KmpFamily } from '../../packaging/kmp/model.ts'
import { findKmpSpec } from '../../packaging/kmp/user-spec.ts'
import type { CommandResult } from '../command.ts'
import type { CommandLine } from '../grammar.ts'
import { namedKernels } from '../kernel-choice.ts'
import type { GivenOptions } from '../options.ts'
import { planCommand } from '../package-plan.ts'
import { rpmDestination, rpmPacking, signingOf, wroteLines } from '../rpm-command.ts'
import { lastOption, type Session } from '../session.ts'
import { sourcePreparer } from '../source-preparer.ts'

export async function runMkkmp(session: Session, line: CommandLine): Promise<CommandResult> {
  const { options } = line
  const style = chosenFamily(options)
  const packing = rpmPacking(session, options)
  const kernels = namedKernels(session, options)
  const [first] = kernels
  using planned = await planCommand(session, line, true, 'source-only', kernels)
  const { plan } = planned
  const { roots, dryRun } = session
  const result = await makeKmp({
    ...rpmDestination(session, options, plan),
    ...packing,
    kernels,
    family: style ?? (first === undefined ? 'suse' : familyOf(first)),
    ...signingOf(options, plan),
    spec: findKmpSpec(plan, roots.etc, lastOption(options, 'spec')),
    prepare: sourcePreparer(session, options, plan.package, plan.source.directory),
  })
  const { name: module, version } = plan.package
  const { path } = result.package
  return {
    json: {
      module,
      version,
      spec: result.spec,
      kernels: kernels.map(({ release, arch }) => ({ kernel: release, arch })),
      packages: [result.package],
      dryRun,
    },
    // The second line is what mkkmp of DKMS 2.x printed.
    text: `${wroteLines([result.package], dryRun)}${dryRun ? '' : `KMP SRPM location: ${path}\n`}`,
  }
}

const families: Readonly<Record<string, KmpFamily>> = { suse: 'suse', tumbleweed: 'suse', rhel: 'rhel' }

function chosenFamily(options: GivenOptions): KmpFamily | undefined {
  const name = lastOption(options, 'style')
  if (name === undefined) return undefined
  const family = Object.hasOwn(families, name) ? families[name] : undefined
  if (family !== undefined) return family
  throw new FactoryError('USAGE', `mkkmp knows no style ${JSON.stringify(name)}`, { hint: 'choose suse or rhel' })
}
