/** The actions, one table. What dkms names an action, `dkms-factory` calls a verb too. */
export interface VerbSpec {
  readonly describe: string
  readonly usage: string
  /** What the words after the verb are. */
  readonly words: 'package' | 'path' | 'none'
  /** `--all` makes no sense for it (exit status 5, as dkms). */
  readonly refusesAll?: true
}

export const verbTable = {
  add: {
    describe: 'bring a package source into the tree',
    usage: 'add [M/V | DIRECTORY | dkms.conf | ARCHIVE]',
    words: 'package',
    refusesAll: true,
  },
  build: {
    describe: 'build a package for one or several kernels',
    usage: 'build [M/V | DIRECTORY] [-k K]... [--all-kernels] [-j N]',
    words: 'package',
    refusesAll: true,
  },
  install: {
    describe: 'install the modules of a package for one or several kernels, building them first where needed',
    usage: 'install [M/V | DIRECTORY] [-k K]... [--all-kernels] [--force]',
    words: 'package',
    refusesAll: true,
  },
  uninstall: {
    describe: 'take the modules of a package out of kernels, and put back what they had replaced',
    usage: 'uninstall M/V [-k K]... [--all]',
    words: 'package',
  },
  autoinstall: {
    describe: 'build and install, for one kernel, every package that asks for it with AUTOINSTALL',
    usage: 'autoinstall [-k K] [--all-kernels] [-j N]',
    words: 'none',
    refusesAll: true,
  },
  match: {
    describe: 'install for a kernel what is installed for another one',
    usage: 'match --templatekernel K0 [-k K] [M[/V]]',
    words: 'package',
    refusesAll: true,
  },
  rebuild: {
    describe: 'build again what is built, and install again what is installed',
    usage: 'rebuild [M/V] [-k K]... [--all-kernels] [-j N]',
    words: 'package',
  },
  unbuild: {
    describe: 'remove the built modules of a package',
    usage: 'unbuild M/V [-k K]... [--all]',
    words: 'package',
  },
  remove: {
    describe: 'remove a package, or its builds for some kernels, from the tree',
    usage: 'remove M/V [-k K]... [--all]',
    words: 'package',
  },
  status: {
    describe: 'list what the tree holds',
    usage: 'status [M[/V]] [-k K]... [-a A]...',
    words: 'package',
  },
  repair: {
    describe: 'find what interrupted commands left half done, and put it right',
    usage: 'repair [--dry-run]',
    words: 'none',
    refusesAll: true,
  },
  mktarball: {
    describe: 'pack a package, its built modules or both',
    usage: 'mktarball M/V [-k K]... [--all] [--source-only | --binaries-only] [--archive FILE]',
    words: 'package',
  },
  ldtarball: {
    describe: 'load a tarball into the tree',
    usage: 'ldtarball ARCHIVE [--force]',
    words: 'package',
  },
  mkrpm: {
    describe: 'make RPM packages of a package: to install, and to rebuild',
    usage: 'mkrpm [M/V | DIRECTORY] [-k K]... [--all] [--source-only | --binaries-only] [--output DIR]',
    words: 'package',
  },
  mkkmod: {
    describe: 'make RPM packages of built modules, one for each kernel, or an akmod',
    usage: 'mkkmod M/V [-k K]... [--all] [--style S] [--output DIR] | mkkmod [M/V | DIRECTORY] --akmod',
    words: 'package',
  },
  mkkmp: {
    describe: 'make a source package that kernel module packages are built from',
    usage: 'mkkmp [M/V | DIRECTORY] [-k K]... [--style suse | rhel] [--spec FILE] [--output DIR]',
    words: 'package',
    refusesAll: true,
  },
  mkdeb: {
    describe: 'make a Debian package of a package: its source, and built modules for the kernels that are named',
    usage: 'mkdeb [M/V | DIRECTORY] [-k K]... [--all] [--source-only | --binaries-only] [--output DIR]',
    words: 'package',
  },
  mkdsc: {
    describe: 'make a Debian source package of a package',
    usage: 'mkdsc [M/V | DIRECTORY] [-k K]... [--all] [--source-only] [--format F] [--output DIR]',
    words: 'package',
  },
  mkbmdeb: {
    describe: 'make Debian packages of built modules, one for each kernel',
    usage: 'mkbmdeb M/V [-k K]... [--all] [--output DIR]',
    words: 'package',
  },
  mkdriverdisk: {
    describe: 'make a driver disk of modules, for the installers of distributions',
    usage:
      'mkdriverdisk M/V [-d DISTRO [-r RELEASE] | --format F] [--dist PRODUCT]... [--media MEDIUM] [-k K]... [--all]',
    words: 'package',
  },
  show: {
    describe: 'list what is on a driver disk: formats, packages, kernels and modules',
    usage: 'show FILE',
    words: 'path',
  },
  verify: {
    describe: 'judge a driver disk, a package or an archive by the rules of those who are to take it',
    usage: 'verify FILE [--release R]... [-k K]... [--symvers [K=]FILE]... [--keyring KEYS]...',
    words: 'path',
  },
  lint: {
    describe: 'check a package source, a dkms.conf or an archive',
    usage: 'lint PATH...',
    words: 'path',
  },
  inspect: {
    describe: 'tell what a package, a source package or an archive holds, and whether it is intact and who signed it',
    usage: 'inspect FILE [--keyring KEYS]...',
    words: 'path',
  },
  kernel_preinst: {
    describe: 'for kernel packages: before a kernel is unpacked, remove what autoinstall built for its release',
    usage: 'kernel_preinst -k K',
    words: 'none',
    refusesAll: true,
  },
  kernel_postinst: {
    describe: 'for kernel packages: when a kernel was unpacked, autoinstall for it',
    usage: 'kernel_postinst -k K [-j N]',
    words: 'none',
    refusesAll: true,
  },
  kernel_prerm: {
    describe: 'for kernel packages: before a kernel is removed, remove what was built for it',
    usage: 'kernel_prerm -k K',
    words: 'none',
    refusesAll: true,
  },
  generate_mok: {
    describe: 'make the key pair that signs modules, when there is none, and print where it is',
    usage: 'generate_mok [-k K]',
    words: 'none',
  },
  mok: {
    describe: 'show the key that signs modules and whether this machine trusts it',
    usage: 'mok [-k K]',
    words: 'none',
  },
} as const satisfies Record<string, VerbSpec>

export type Verb = keyof typeof verbTable

export function isVerb(word: string): word is Verb {
  return Object.hasOwn(verbTable, word)
}
