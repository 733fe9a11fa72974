/**
 * Disks for Red Hat's C loader: `redhat1` (Red Hat Linux 6.1 to RHEL 2.1) and `redhat2` (RHEL 3 to 5, Fedora Core).
 * All files that any loader of the time reads are on them, so that one disk serves all.
 */
import { FactoryError } from '../../../errors.ts'
import type { ArchiveMember, DiskFile, DiskKernel, DiskPlan } from '../model.ts'
import {
  renderModinfo,
  renderModulesAlias,
  renderModulesDep,
  renderPcimap,
  renderPcitable,
} from '../redhat-metadata.ts'

export type LoaderGeneration = 1 | 2

const markers: Readonly<Record<LoaderGeneration, string>> = { 1: 'rhdd-6.1', 2: 'rhdd' }

/** Files that DKMS 2.x takes from the source's redhat_driver_disk/ (its manual page). */
const vendorNames = ['disk-info', 'modinfo', 'modules.alias', 'modules.dep', 'modules.pcimap', 'pci.ids', 'pcitable']

/** @throws {FactoryError} DISK_REFUSED when the kernels do not fit on one disk of generation 1 */
export function redhatLegacyLayout(plan: DiskPlan, generation: LoaderGeneration): DiskFile[] {
  if (generation === 1) assertOneArch(plan.kernels)
  const generated = new Map(generatedFiles(plan).map(([name, text]) => [name, { text }]))
  const files = [...new Set([...generated.keys(), ...vendorNames])].sort().flatMap((path): DiskFile[] => {
    const content = plan.vendorFiles.get(path) ?? generated.get(path)
    return content === undefined ? [] : [{ kind: 'file', path, content }]
  })
  return [
    { kind: 'file', path: markers[generation], content: { text: `${diskTitle(plan)}\n` } },
    { kind: 'file', path: 'modules.cgz', content: { archive: 'cpio', members: archiveMembers(plan, generation) } },
    ...files,
  ]
}

/** The line a loader shows, as DKMS 2.x has it. */
export function diskTitle({ package: { name, version } }: DiskPlan): string {
  return `${name}-${version} driver disk`
}

function generatedFiles({ kernels }: DiskPlan): [string, string][] {
  const modules = kernels.flatMap(({ modules }) => modules)
  return [
    ['modinfo', renderModinfo(modules)],
    ['modules.dep', renderModulesDep(modules)],
    ['modules.alias', renderModulesAlias(modules)],
    ['pcitable', renderPcitable(modules)],
    ['modules.pcimap', renderPcimap(modules)],
  ]
}

function archiveMembers({ kernels }: DiskPlan, generation: LoaderGeneration): ArchiveMember[] {
  return kernels.flatMap(({ kernel: { release, arch }, modules }) =>
    modules.map(({ fileName, content }) => ({
      path: generation === 1 ? `${release}/${fileName}` : `${release}/${arch}/${fileName}`,
      content,
    })),
  )
}

/** Generation 1 has no place for the architecture: i386, that of the boot kernel, may stand beside one other. */
function assertOneArch(kernels: readonly DiskKernel[]): void {
  const arches = [...new Set(kernels.map(({ kernel }) => kernel.arch))]
  if (arches.filter((arch) => arch !== 'i386').length <= 1) return
  throw new FactoryError('DISK_REFUSED', `a redhat1 disk cannot tell ${arches.join(', ')} apart`, {
    hint: 'make a redhat2 disk, or one disk for each architecture',
  })
}
