/**
 * What the generators of DKMS 2.8.4 and ours make of the same, and how it differs on purpose. A difference that no entry
 * covers fails its test, and a pattern that covers nothing fails the run.
 */
import type { ExpectedDifference } from './expected-differences.ts'

export const EXPECTED_GENERATOR_DIFFERENCES: readonly ExpectedDifference[] = [
  {
    reason: 'the copy of common.postinst goes without: DKMS has had its own since 2.0.20',
    what: [
      /^only 2\.8: file drwxr-xr-x \/usr\/share\/hello-dkms\/$/,
      /^only 2\.8: file -rwxr-xr-x .*\/(?:postinst|common\.postinst)$/,
    ],
  },
  {
    reason: 'a package has copyright and changelog, as Debian asks for',
    where: /^mkdeb/,
    what: [/^only here: file .* \/usr\/share\/doc\//],
  },
  {
    reason: 'the changelog is compressed, and there is nothing to read in README.Debian',
    where: /^mkbmdeb/,
    what: [/^only (?:here|2\.8): file .* \/usr\/share\/doc\/.*\/(?:changelog|README\.Debian)/],
  },
  {
    reason: 'modes of the source are kept: 2.8 takes the right to be entered from the directory',
    where: /^mkdeb/,
    what: [/^only (?:here|2\.8): file d\S+ \/usr\/src\/hello-1\.0\/$/],
  },
  {
    reason: 'what is said of the package comes from its modules and whoever makes it',
    what: [
      /^only (?:here|2\.8): field (?:Maintainer|Changed-By|Description|Section|Distribution|Urgency|Changes|Package-List): /,
    ],
  },
  {
    reason: '1.95 is 15 years old and lacks what the scripts use',
    where: /^mkdeb/,
    what: [/^only (?:here|2\.8): field Depends: dkms /, /^only here: field Recommends: linux-headers-/],
  },
  {
    reason: 'Ubuntu has kernels of both names; the version lets others ask for it; the source is that of mkdsc',
    where: /^mkbmdeb/,
    what: [
      /^only (?:here|2\.8): field Depends: linux-image-/,
      /^only (?:here|2\.8): field Provides: hello-modules/,
      /^only (?:here|2\.8): field Source: /,
    ],
  },
  {
    reason: 'it builds with debhelper 13 alone; files of debhelper do what the Makefile did',
    where: /^mkdsc/,
    what: [
      /^only (?:here|2\.8): field (?:Standards-Version|Build-Depends|Testsuite): /,
      /^only (?:here|2\.8): file .* \/hello-dkms-1\.0\/debian\/\S+$/,
      /^only 2\.8: file -rw-r--r-- \/hello-dkms-1\.0\/Makefile$/,
    ],
  },
  {
    reason: 'dpkg refuses x86_64, and casper takes only files that end in an architecture of dpkg',
    where: /^mkdriverdisk .*ubuntu/,
    what: [/^only (?:here|2\.8): file \S+ \/ubuntu-drivers\/6\.1\.0\/\S+_(?:x86_64|amd64)\.deb$/],
  },
  {
    reason: 'linuxrc loads modules in the order of this file, and otherwise in that of the file system',
    where: /^mkdriverdisk .*suse/,
    what: [/^only here: file \S+ .*\/modules\/module\.order$/],
  },
  {
    reason: 'no installer reads the copy of the source',
    where: /^mkdriverdisk .*ubuntu/,
    what: [/^only 2\.8: file \S+ \/ubuntu\//],
  },
]
