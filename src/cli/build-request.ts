/** What a build takes from the session and the command line; an install builds too. */

import { headersHint } from '../distro/headers-hint.ts'
import { type AbsolutePath, absolutePath, type Kernel, type PackageId } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import { kernelsWithHeaders } from '../kernel/installed.ts'
import type { BuildRequest } from '../runtime/build/model.ts'
import { isFile } from '../system/fs.ts'
import type { CommandLine } from './grammar.ts'
import { namedKernels } from './kernel-choice.ts'
import { givenKernels } from './kernels.ts'
import { numberOption, pathOption, runningKernel, type Session } from './session.ts'
import { buildSigning } from './signing.ts'

/** @param source of a package that a dry run would add first: the directory it would be copied from */
export function buildRequest(session: Session, line: CommandLine, id: PackageId, source?: AbsolutePath): BuildRequest {
  return {
    ...buildOptions(session, line),
    package: id,
    ...(source === undefined ? {} : { plannedSource: source }),
    kernels: chosenKernels(session, line),
    ...place('confFile', pathOption(line.options, 'conf')),
  }
}

/** What does not depend on the package, for actions on many. */
export function buildOptions(
  session: Session,
  line: CommandLine,
): Omit<BuildRequest, 'package' | 'kernels' | 'confFile'> {
  return {
    roots: session.roots,
    settings: session.settings,
    report: session.report,
    force: line.options.has('force'),
    jobs: numberOption(line.options, 'jobs') ?? session.settings.parallelJobs ?? session.machine.cpus,
    directives: line.options.get('directive') ?? [],
    ...place('kernelSourceDir', pathOption(line.options, 'kernelsourcedir')),
    ...place('kernelConfig', kernelConfig(line)),
    environment: session.environment,
    signing: buildSigning(session, line),
    dryRun: session.dryRun,
    verbose: line.options.has('verbose') || line.options.has('debug') || session.settings.verbose,
    headersHint: ({ release }) => headersHint(session.distro(), release),
  }
}

/** @throws {FactoryError} FILE_ACCESS: without it BUILD_EXCLUSIVE_CONFIG and the signature's hash would be guesses */
function kernelConfig(line: CommandLine): string | undefined {
  const path = pathOption(line.options, 'config')
  if (path === undefined || isFile(path)) return path
  throw new FactoryError('FILE_ACCESS', `--config names ${path}, which is not a file`, {
    hint: 'name the configuration of the kernel, such as /boot/config-RELEASE, or leave the option out',
  })
}

function place<Name extends string>(name: Name, path: string | undefined): { readonly [N in Name]?: AbsolutePath } {
  return (path === undefined ? {} : { [name]: absolutePath(path) }) as { readonly [N in Name]?: AbsolutePath }
}

/** @throws {FactoryError} ARCH_COUNT; HEADERS_MISSING when --all-kernels finds none */
export function chosenKernels(session: Session, line: CommandLine): Kernel[] {
  const given = givenKernels(line.options)
  const running = runningKernel(session)
  if (!line.options.has('all-kernels')) return [...namedKernels(session, line.options)]
  const kernels = kernelsWithHeaders(session.roots, given.arches[0] ?? session.defaultArch)
  if (kernels.length > 0) return kernels
  throw new FactoryError('HEADERS_MISSING', `no kernel below ${session.roots.installTree} has its headers installed`, {
    hint: `install ${headersHint(session.distro(), running.release)}`,
  })
}
