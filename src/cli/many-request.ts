/** What actions on many packages take from the session and the command line. */
import type { Kernel } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import type { ManyRequest } from '../runtime/autoinstall/model.ts'
import { actionContext } from './action-context.ts'
import { buildOptions } from './build-request.ts'
import type { CommandLine } from './grammar.ts'
import { namedKernels } from './kernel-choice.ts'
import { givenKernels } from './kernels.ts'
import type { Session } from './session.ts'

export function manyRequest(session: Session, line: CommandLine): ManyRequest {
  const { settings } = session
  return {
    ...buildOptions(session, line),
    ...actionContext(session, line),
    depmod: line.options.has('no-depmod') ? 'skip' : 'run',
    forceVersionOverride: line.options.has('force-version-override'),
    rpmSafeUpgrade: false,
    symlinkModules: line.options.has('symlink-modules') || settings.symlinkModules,
    modprobeOnInstall: line.options.has('modprobe-on-install') || settings.modprobeOnInstall,
  }
}

/**
 * The one kernel of an action on a kernel.
 *
 * @param named whether -k has to be given: hooks of kernel packages never mean the running kernel by default
 * @throws {FactoryError} KERNEL_COUNT, ARCH_COUNT
 */
export function oneKernel(session: Session, line: CommandLine, named: boolean): Kernel {
  const given = givenKernels(line.options)
  const kernels = namedKernels(session, line.options)
  const [kernel] = kernels
  if (kernel !== undefined && kernels.length === 1 && (!named || given.releases.length === 1)) return kernel
  const count = given.releases.length === 0 ? 'none was' : `${given.releases.length} were`
  throw new FactoryError('KERNEL_COUNT', `${line.verb ?? 'the action'} takes exactly one kernel, and ${count} given`, {
    hint: 'name it with -k',
  })
}
