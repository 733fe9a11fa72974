import { fedora } from './fedora.ts'
import type { DistroTraits } from './model.ts'

/** Red Hat Enterprise Linux and what is built from it: Fedora's ways plus a stable kernel interface. */
export const rhel: DistroTraits = {
  ...fedora,
  family: 'rhel',
  weakModules: {
    path: '/usr/sbin/weak-modules',
    add: () => ['--no-initramfs', '--add-modules'],
    remove: () => ['--no-initramfs', '--remove-modules'],
    environment: {},
  },
}
