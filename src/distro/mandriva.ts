import { generic } from './generic.ts'
import type { DistroTraits } from './model.ts'
import { rpmQueries } from './rpm-queries.ts'

/** Mageia, OpenMandriva and ROSA. Their ID_LIKE may name fedora, whose destination they do not share. */
export const mandriva: DistroTraits = {
  ...generic,
  family: 'mandriva',
  ...rpmQueries,
  headersPackage,
  install: 'dnf install',
}

/** The flavour stands between version and release: `6.6.58-desktop-1.mga9` is built with kernel-desktop-devel-6.6.58-1.mga9. */
function headersPackage(release: string): string {
  const [, version, name, build] = /^(\d[\d.]*)-([a-z][a-z_]*)-(\d.*)$/.exec(release) ?? []
  return name === undefined ? `kernel-devel-${release}` : `kernel-${name}-devel-${version}-${build}`
}
