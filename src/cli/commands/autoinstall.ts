import type { Kernel } from '../../domain.ts'
import type { FactoryError } from '../../errors.ts'
import { type AutoinstallResult, autoinstall, autoinstallFailure } from '../../runtime/autoinstall/autoinstall.ts'
import { runPostTransaction } from '../../runtime/post-transaction.ts'
import { chosenKernels } from '../build-request.ts'
import type { CommandResult } from '../command.ts'
import type { CommandLine } from '../grammar.ts'
import { lockFor } from '../lock.ts'
import { manyRequest, oneKernel } from '../many-request.ts'
import { kernelDocument, kernelText } from '../render/package-outcomes.ts'
import { runningKernel, type Session } from '../session.ts'

export async function runAutoinstall(session: Session, line: CommandLine): Promise<CommandResult> {
  const kernels = line.options.has('all-kernels') ? chosenKernels(session, line) : [oneKernel(session, line, false)]
  return await autoinstallFor(session, line, kernels)
}

export async function autoinstallFor(
  session: Session,
  line: CommandLine,
  kernels: readonly Kernel[],
): Promise<CommandResult> {
  using _lock = await lockFor(session, line)
  const request = manyRequest(session, line)
  const result = await autoinstall(request, kernels)
  if (result.kind === 'disabled') {
    return {
      json: { disabledBy: result.by, kernels: [], dryRun: session.dryRun },
      text: `Nothing is installed automatically: ${result.by} exists.\n`,
    }
  }
  const failure = firstFailure(result)
  if (failure === undefined || installedSomething(result)) {
    await runPostTransaction(request, kernels[0] ?? runningKernel(session))
  }
  return {
    json: { kernels: result.kernels.map(kernelDocument), dryRun: session.dryRun },
    text: result.kernels.map((one) => kernelText('Autoinstall', one)).join(''),
    ...(failure === undefined ? {} : { failure }),
  }
}

type Done = Extract<AutoinstallResult, { kind: 'done' }>

function firstFailure({ kernels }: Done): FactoryError | undefined {
  for (const kernel of kernels) {
    const failure = autoinstallFailure(kernel)
    if (failure !== undefined) return failure
  }
  return undefined
}

/** What could be installed is, and the administrator's command has to know of it. */
function installedSomething({ kernels }: Done): boolean {
  return kernels.some(({ packages }) => packages.some(({ state }) => state === 'installed'))
}
