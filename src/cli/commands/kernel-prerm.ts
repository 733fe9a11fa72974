import { type KernelRemovalResult, removalFailure, removeFromKernel } from '../../runtime/kernel-actions.ts'
import { runPostTransaction } from '../../runtime/post-transaction.ts'
import { actionContext } from '../action-context.ts'
import type { CommandResult } from '../command.ts'
import type { CommandLine } from '../grammar.ts'
import { lockFor } from '../lock.ts'
import { oneKernel } from '../many-request.ts'
import { errorDocument } from '../render/errors.ts'
import type { Session } from '../session.ts'
import { uninstallDocument, uninstallText } from './uninstall.ts'

export async function runKernelPrerm(session: Session, line: CommandLine): Promise<CommandResult> {
  return await removalFor(session, line, 'prerm')
}

export async function removalFor(
  session: Session,
  line: CommandLine,
  action: 'preinst' | 'prerm',
): Promise<CommandResult> {
  const kernel = oneKernel(session, line, true)
  using _lock = await lockFor(session, line)
  const context = actionContext(session, line)
  const depmod = line.options.has('no-depmod') ? 'skip' : 'run'
  const directives = line.options.get('directive') ?? []
  const result = await removeFromKernel({ ...context, depmod, kernel, action, directives })
  const failure = removalFailure(result)
  if (failure === undefined) await runPostTransaction(context, kernel)
  return {
    json: {
      kernel: kernel.release,
      arch: kernel.arch,
      packages: result.packages.map(document),
      dryRun: session.dryRun,
    },
    text: result.packages.map((one) => textOf(one, session.dryRun)).join(''),
    ...(failure === undefined ? {} : { failure }),
  }
}

type Removal = KernelRemovalResult['packages'][number]

function document(one: Removal): Record<string, unknown> {
  const about = { module: one.package.name, version: one.package.version, state: one.state }
  if (one.state === 'failed') return { ...about, error: errorDocument(one.error) }
  return { ...about, outcome: one.outcome, uninstalled: uninstallDocument(one.uninstalled) }
}

/** That a package is removed has been told when it began. */
function textOf(one: Removal, dryRun: boolean): string {
  return one.state === 'removed' ? uninstallText(one.package, one.uninstalled, dryRun) : ''
}
