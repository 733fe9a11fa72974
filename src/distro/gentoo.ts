import { flavour } from '../kernel/release.ts'
import { generic } from './generic.ts'
import type { DistroTraits } from './model.ts'

export const gentoo: DistroTraits = {
  ...generic,
  family: 'gentoo',
  // The sources themselves serve as headers; a distribution kernel brings them along.
  headersPackage: (release) => (flavour(release) === 'dist' ? 'sys-kernel/gentoo-kernel' : 'sys-kernel/gentoo-sources'),
  install: 'emerge --ask',
  signTools: (release) => [{ kind: 'path', path: `/usr/src/linux-${release}/scripts/sign-file` }],
  signingKeys: {
    ...generic.signingKeys,
    configuredIn: {
      keyVariable: 'MODULES_SIGN_KEY',
      certificateVariable: 'MODULES_SIGN_CERT',
      file: '/etc/portage/make.conf',
      kernelConfigSymbol: 'CONFIG_MODULE_SIG_KEY',
    },
  },
}
