import { formatKernel } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { match, matchFailure } from '../../runtime/match.ts'
import { runPostTransaction } from '../../runtime/post-transaction.ts'
import { assertSafeName } from '../../tree/names.ts'
import type { CommandResult } from '../command.ts'
import type { CommandLine } from '../grammar.ts'
import { lockFor } from '../lock.ts'
import { manyRequest, oneKernel } from '../many-request.ts'
import { kernelDocument, kernelText, reasonOf } from '../render/package-outcomes.ts'
import { lastOption, type Session } from '../session.ts'
import { readTarget } from '../target.ts'

export async function runMatch(session: Session, line: CommandLine): Promise<CommandResult> {
  const kernel = oneKernel(session, line, false)
  const template = { release: templateOf(line), arch: kernel.arch }
  const { name, version } = readTarget(line, session.report)
  using _lock = await lockFor(session, line)
  const request = manyRequest(session, line)
  const result = await match({
    ...request,
    template,
    kernel,
    ...(name === undefined ? {} : { name }),
    ...(version === undefined ? {} : { version }),
  })
  const failure = matchFailure(result)
  if (failure === undefined) await runPostTransaction(request, kernel)
  const text = kernelText('Match', result)
  const nothing = `Nothing to do to match kernel ${formatKernel(kernel)} to kernel ${formatKernel(template)}.\n`
  const already = result.packages.map((one) => `  ${one.package.name}/${one.package.version}  ${reasonOf(one)}\n`)
  return {
    json: { template: template.release, ...kernelDocument(result), dryRun: session.dryRun },
    text: text === '' ? `${nothing}${already.join('')}` : text,
    ...(failure === undefined ? {} : { failure }),
  }
}

/** As release or release/arch; the architecture is that of the kernel to match. */
function templateOf(line: CommandLine): string {
  const [release = ''] = (lastOption(line.options, 'templatekernel') ?? '').split('/')
  if (release === '') {
    throw new FactoryError('ARGUMENT_MISSING', 'match needs a kernel to take as template', {
      hint: 'name it with --templatekernel',
    })
  }
  assertSafeName('kernel release', release)
  return release
}
