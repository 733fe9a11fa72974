import { generic } from './generic.ts'
import type { DistroTraits } from './model.ts'
import { rpmQueries } from './rpm-queries.ts'

export const fedora: DistroTraits = {
  ...generic,
  family: 'fedora',
  ...rpmQueries,
  moduleDestination: '/extra',
  headersPackage: develPackage,
  install: 'dnf install',
}

/**
 * The variant stands after a plus in the release and in the middle of the package name:
 * `5.14.0-503.el9.aarch64+64k` needs kernel-64k-devel-5.14.0-503.el9.aarch64. Oracle's UEK tells it in the release tag.
 */
function develPackage(release: string): string {
  const [version = release, variant] = release.split('+', 2)
  if (variant !== undefined && variant !== '') return `kernel-${variant}-devel-${version}`
  return /\.el\d+u?ek\./.test(release) ? `kernel-uek-devel-${release}` : `kernel-devel-${release}`
}
