/** `redhat3`: Driver Update Disk version 3, for anaconda of RHEL 6 and newer and Fedora (dd-list and dd-extract of dracut). */
import { FactoryError } from '../../../errors.ts'
import { unameFrom } from '../../../kernel/arch.ts'
import { anacondaArches } from '../arch.ts'
import type { DiskFile, DiskPlan } from '../model.ts'
import { type RpmOnDisk, repodataFiles } from '../repodata.ts'
import { diskTitle } from './redhat-legacy.ts'

/** @throws {FactoryError} DISK_REFUSED when there is no RPM, or two have one name, version and architecture */
export async function redhat3Layout(plan: DiskPlan): Promise<DiskFile[]> {
  const packages = plan.packages.filter((one) => one.kind === 'rpm')
  assertInstallable(packages)
  const files: DiskFile[] = [{ kind: 'file', path: 'rhdd3', content: { text: `${diskTitle(plan)}\n` } }]
  for (const [arch, own] of byArch(plan, packages)) {
    for (const { fileName, content } of own) {
      files.push({ kind: 'file', path: `rpms/${arch}/${fileName}`, content })
    }
    files.push(...(await repodataFiles(`rpms/${arch}`, own, plan.time)))
  }
  return files
}

/** Packages without an architecture belong to every one that is on the disk. */
function byArch(plan: DiskPlan, packages: readonly RpmOnDisk[]): Map<string, RpmOnDisk[]> {
  const machines = new Set([
    ...packages.flatMap(({ facts }) => unameFrom('rpm', facts.arch) ?? []),
    ...plan.kernels.map(({ kernel }) => kernel.arch),
  ])
  const found = new Map<string, RpmOnDisk[]>()
  for (const machine of machines) {
    const own = packages.filter(({ facts }) => facts.arch === 'noarch' || unameFrom('rpm', facts.arch) === machine)
    if (own.length === 0) continue
    for (const arch of anacondaArches(machine)) found.set(arch, [...(found.get(arch) ?? []), ...own])
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Of two packages that rpm cannot tell apart, only one can be installed. */
function assertInstallable(packages: readonly RpmOnDisk[]): void {
  if (packages.length === 0) {
    throw new FactoryError('DISK_REFUSED', 'a redhat3 disk consists of RPM packages, and there is none', {
      hint: 'name a kernel the package is built for with -k, or give packages with --include',
    })
  }
  const seen = new Set<string>()
  for (const { facts } of packages) {
    const identity = `${facts.name}-${formatVersion(facts)}.${facts.arch}`
    if (seen.has(identity)) {
      throw new FactoryError('DISK_REFUSED', `two packages of the disk are both ${identity}`, {
        hint: 'anaconda installs packages by name: give each kernel a package name of its own',
      })
    }
    seen.add(identity)
  }
}

function formatVersion({ epoch, version, release }: RpmOnDisk['facts']): string {
  return `${epoch === undefined ? '' : `${epoch}:`}${version}-${release}`
}
