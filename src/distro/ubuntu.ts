import { debian } from './debian.ts'
import type { DistroTraits } from './model.ts'

export const ubuntu: DistroTraits = {
  ...debian,
  family: 'ubuntu',
  headersPackage: (release) => `linux-headers-${release}`,
  signTools: (release) => [
    { kind: 'command', name: 'kmodsign' },
    { kind: 'path', path: `/usr/src/linux-headers-${release}/scripts/sign-file` },
  ],
  // The pair belongs to shim-signed, whose tool also asks for the password with which it is enrolled at next boot.
  signingKeys: {
    privateKey: '/var/lib/shim-signed/mok/MOK.priv',
    certificate: '/var/lib/shim-signed/mok/MOK.der',
    madeBy: [
      { argv: ['update-secureboot-policy', '--new-key'], env: { SHIM_NOTRIGGER: 'y' } },
      { argv: ['update-secureboot-policy', '--enroll-key'], env: {} },
    ],
    configuredIn: undefined,
  },
}
