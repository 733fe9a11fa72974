import { type AbsolutePath, absolutePath, formatKernel, type Kernel } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { makeAkmod } from '../../packaging/kmod/akmod.ts'
import { makeKmods } from '../../packaging/kmod/make.ts'
import { findStyle, type KmodStyle, styles } from '../../packaging/kmod/styles.ts'
import type { CommandResult } from '../command.ts'
import type { CommandLine } from '../grammar.ts'
import type { GivenOptions } from '../options.ts'
import { planCommand } from '../package-plan.ts'
import { rpmDestination, rpmPacking, signingOf, wroteLines } from '../rpm-command.ts'
import { lastOption, pathOption, runningKernel, type Session } from '../session.ts'
import { symversFiles } from '../symvers-option.ts'

export async function runMkkmod(session: Session, line: CommandLine): Promise<CommandResult> {
  const { options } = line
  const style = chosenStyle(options)
  const packing = rpmPacking(session, options)
  const isAkmod = options.has('akmod')
  using planned = await planCommand(session, line, true, isAkmod ? 'source-only' : 'binaries-only')
  const { plan } = planned
  const request = { ...rpmDestination(session, options, plan), ...packing }
  const headers = pathOption(options, 'kernelsourcedir')
  const packages = isAkmod
    ? await makeAkmod({ ...request, runningKernel: runningKernel(session) })
    : (
        await makeKmods({
          ...request,
          style,
          kernelSourceDir: headers === undefined ? undefined : absolutePath(headers),
          symvers: symversOf(options, plan.kernels),
          ...signingOf(options, plan),
        })
      ).packages
  const { name: module, version } = plan.package
  return {
    json: { module, version, akmod: isAkmod, packages, dryRun: session.dryRun },
    text: wroteLines(packages, session.dryRun),
  }
}

function chosenStyle(options: GivenOptions): KmodStyle | undefined {
  const name = lastOption(options, 'style')
  if (name === undefined) return undefined
  const style = findStyle(name)
  if (style !== undefined) return style
  throw new FactoryError('USAGE', `there is no style ${JSON.stringify(name)}`, {
    hint: `choose one of ${Object.keys(styles).join(', ')}`,
  })
}

/** @throws {FactoryError} USAGE */
function symversOf(options: GivenOptions, kernels: readonly Kernel[]): (kernel: Kernel) => AbsolutePath | undefined {
  const files = symversFiles(
    options,
    kernels.map(({ release }) => release),
  )
  for (const [release, file] of files) {
    if (kernels.some((kernel) => kernel.release === release)) continue
    throw new FactoryError('USAGE', `--symvers ${release}=${file} is of a kernel that nothing is packed for`, {
      hint: `the kernels are ${kernels.map(formatKernel).join(', ')}`,
    })
  }
  return ({ release }) => files.get(release)
}
