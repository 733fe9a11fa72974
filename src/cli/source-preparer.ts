/** The runtime's preparing of a source, as the generators of source archives want it: rooms that do not know each other. */
import { type AbsolutePath, absolutePath, type PackageId } from '../domain.ts'
import type { PrepareSource } from '../packaging/plan/prepared-source.ts'
import { prepareSource } from '../runtime/build/prepare-source.ts'
import type { GivenOptions } from './options.ts'
import { pathOption, type Session } from './session.ts'

/** @param source what the copies are of, for messages */
export function sourcePreparer(
  session: Session,
  options: GivenOptions,
  id: PackageId,
  source?: AbsolutePath,
): PrepareSource {
  const { roots, settings, report, dryRun } = session
  const headers = pathOption(options, 'kernelsourcedir')
  const common = {
    roots,
    settings,
    package: id,
    ...(source === undefined ? {} : { source }),
    directives: options.get('directive') ?? [],
    kernelSourceDir: headers === undefined ? undefined : absolutePath(headers),
    runsScripts: !dryRun,
    report,
  }
  return (directory, kernel) => prepareSource({ ...common, directory, kernel })
}
