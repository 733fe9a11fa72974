/**
 * `suse` and `unitedlinux` as DKMS 2.x lays them out: one numbered update per disk for SuSE Linux 8.1 to SLES 11 and
 * UnitedLinux 1.0, with a tar archive for the target and modules for the installer.
 */
import { FactoryError } from '../../../errors.ts'
import type { ArchiveMember, DiskFile, DiskKernel, DiskPlan } from '../model.ts'
import { installerKernel, kernelsByArch } from './installer-kernel.ts'
import { type OrderSpelling, renderModuleOrder } from './module-order.ts'
import type { RenderTemplate } from './scripts.ts'
import { renderUpdatePost } from './scripts.ts'

export type ClassicProduct = 'suse' | 'UnitedLinux'

/** @throws {FactoryError} DISK_REFUSED without a release, or one that cannot stand in the name of a directory */
export function classicRelease(product: ClassicProduct, release: string | undefined): string {
  if (release !== undefined && /^[A-Za-z0-9._+-]+$/.test(release)) return release
  throw new FactoryError(
    'DISK_REFUSED',
    `a ${product} disk needs a release${release === undefined ? '' : `, and not ${JSON.stringify(release)}`}`,
    {
      hint: 'say which with -r, such as 9.1, sles9 or ul1: it stands in the name of the directory on the disk',
    },
  )
}

/** @throws {FactoryError} DISK_REFUSED without a release */
export function suseClassicLayout(plan: DiskPlan, product: ClassicProduct, render: RenderTemplate): DiskFile[] {
  const release = classicRelease(product, plan.release)
  const number = String(plan.suseNumber ?? 1).padStart(2, '0')
  return kernelsByArch(plan.kernels).flatMap(([arch, kernels]) =>
    updateFiles(`${number}/linux/${product}/${arch}-${release}`, kernels, render),
  )
}

function updateFiles(directory: string, kernels: readonly DiskKernel[], render: RenderTemplate): DiskFile[] {
  const modules = installerKernel(kernels)?.modules ?? []
  return [...targetFiles(directory, kernels, render), ...moduleFiles(directory, modules, 'files')]
}

/** What the installed system gets, when no package brings it: an archive, and a script that puts it in place. */
export function targetFiles(directory: string, kernels: readonly DiskKernel[], render: RenderTemplate): DiskFile[] {
  const members = kernels.flatMap(archiveMembers)
  const text = renderUpdatePost(
    render,
    kernels.map(({ kernel }) => kernel.release),
  )
  return [
    { kind: 'file', path: `${directory}/install/update.tar.gz`, content: { archive: 'tar', members } },
    { kind: 'file', path: `${directory}/install/update.post`, executable: true, content: { text } },
  ]
}

function archiveMembers({ kernel, modules }: DiskKernel): ArchiveMember[] {
  return modules.map(({ fileName, location, content }) => ({
    path: `lib/modules/${kernel.release}${location}/${fileName}`,
    content,
  }))
}

/** What the installation system loads. */
export function moduleFiles(directory: string, modules: DiskKernel['modules'], spelling: OrderSpelling): DiskFile[] {
  return [
    ...modules.map(
      ({ fileName, content }): DiskFile => ({
        kind: 'file',
        path: `${directory}/modules/${fileName}`,
        content,
      }),
    ),
    {
      kind: 'file',
      path: `${directory}/modules/module.order`,
      content: { text: renderModuleOrder(modules, spelling) },
    },
  ]
}
