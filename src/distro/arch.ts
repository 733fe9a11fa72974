import { flavour } from '../kernel/release.ts'
import { generic } from './generic.ts'
import type { DistroTraits } from './model.ts'

export const arch: DistroTraits = {
  ...generic,
  family: 'arch',
  moduleDestination: '/updates/dkms',
  headersPackage,
  install: 'pacman -S',
}

/** `6.6.1-arch1-1` is the package linux; other kernels end in the rest of their name: `6.6.8-1-lts`, `6.6.7-zen1-1-zen`. */
function headersPackage(release: string): string {
  const name = flavour(release)
  return name === undefined ? 'linux-headers' : `linux-${name}-headers`
}
