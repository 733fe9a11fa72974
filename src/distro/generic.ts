import type { DistroTraits } from './model.ts'

/** What holds where nothing better is known: the values of DKMS itself. */
export const generic: DistroTraits = {
  family: 'generic',
  moduleDestination: undefined,
  headersPackage: (release) => `the kernel headers package for ${release}`,
  install: undefined,
  signTools: () => [],
  signingKeys: {
    privateKey: '/var/lib/dkms/mok.key',
    certificate: '/var/lib/dkms/mok.pub',
    madeBy: undefined,
    configuredIn: undefined,
  },
  weakModules: undefined,
  ownerQuery: undefined,
  archQuery: undefined,
}
