/** What a driver disk is made from, out of a command line: the package, built for every kernel, and perhaps a spec file. */
import type { Kernel } from '../domain.ts'
import { FactoryError } from '../errors.ts'
import type { DiskFormat } from '../packaging/driverdisk/model.ts'
import type { PackagePlan } from '../packaging/plan/model.ts'
import { loadPackage } from '../tree/load.ts'
import { buildMissing } from './build-missing.ts'
import { chosenSpec } from './driverdisk-spec.ts'
import type { CommandLine } from './grammar.ts'
import { planCommand } from './package-plan.ts'
import type { Session } from './session.ts'

export interface PlannedDisk extends Disposable {
  readonly plan: PackagePlan
  /** What the RPMs are made from, in place of our own. */
  readonly spec: string | undefined
  /** Only of a dry run: kernels that would be built first. The plan has no builds then. */
  readonly unbuilt: readonly Kernel[]
}

/**
 * Kernels that are not built yet are built, under the same lock.
 *
 * @throws {FactoryError} SPEC_MISSING before anything is built; what planning, building and locking throw
 */
export async function planDisk(
  session: Session,
  line: CommandLine,
  formats: readonly DiskFormat[],
): Promise<PlannedDisk> {
  let spec: string | undefined
  let unbuilt: readonly Kernel[] = []
  const planned = await planCommand(session, withoutRelease(line), false, async (id) => {
    const found = loadPackage(session.roots, id)
    if (found?.source.kind !== 'linked') return 'binaries-only'
    spec = chosenSpec(session, line.options, formats, { module: id.name, source: found.source.dir })
    const built = await buildMissing(session, line, found)
    if (session.dryRun) unbuilt = built
    if (unbuilt.length > 0) return 'source-only'
    return spec === undefined ? 'binaries-only' : 'full'
  })
  try {
    if (unbuilt.length === 0) refuseUnbuilt(planned.plan)
    return { plan: planned.plan, spec, unbuilt, [Symbol.dispose]: () => planned[Symbol.dispose]() }
  } catch (error) {
    planned[Symbol.dispose]()
    throw error
  }
}

function refuseUnbuilt({ origin, builds, package: { name, version } }: PackagePlan): void {
  if (origin.kind === 'tree' && builds.length > 0) return
  throw new FactoryError('NOT_BUILT', `there are no built modules of ${name} ${version} for a driver disk`, {
    hint: 'add the package to the tree, and name the kernels of the installers with -k',
  })
}

/** `-r` is the release of a distribution here, and never one of a package. */
function withoutRelease(line: CommandLine): CommandLine {
  return { ...line, options: new Map([...line.options].filter(([name]) => name !== 'release')) }
}
