/**
 * Options of the actions that make packages. Most have the name and meaning of a key of packaging.yaml, and win over it
 * (src/packaging/metadata/options.ts reads them).
 */
import type { OptionSpec } from './option-spec.ts'
import type { Verb } from './verbs.ts'

/** The actions that make packages for RPM. */
const rpms = ['mkrpm', 'mkkmod', 'mkkmp'] as const satisfies readonly Verb[]
/** The actions that make packages for Debian. */
const debs = ['mkdeb', 'mkdsc', 'mkbmdeb'] as const satisfies readonly Verb[]
const all = [...rpms, ...debs] as const satisfies readonly Verb[]

export const packagingOptions = [
  {
    long: 'output',
    value: 'DIR',
    describe: 'where the packages go; of a driver disk also the file itself',
    verbs: [...all, 'mkdriverdisk'],
  },
  {
    long: 'profile',
    value: 'NAME',
    describe: 'naming and relations: dkms (default), fedora, mandriva or rosa',
    verbs: ['mkrpm'],
  },
  {
    long: 'compress',
    value: 'COMPRESSOR',
    describe:
      'gzip (default), xz, zstd or none; bzip2 but for .deb files; of a disk that is an archive gzip, xz or none',
    verbs: [...all, 'mkdriverdisk'],
  },
  {
    long: 'format',
    value: 'F',
    repeat: true,
    describe:
      'of the source package: 1.0 (default), 3.0-native or 3.0-quilt; of a driver disk: redhat1, redhat2, redhat3, suse, unitedlinux, dud, ubuntu, debian or universal',
    verbs: ['mkdsc', 'mkdriverdisk'],
  },
  {
    long: 'style',
    value: 'S',
    describe: 'whose packages of modules: rhel, fedora, suse or tumbleweed; without it, those of the kernel',
    verbs: ['mkkmod', 'mkkmp'],
  },
  { long: 'akmod', describe: 'make a source package for akmods, and the package that brings it', verbs: ['mkkmod'] },
  {
    long: 'symvers',
    value: '[K=]FILE',
    repeat: true,
    describe: 'the Module.symvers of a kernel, also compressed, when neither headers nor kernel are installed',
    verbs: ['mkkmod', 'verify'],
  },
  {
    long: 'certificate',
    value: 'FILE',
    describe: 'what the modules are signed with, for a package of its own in the styles of SUSE',
    verbs: ['mkkmod', 'mkkmp'],
  },
  {
    long: 'needs-initrd',
    describe: 'SUSE: the modules belong into initial ramdisks, which are made anew (as with REMAKE_INITRD)',
    verbs: ['mkkmod', 'mkkmp'],
  },
  { long: 'spec', value: 'FILE', describe: 'a spec file of your own', verbs: ['mkrpm', 'mkkmp', 'mkdriverdisk'] },
  {
    long: 'legacy-postinst',
    prefix: true,
    value: '0|1',
    describe: 'whether common.postinst is among the sources of a template of your own (1)',
    verbs: all,
  },
  {
    long: 'sign',
    describe: 'sign the packages, and a disk for SUSE, with --sign-key',
    verbs: [...all, 'mkdriverdisk'],
  },
  {
    long: 'sign-key',
    value: 'KEY',
    describe: 'a file with an OpenPGP private key, or what gpg knows a key by',
    verbs: [...all, 'mkdriverdisk'],
  },
  {
    long: 'sign-passphrase',
    value: 'FILE',
    describe: 'a file whose first line is the passphrase of the key file',
    verbs: [...all, 'mkdriverdisk'],
  },
  {
    long: 'release',
    short: 'r',
    prefix: true,
    value: 'RELEASE',
    repeat: true,
    describe:
      'the release or revision of the packages, such as 1dkms; of SuSE, for its old driver disks; of an installer, such as rhel9.4',
    verbs: [...all, 'mkdriverdisk', 'verify'],
  },
  { long: 'epoch', value: 'N', describe: 'the epoch of the packages', verbs: all },
  { long: 'license', value: 'L', describe: 'the license, as SPDX writes it', verbs: [...all, 'mkdriverdisk'] },
  { long: 'summary', value: 'TEXT', describe: 'what the package is, in one line', verbs: [...all, 'mkdriverdisk'] },
  { long: 'description', value: 'TEXT', describe: 'what the package is, at length', verbs: [...all, 'mkdriverdisk'] },
  { long: 'url', value: 'URL', describe: 'the home page', verbs: all },
  { long: 'vendor', value: 'NAME', describe: 'who distributes the packages', verbs: rpms },
  { long: 'maintainer', value: 'P', describe: 'who answers for them: Name <address>', verbs: [...all, 'mkdriverdisk'] },
  { long: 'packager', value: 'P', describe: 'who makes them: Name <address>', verbs: all },
  { long: 'group', value: 'G', describe: 'the Group of RPM packages', verbs: rpms },
  { long: 'section', value: 'S', describe: 'the Section of Debian packages', verbs: debs },
  { long: 'priority', value: 'P', describe: 'the Priority of Debian packages', verbs: debs },
  { long: 'requires', value: 'R', repeat: true, describe: 'a package it needs: "dkms >= 2.8"', verbs: all },
  { long: 'pre-depends', value: 'R', repeat: true, describe: 'a package set up before it is unpacked', verbs: debs },
  { long: 'recommends', value: 'R', repeat: true, describe: 'a package usually installed with it', verbs: all },
  { long: 'suggests', value: 'R', repeat: true, describe: 'a package that goes well with it', verbs: all },
  { long: 'supplements', value: 'R', repeat: true, describe: 'a package it is installed along with', verbs: rpms },
  { long: 'enhances', value: 'R', repeat: true, describe: 'a package it adds to', verbs: all },
  { long: 'conflicts', value: 'R', repeat: true, describe: 'a package it cannot be beside', verbs: all },
  { long: 'breaks', value: 'R', repeat: true, describe: 'a package that must not be set up beside it', verbs: debs },
  { long: 'provides', value: 'R', repeat: true, describe: 'another name it goes by', verbs: all },
  { long: 'replaces', value: 'R', repeat: true, describe: 'a package it takes the place of', verbs: all },
] as const satisfies readonly OptionSpec[]
