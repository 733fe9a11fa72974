import { type AbsolutePath, absolutePath, formatKernel, type Kernel } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { makeAkmod } from '../../packaging/kmod/akmod.ts'
import { makeKmods } from '../../packaging/kmod/make.ts'
import { findStyle, type KmodStyle, styles } from '../../packaging/kmod/styles.ts'
import { absoluteFromHere } from '../../system/env.ts'
import type { CommandLine } from '../grammar.ts'
import type { GivenOptions } from '../options.ts'
import { planCommand } from '../package-plan.ts'
import { rpmDestination, rpmPacking, signingOf, wroteLines } from '../rpm-command.ts'
import { lastOption, pathOption, runningKernel, type Session } from '../session.ts'
import type { CommandResult } from './index.ts'

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
          symvers: symversOf(options.get('symvers') ?? [], plan.kernels),
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

/**
 * A file without a kernel is that of the only one.
 *
 * @throws {FactoryError} USAGE
 */
function symversOf(
  values: readonly string[],
  kernels: readonly Kernel[],
): (kernel: Kernel) => AbsolutePath | undefined {
  const files = new Map<string, AbsolutePath>()
  for (const value of values) {
    const [, release, file = value] = /^([^/=]+)=(.+)$/.exec(value) ?? []
    const [first, ...others] = kernels
    if (release === undefined && others.length > 0) {
      throw new FactoryError('USAGE', `--symvers ${value} does not say which kernel it is of`, {
        hint: `name the kernel: --symvers ${first?.release ?? 'K'}=${value}`,
      })
    }
    if (release !== undefined && !kernels.some((kernel) => kernel.release === release)) {
      throw new FactoryError('USAGE', `--symvers ${value} is of a kernel that nothing is packed for`, {
        hint: `the kernels are ${kernels.map(formatKernel).join(', ')}`,
      })
    }
    files.set(release ?? first?.release ?? '', absoluteFromHere(file))
  }
  return ({ release }) => files.get(release)
}
