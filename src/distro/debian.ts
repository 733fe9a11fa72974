import { withoutLastComponent } from '../kernel/release.ts'
import { generic } from './generic.ts'
import type { DistroTraits } from './model.ts'

export const debian: DistroTraits = {
  ...generic,
  family: 'debian',
  moduleDestination: '/updates/dkms',
  headersPackage,
  install: 'apt-get install',
  // Debian ships the kernel's build programs apart from the headers, one package for all flavours of a series.
  signTools: (release) => [
    { kind: 'path', path: `/usr/lib/linux-kbuild-${withoutLastComponent(release)}/scripts/sign-file` },
  ],
}

function headersPackage(release: string): string {
  // Proxmox VE and Raspberry Pi OS before bookworm have kernels, and names, of their own.
  if (release.endsWith('-pve')) return `proxmox-headers-${release}`
  if (/-v\d+l?\+$/.test(release)) return 'raspberrypi-kernel-headers'
  return `linux-headers-${release}`
}
