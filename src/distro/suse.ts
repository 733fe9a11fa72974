import { flavour } from '../kernel/release.ts'
import { generic } from './generic.ts'
import type { DistroTraits } from './model.ts'
import { rpmQueries } from './rpm-queries.ts'

export const suse: DistroTraits = {
  ...generic,
  family: 'suse',
  ...rpmQueries,
  moduleDestination: '/updates',
  headersPackage,
  install: 'zypper install',
  weakModules: {
    path: '/usr/lib/module-init-tools/weak-modules2',
    add: (release) => ['--add-kernel-modules', release],
    remove: (release) => ['--remove-kernel-modules', release],
    // What is added would have the ramdisk of the kernel made anew every time, and what is removed where it has none.
    environment: { INITRD_IN_POSTTRANS: '1', DRACUT: '/dev/null' },
  },
}

/** `6.4.0-150600.23-default` is built with kernel-default-devel of version 6.4.0-150600.23, whose rebuild count uname lacks. */
function headersPackage(release: string): string {
  const name = flavour(release)
  return name === undefined ? 'kernel-default-devel' : `kernel-${name}-devel`
}
