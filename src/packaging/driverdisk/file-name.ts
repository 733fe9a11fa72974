/** The names of disk images, as DKMS 2.x gives them (mkdriverdisk, its output directory). */
import { type ImageMedium, mediumSuffix } from '../../archive/image/model.ts'
import type { Kernel, PackageId } from '../../domain.ts'
import type { DiskFormat } from './model.ts'

export interface DiskNameRequest {
  readonly package: PackageId
  readonly formats: readonly DiskFormat[]
  readonly kernels: readonly Kernel[]
  readonly medium: ImageMedium
  readonly release?: string
}

/** DKMS counts the line break after the list, too. */
const longestKernelList = 199

export function diskFileName(request: DiskNameRequest): string {
  const { package: id, medium } = request
  return `${id.name}-${id.version}${middleOf(request)}-dd.${mediumSuffix[medium]}`
}

function middleOf({ formats, kernels, release }: DiskNameRequest): string {
  const [format, ...others] = formats
  if (others.length > 0 || format === undefined) return '-universal'
  switch (format) {
    case 'redhat1':
    case 'redhat2':
      return kernelList(kernels)
    case 'redhat3':
      return ''
    case 'suse':
    case 'unitedlinux':
      return `-${format === 'suse' ? 'suse' : 'UnitedLinux'}-${release ?? ''}`
    case 'dud':
    case 'ubuntu':
    case 'debian':
    case 'universal':
      return `-${format}`
  }
}

function kernelList(kernels: readonly Kernel[]): string {
  const list = kernels.map(({ release, arch }) => `-kernel${release}-${arch}`).join('')
  return list.length > longestKernelList ? '-manykernels' : list
}
