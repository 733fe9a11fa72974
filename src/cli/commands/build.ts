import { formatKernel, formatPackage, type Kernel } from '../../domain.ts'
import { FactoryError } from '../../errors.ts'
import { kernelsWithHeaders } from '../../kernel/installed.ts'
import { buildPackage } from '../../runtime/build/build.ts'
import { type BuildResult, firstFailure, type KernelOutcome } from '../../runtime/build/model.ts'
import { absolutePath, type AbsolutePath, type PackageId } from '../../domain.ts'
import type { CommandLine } from '../grammar.ts'
import { givenKernels, pairKernels } from '../kernels.ts'
import { lockFor } from '../lock.ts'
import { errorDocument, renderError } from '../render/errors.ts'
import { alignColumns } from '../render/table.ts'
import { numberOption, pathOption, runningKernel, type Session } from '../session.ts'
import { addTarget } from './add-target.ts'
import type { CommandResult } from './index.ts'

export async function runBuild(session: Session, line: CommandLine): Promise<CommandResult> {
  refuseAll(line)
  using _lock = await lockFor(session, line)
  const id = await addTarget(session, line)
  const result = await buildPackage({
    roots: session.roots,
    settings: session.settings,
    report: session.report,
    package: id,
    kernels: chosenKernels(session, line),
    force: line.options.has('force'),
    jobs: numberOption(line.options, 'jobs') ?? session.settings.parallelJobs ?? session.machine.cpus,
    ...place('confFile', pathOption(line.options, 'conf')),
    directives: line.options.get('directive') ?? [],
    ...place('kernelSourceDir', pathOption(line.options, 'kernelsourcedir')),
    ...place('kernelConfig', pathOption(line.options, 'config')),
    dryRun: session.dryRun,
    verbose: line.options.has('verbose') || session.settings.verbose,
    headersHint: (kernel) => headersHint(session, kernel),
  })
  return present(id, result)
}
