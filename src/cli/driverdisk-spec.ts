/** The packages of a driver disk from a spec file of the user: which one counts, and who builds from it. */
import type { AbsolutePath } from '../domain.ts'
import type { DiskFormat } from '../packaging/driverdisk/model.ts'
import { holdsRpms, type PackagesRequest } from '../packaging/driverdisk/packages.ts'
import type { PackagePlan } from '../packaging/plan/model.ts'
import type { HeaderSigner } from '../packaging/rpm/format/sign.ts'
import { buildForKernel, findKernelSpec } from '../packaging/rpm/kernel-spec.ts'
import { knowsHostPackages } from '../packaging/rpm/rpmbuild.ts'
import type { GivenOptions } from './options.ts'
import { lastOption, type Session } from './session.ts'
import { sourcePreparer } from './source-preparer.ts'

/**
 * The file of --spec, for every disk that holds RPMs; else, of a redhat3 disk for which none are given, the template of
 * DKMS 2 where it lies in /etc/dkms.
 *
 * @throws {FactoryError} SPEC_MISSING
 */
export function chosenSpec(
  { roots, report }: Session,
  options: GivenOptions,
  formats: readonly DiskFormat[],
  { module, source }: { readonly module: string; readonly source: AbsolutePath },
): string | undefined {
  const named = lastOption(options, 'spec') || undefined
  if (!holdsRpms(formats)) {
    if (named !== undefined) report({ kind: 'warning', message: unused(named, formats) })
    return undefined
  }
  if (named === undefined && (!formats.includes('redhat3') || includesRpm(options))) return undefined
  const spec = findKernelSpec({ module, source, etc: roots.etc, spec: named })
  if (spec !== undefined) report({ kind: 'note', message: `rpmbuild makes the packages, from ${spec}` })
  return spec
}

/** DKMS 2 said nothing of it. */
function unused(spec: string, formats: readonly DiskFormat[]): string {
  return `the spec file ${spec} is not used: a ${formats.join(' and ')} disk holds no RPM packages`
}

function includesRpm(options: GivenOptions): boolean {
  return (options.get('include') ?? []).some((file) => file.endsWith('.rpm'))
}

export interface SpecBuild {
  readonly plan: PackagePlan
  readonly spec: string
  readonly signer: HeaderSigner | undefined
}

export function specBuilder(
  session: Session,
  options: GivenOptions,
  build: SpecBuild,
): NonNullable<PackagesRequest['buildRpms']> {
  const prepare = sourcePreparer(session, options, build.plan.package)
  const { roots, report } = session
  let known: Promise<boolean> | undefined
  return async (kernel, directory) => {
    // Asked, and told, once for all kernels.
    const checksRequires = await (known ??= knowsHostPackages(report))
    return await buildForKernel({ ...build, roots, prepare, checksRequires }, kernel, directory)
  }
}
