/**
 * Every option of the command line. The forms are those of dkms(8): a starred long option matches by its beginning
 * (`--moduleX` is `--module`), a value follows as `--option=value` or as the next word, short options take the next word.
 */
import { driverDiskOptions } from './driverdisk-option-table.ts'
import { packagingOptions } from './packaging-options.ts'
import type { Verb } from './verbs.ts'

export interface OptionSpec {
  readonly long: string
  readonly short?: string
  /** dkms(8) matches this long option by its beginning; the table order decides between two that fit. */
  readonly prefix?: true
  /** Name of the value in help texts; absent for a flag. */
  readonly value?: string
  readonly repeat?: true
  /** Accepted for old scripts and without effect: a warning says so. */
  readonly ignored?: true
  readonly describe: string
  /** The verbs whose help lists it; absent: all. Any option is accepted with any verb, as dkms does. */
  readonly verbs?: readonly Verb[]
}

const onPackages: readonly Verb[] = [
  'add',
  'build',
  'install',
  'uninstall',
  'unbuild',
  'remove',
  'status',
  'mktarball',
  'mkrpm',
  'mkkmod',
  'mkkmp',
  'mkdeb',
  'mkdsc',
  'mkbmdeb',
  'mkdriverdisk',
  'ldtarball',
  'match',
  'rebuild',
]
/** Actions that take -k. */
export const onKernels: readonly Verb[] = [
  'build',
  'install',
  'uninstall',
  'unbuild',
  'remove',
  'status',
  'mktarball',
  'mkrpm',
  'mkkmod',
  'mkkmp',
  'mkdeb',
  'mkdsc',
  'mkbmdeb',
  'mkdriverdisk',
  'verify',
  'autoinstall',
  'match',
  'rebuild',
  'kernel_preinst',
  'kernel_postinst',
  'kernel_prerm',
]
/** Actions that build what is needed. */
const thatBuild: readonly Verb[] = [
  'build',
  'install',
  'mkdriverdisk',
  'autoinstall',
  'match',
  'rebuild',
  'kernel_postinst',
]
/** Actions that change what is installed. */
const thatInstall: readonly Verb[] = [
  'install',
  'uninstall',
  'unbuild',
  'remove',
  'autoinstall',
  'match',
  'rebuild',
  'kernel_preinst',
  'kernel_postinst',
  'kernel_prerm',
]

export const optionTable = [
  {
    long: 'module',
    short: 'm',
    prefix: true,
    value: 'M[/V]',
    describe: 'the package, or package and version',
    verbs: onPackages,
  },
  { long: 'package-version', short: 'v', value: 'V', describe: 'the version of the package', verbs: onPackages },
  {
    long: 'kernelver',
    short: 'k',
    prefix: true,
    value: 'K[/A]',
    repeat: true,
    describe: 'a kernel release, or release and architecture; may be repeated',
    verbs: onKernels,
  },
  {
    long: 'archive',
    prefix: true,
    value: 'FILE',
    describe: 'the archive to write or to load',
    verbs: ['mktarball', 'ldtarball', 'add'],
  },
  {
    long: 'arch',
    short: 'a',
    prefix: true,
    value: 'A',
    repeat: true,
    describe:
      'an architecture, one for all kernels or one for each (that of the RPM package of the kernel, or uname -m)',
    verbs: onKernels,
  },
  {
    long: 'templatekernel',
    prefix: true,
    value: 'K',
    describe: 'the kernel whose modules are matched',
    verbs: ['match'],
  },
  {
    long: 'conf',
    short: 'c',
    value: 'FILE',
    describe: 'use this dkms.conf in place of the one in the source',
    verbs: ['add', 'build', 'install', 'mktarball'],
  },
  { long: 'quiet', short: 'q', describe: 'print nothing; the exit status tells' },
  { long: 'version', short: 'V', describe: 'print the version and end' },
  { long: 'help', short: 'h', describe: 'print help and end' },
  { long: 'binaries-only', describe: 'leave the source out', verbs: ['mktarball', 'mkrpm', 'mkdeb', 'mkdsc'] },
  { long: 'source-only', describe: 'leave built modules out', verbs: ['mktarball', 'mkrpm', 'mkdeb', 'mkdsc'] },
  { long: 'force-version-override', describe: 'install whatever versions the kernel has', verbs: ['install'] },
  { long: 'force', describe: 'do it again, or over what is there', verbs: ['add', 'build', 'install', 'ldtarball'] },
  {
    long: 'all-kernels',
    describe: 'all kernels whose headers are installed',
    verbs: ['build', 'install', 'autoinstall', 'rebuild'],
  },
  {
    long: 'all',
    describe: 'all kernels the package is built for',
    verbs: [
      'uninstall',
      'unbuild',
      'remove',
      'mktarball',
      'mkrpm',
      'mkkmod',
      'mkdeb',
      'mkdsc',
      'mkbmdeb',
      'mkdriverdisk',
    ],
  },
  { long: 'verbose', describe: 'show each command that is run' },
  {
    long: 'rpm_safe_upgrade',
    describe: 'for the scripts of RPM packages: survive an upgrade to the same version',
    verbs: ['add', 'install', 'remove'],
  },
  { long: 'dkmstree', prefix: true, value: 'DIR', describe: 'the DKMS tree (/var/lib/dkms)' },
  { long: 'sourcetree', prefix: true, value: 'DIR', describe: 'where package sources live (/usr/src)' },
  { long: 'installtree', prefix: true, value: 'DIR', describe: 'where kernels keep their modules (/lib/modules)' },
  { long: 'etc', value: 'DIR', describe: 'where framework.conf and overrides live (/etc/dkms)' },
  { long: 'symlink-modules', describe: 'install links in place of copies', verbs: ['install', 'autoinstall', 'match'] },
  {
    long: 'config',
    prefix: true,
    value: 'FILE',
    describe: 'the configuration of the kernel',
    verbs: ['build', 'install', 'mkdriverdisk'],
  },
  {
    long: 'kernelsourcedir',
    prefix: true,
    value: 'DIR',
    describe: 'the headers or source of the kernel',
    verbs: ['build', 'install', 'mkkmod', 'mkkmp', 'mkdriverdisk'],
  },
  {
    long: 'directive',
    prefix: true,
    value: 'NAME=VALUE',
    repeat: true,
    describe: 'set a directive of dkms.conf; may be repeated',
    verbs: [
      'add',
      'build',
      'install',
      'uninstall',
      'mktarball',
      'mkrpm',
      'mkkmod',
      'mkkmp',
      'mkdeb',
      'mkdsc',
      'mkbmdeb',
      'mkdriverdisk',
      'lint',
    ],
  },
  { long: 'no-depmod', describe: 'do not run depmod', verbs: thatInstall },
  { long: 'modprobe-on-install', describe: 'load modules of present devices after an install', verbs: ['install'] },
  { long: 'debug', describe: 'the same as --verbose' },
  { long: 'require-signature', describe: 'fail when a module cannot be signed', verbs: thatBuild },
  {
    long: 'jobs',
    short: 'j',
    value: 'N',
    describe: 'how many jobs may run at once; 0 is no limit',
    verbs: thatBuild,
  },
  {
    long: 'keep-going',
    describe: 'go on with other packages when one fails, which is what it always does',
    verbs: ['autoinstall'],
  },
  { long: 'json', describe: 'print the result as one JSON document' },
  {
    long: 'progress',
    value: 'HOW',
    describe: 'how progress is told: auto, plain, bar, json (one event a line) or none',
  },
  { long: 'dry-run', describe: 'say what would be done and change nothing' },
  { long: 'trust', describe: 'let bash evaluate a dkms.conf from an archive', verbs: ['ldtarball', 'lint'] },
  {
    long: 'keyring',
    value: 'FILE',
    repeat: true,
    describe: 'OpenPGP public keys that must have signed the file; may be repeated',
    verbs: ['inspect', 'verify'],
  },
  {
    long: 'wait',
    value: 'SECONDS',
    describe: 'how long to wait for another process that holds the tree; without it, for ever',
  },
  {
    long: 'legacy-directives',
    describe: 'let MODULES_CONF and REMAKE_INITRD of dkms.conf act as in DKMS 2',
    verbs: ['install', 'uninstall', 'remove'],
  },
  ...packagingOptions,
  ...driverDiskOptions,
  { long: 'no-initrd', ignored: true, describe: 'accepted for old scripts; with --legacy-directives, make no ramdisk' },
  { long: 'no-clean-kernel', ignored: true, describe: 'accepted for old scripts' },
  { long: 'no-prepare-kernel', ignored: true, describe: 'accepted for old scripts' },
] as const satisfies readonly OptionSpec[]

export type OptionName = (typeof optionTable)[number]['long']

/** The options of one command line: flags hold an empty list, others their values in order. */
export type GivenOptions = ReadonlyMap<OptionName, readonly string[]>
