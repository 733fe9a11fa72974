/** What `verify` may find in packages and archives: docs/inspect.md has the same table. */

export interface PackageRule {
  readonly severity: 'error' | 'warning'
  readonly meaning: string
  readonly remedy: string
}

export const packageRules = {
  damaged: {
    severity: 'error',
    meaning: 'it is not as it was made',
    remedy: 'fetch or make it again, and do not install this one',
  },
  untrusted: {
    severity: 'error',
    meaning: 'nobody whose key was given vouches for it',
    remedy: 'do not install it unless you know where it comes from',
  },
  'content-unusable': {
    severity: 'error',
    meaning: 'a DKMS package inside of it cannot be loaded',
    remedy: 'make it again from a package that `lint` finds in order',
  },
  'content-unread': {
    severity: 'warning',
    meaning: 'a DKMS package inside of it was not looked into',
    remedy: 'take it out and look into it by itself (lint --trust); install the program that is missing',
  },
  incomplete: {
    severity: 'error',
    meaning: 'files that it names are not beside it',
    remedy: 'put all files of the source package or upload into one directory',
  },
  unprotected: {
    severity: 'warning',
    meaning: 'nothing in it tells whether it is as it was made',
    remedy: 'compare its SHA-256 sum with that of who made it, or have it compressed',
  },
  'module-unreadable': {
    severity: 'error',
    meaning: 'the file is not a whole kernel module',
    remedy: 'build it again, and make the package again',
  },
  'vermagic-mismatch': {
    severity: 'error',
    meaning: 'the module lies among those of a kernel that refuses it',
    remedy: 'build it for the kernel it is packaged for',
  },
  'module-unsigned': {
    severity: 'warning',
    meaning: 'a kernel that demands signatures, as with Secure Boot, refuses the module',
    remedy: 'sign it, and have the key enrolled (mokutil) on the machines it is for',
  },
  'kernel-missing': {
    severity: 'error',
    meaning: 'it holds no module for the kernel',
    remedy: 'build the package for the kernel, and make it again',
  },
} as const satisfies Readonly<Record<string, PackageRule>>

export type PackageRuleCode = keyof typeof packageRules
