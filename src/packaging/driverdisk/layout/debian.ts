/** `ubuntu` for casper's driver updates on live media, and `debian` for hw-detect's driver injection in debian-installer. */
import { FactoryError } from '../../../errors.ts'
import { baseVersion } from '../../../kernel/release.ts'
import type { DiskFile, DiskPackage, DiskPlan } from '../model.ts'
import { releaseOf } from './dud.ts'

type DebOnDisk = Extract<DiskPackage, { kind: 'deb' }>

/** casper looks in the directory of the running kernel's version up to the first dash. */
export function ubuntuLayout(plan: DiskPlan): DiskFile[] {
  const debs = debsOf(plan, 'ubuntu')
  const releases = [
    ...plan.kernels.map(({ kernel }) => kernel.release),
    ...debs.flatMap(({ facts }) => facts.modules.map(({ path }) => releaseOf(path))),
  ]
  const versions = [...new Set(releases.filter((release) => release !== '').map(baseVersion))].sort()
  return versions.flatMap((version) =>
    debs
      .filter(({ facts }) =>
        isFor(
          facts.modules.map(({ path }) => baseVersion(releaseOf(path))),
          version,
        ),
      )
      .map(
        ({ fileName, content }): DiskFile => ({ kind: 'file', path: `ubuntu-drivers/${version}/${fileName}`, content }),
      ),
  )
}

function isFor(versions: readonly string[], version: string): boolean {
  return versions.length === 0 || versions.includes(version)
}

/** @throws {FactoryError} DISK_REFUSED without one */
export function assertInjectionReleases(releases: DiskPlan['injection']): void {
  if (releases.length > 0) return
  throw new FactoryError('DISK_REFUSED', 'a disk for debian-installer must say which release it is for', {
    hint: 'say it with --dist, such as --dist debian/bookworm or --dist ubuntu/trusty',
  })
}

/** @throws {FactoryError} DISK_REFUSED without a codename or without packages */
export function debianLayout(plan: DiskPlan): DiskFile[] {
  const debs = debsOf(plan, 'debian')
  assertInjectionReleases(plan.injection)
  return plan.injection.flatMap(({ distributor, codename }) =>
    debs.map(
      ({ fileName, content }): DiskFile => ({
        kind: 'file',
        path: `${distributor.toLowerCase()}-drivers/${codename.toLowerCase()}/${fileName}`,
        content,
      }),
    ),
  )
}

function debsOf({ packages }: DiskPlan, format: string): DebOnDisk[] {
  const debs = packages.filter((one) => one.kind === 'deb')
  if (debs.length > 0) return debs
  throw new FactoryError('DISK_REFUSED', `a ${format} disk consists of Debian packages, and there is none`, {
    hint: 'name a kernel the package is built for with -k, or give packages with --include',
  })
}
