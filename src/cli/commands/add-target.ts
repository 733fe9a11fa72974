import { loadConf } from '../../conf/load.ts'
import { type AbsolutePath, absolutePath, type PackageId } from '../../domain.ts'
import { type AddResult, type AddTarget, add } from '../../runtime/add.ts'
import type { CommandLine } from '../grammar.ts'
import { namedKernels } from '../kernel-choice.ts'
import { pathOption, runningKernel, type Session } from '../session.ts'
import { readTarget, requirePackage } from '../target.ts'

/** Adds what the words name: a package by name and version, or a source directory. */
export function addWhat(session: Session, line: CommandLine, what: AddTarget): Promise<AddResult> {
  const [kernel = runningKernel(session)] = namedKernels(session, line.options)
  const confFile = pathOption(line.options, 'conf')
  return add({
    roots: session.roots,
    what,
    kernel,
    force: line.options.has('force'),
    ...(confFile === undefined ? {} : { confFile: absolutePath(confFile) }),
    directives: line.options.get('directive') ?? [],
    rpmSafeUpgrade: line.options.has('rpm_safe_upgrade'),
    report: session.report,
    dryRun: session.dryRun,
    loadConf: (request) => loadConf({ ...request, environment: session.environment }),
  })
}

/**
 * The package a build is about; a source directory in place of a name is added first.
 * @returns with the package, what a dry run would have copied as its source
 */
export async function packageOf(
  session: Session,
  line: CommandLine,
): Promise<{ readonly id: PackageId; readonly plannedSource?: AbsolutePath }> {
  const target = readTarget(line, session.report)
  if (target.source === undefined) return { id: requirePackage(target) }
  const { package: id, copiedFrom } = await addWhat(session, line, { kind: 'path', path: target.source })
  return session.dryRun && copiedFrom !== undefined ? { id, plannedSource: copiedFrom } : { id }
}
