/** From a plan to the files of a disk, by format. */
import { FactoryError } from '../../../errors.ts'
import { type KernelFamily, mayBeOf } from '../kernel-family.ts'
import { type DiskFile, type DiskFormat, type DiskPlan, diskFormats } from '../model.ts'
import { debianLayout, ubuntuLayout } from './debian.ts'
import { dudLayout, releaseOf } from './dud.ts'
import { redhatLegacyLayout } from './redhat-legacy.ts'
import { redhat3Layout } from './redhat3.ts'
import type { RenderTemplate } from './scripts.ts'
import { suseClassicLayout } from './suse-classic.ts'

/**
 * The layouts of several formats lie beside each other on one disk. Sorted by path.
 *
 * @throws {FactoryError} DISK_REFUSED when the plan lacks what a format needs, or two formats claim one file
 */
export async function layoutDisk(
  formats: readonly DiskFormat[],
  plan: DiskPlan,
  render: RenderTemplate,
): Promise<DiskFile[]> {
  if (formats.length === 0) {
    throw new FactoryError('DISK_REFUSED', 'no format is named for the driver disk', {
      hint: `use --format with ${diskFormats.join(', ')}`,
    })
  }
  const byPath = new Map<string, DiskFile>()
  for (const format of new Set(formats)) {
    for (const file of await layoutFormat(format, plan, render)) {
      const other = byPath.get(file.path)
      if (other !== undefined && JSON.stringify(other) !== JSON.stringify(file)) throw collision(file.path, formats)
      byPath.set(file.path, file)
    }
  }
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

function collision(path: string, formats: readonly DiskFormat[]): FactoryError {
  return new FactoryError('DISK_REFUSED', `${formats.join(' and ')} have different files at ${path}`, {
    hint: 'make a disk for each of them',
  })
}

async function layoutFormat(format: DiskFormat, plan: DiskPlan, render: RenderTemplate): Promise<DiskFile[]> {
  switch (format) {
    case 'redhat1':
      return redhatLegacyLayout(plan, 1)
    case 'redhat2':
      return redhatLegacyLayout(plan, 2)
    case 'redhat3':
      return await redhat3Layout(plan)
    case 'suse':
      return suseClassicLayout(plan, 'suse', render)
    case 'unitedlinux':
      return suseClassicLayout(plan, 'UnitedLinux', render)
    case 'dud':
      return dudLayout(plan, render)
    case 'ubuntu':
      return ubuntuLayout(plan)
    case 'debian':
      return debianLayout(plan)
    case 'universal':
      return await universalLayout(plan, render)
  }
}

/**
 * Everything the plan has the parts for, from one root that every installer takes for its own. Kernels and packages go
 * to the installers of their own family only.
 */
async function universalLayout(plan: DiskPlan, render: RenderTemplate): Promise<DiskFile[]> {
  const parts: DiskFile[][] = []
  for (const { format, family, kind } of universalParts) {
    const own = planOfFamily(plan, family)
    const hasPackages = own.packages.some((one) => one.kind === kind)
    const isNamed = format === 'dud' ? plan.suseTags.length > 0 : format !== 'debian' || plan.injection.length > 0
    const isPossible = format === 'dud' ? own.kernels.length > 0 : hasPackages
    if (isNamed && isPossible) parts.push(await layoutFormat(format, own, render))
  }
  if (parts.length > 0) return parts.flat()
  throw new FactoryError('DISK_REFUSED', 'there is nothing to put on a universal disk', {
    hint: 'name kernels the package is built for with -k, and SUSE products with --dist',
  })
}

const universalParts = [
  { format: 'redhat3', family: 'redhat', kind: 'rpm' },
  { format: 'dud', family: 'suse', kind: 'rpm' },
  { format: 'ubuntu', family: 'debian', kind: 'deb' },
  { format: 'debian', family: 'debian', kind: 'deb' },
] as const

function planOfFamily(plan: DiskPlan, family: KernelFamily): DiskPlan {
  return {
    ...plan,
    kernels: plan.kernels.filter(({ kernel }) => mayBeOf(kernel.release, family)),
    packages: plan.packages.filter(
      ({ facts }) => facts.modules.length === 0 || facts.modules.some(({ path }) => mayBeOf(releaseOf(path), family)),
    ),
  }
}
