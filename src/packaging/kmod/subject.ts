/** What packages of modules are called and what is said of them: the block `kmp` of packaging.yaml speaks for them. */
import type { PackagePlan } from '../plan/model.ts'
import { profiles } from '../rpm/profiles.ts'
import { type RpmSubject, rpmSubject } from '../rpm/subject.ts'

/** @throws {FactoryError} PACKAGE_REFUSED when RPM has no form for the name or version */
export function kernelPackageSubject(plan: PackagePlan): RpmSubject {
  const { kmp } = plan.metadata
  return rpmSubject({ ...plan, metadata: { ...plan.metadata, rpm: kmp } }, { ...profiles.dkms, release: '1' })
}
