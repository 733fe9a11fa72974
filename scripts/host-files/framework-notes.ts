/**
 * What framework.conf(5) and the framework.conf that is installed say about each setting. A setting that the program
 * knows and this table does not is a type error.
 */
import type { FrameworkSetting } from '../../src/conf/framework.ts'

export interface SettingNote {
  /** What a value looks like: `PATH`, `yes | no`. */
  readonly value: string
  /** What holds when the setting is not there, for people. */
  readonly default: string
  /** Sentences, one line each. */
  readonly text: readonly string[]
  /** The value of the line an administrator may uncomment. */
  readonly example: string
}

export const frameworkNotes: Readonly<Record<FrameworkSetting, SettingNote>> = {
  source_tree: {
    value: 'PATH',
    default: '/usr/src',
    text: ['Where the sources of packages are, each in a directory NAME-VERSION.'],
    example: '/usr/src',
  },
  dkms_tree: {
    value: 'PATH',
    default: '/var/lib/dkms',
    text: ['The DKMS tree: what has been added, what has been built for which kernel, and the originals put aside.'],
    example: '/var/lib/dkms',
  },
  install_tree: {
    value: 'PATH',
    default: '/lib/modules',
    text: ['Where kernels keep their modules, each in a directory named after its release.'],
    example: '/lib/modules',
  },
  tmp_location: {
    value: 'PATH',
    default: '$TMPDIR, else /tmp',
    text: ['Where temporary files go.', 'Builds need room there for a copy of the source.'],
    example: '/var/tmp',
  },
  verbose: {
    value: 'yes | no',
    default: 'no',
    text: ['Whether each command is shown as it runs, as with the option --verbose.'],
    example: 'yes',
  },
  symlink_modules: {
    value: 'yes | no',
    default: 'no',
    text: [
      'Whether modules are installed as links into the DKMS tree in place of copies.',
      'The tree must then be there whenever modules are loaded, in an initramfs too.',
    ],
    example: 'yes',
  },
  autoinstall_all_kernels: {
    value: 'yes | no',
    default: 'no',
    text: [
      'Whether installing the Debian package of a module builds it for all kernels whose headers are there.',
      'Without it the running and the newest kernel get the module.',
    ],
    example: 'yes',
  },
  modprobe_on_install: {
    value: 'yes | no',
    default: 'no',
    text: [
      'Whether the modules of present devices are loaded once a module has been installed for the running kernel.',
    ],
    example: 'yes',
  },
  parallel_jobs: {
    value: 'NUMBER',
    default: 'one for each processor',
    text: ['How many jobs of make may run at once.', '0 is no limit.', 'The option -j wins.'],
    example: '4',
  },
  compress_gzip_opts: {
    value: 'OPTIONS',
    default: '-9',
    text: ['Options for gzip where the kernel has its modules compressed with it.'],
    example: '-9',
  },
  compress_xz_opts: {
    value: 'OPTIONS',
    default: '--check=crc32 --lzma2=dict=1MiB',
    text: [
      'Options for xz where the kernel has its modules compressed with it.',
      'The decoder of the kernel understands only the check crc32 and wants a small dictionary.',
    ],
    example: '--check=crc32 --lzma2=dict=1MiB',
  },
  compress_zstd_opts: {
    value: 'OPTIONS',
    default: '-q --rm -T0',
    text: ['Options for zstd where the kernel has its modules compressed with it.'],
    example: '-q --rm -T0 -19',
  },
  post_transaction: {
    value: 'COMMAND',
    default: 'none',
    text: [
      'Shell command that runs once after an action that changed what is installed, to rebuild an initramfs for example.',
      'Write it between single quotes, so that $kernelver is the kernel the action was about.',
      'Its output goes to post_transaction.log in the DKMS tree, and its failure is a warning.',
    ],
    example: 'dracut --regenerate-all --force',
  },
  sign_file: {
    value: 'PATH',
    default: 'the one that comes with the headers of the kernel; kmodsign on Ubuntu',
    text: ['Program that signs modules.', '$kernelver is the kernel.'],
    example: '/lib/modules/$kernelver/build/scripts/sign-file',
  },
  mok_signing_key: {
    value: 'PATH | pkcs11:URI',
    default: '/var/lib/dkms/mok.key; /var/lib/shim-signed/mok/MOK.priv on Ubuntu',
    text: [
      'Private key that modules are signed with.',
      'When neither key nor certificate exist a pair is made; an existing file is never overwritten.',
    ],
    example: '/root/mok.key',
  },
  mok_certificate: {
    value: 'PATH',
    default: '/var/lib/dkms/mok.pub; /var/lib/shim-signed/mok/MOK.der on Ubuntu',
    text: ['Certificate that belongs to the key, in DER form.', 'It is what mokutil(1) enrols.'],
    example: '/root/mok.pub',
  },
  try_sign_modules: {
    value: 'true | false | not_in_chroot',
    default: 'not_in_chroot',
    text: [
      'Whether modules are signed.',
      'not_in_chroot signs them except in a chroot, where an image is made and a new key would be left inside.',
    ],
    example: 'true',
  },
  build_environment: {
    value: 'PATH',
    default: 'none',
    text: [
      'Shell file that is read before each build, with $kernelver set.',
      'What it exports reaches make and the scripts of the package: another compiler for example.',
    ],
    example: '/etc/dkms/build-environment.sh',
  },
  continue_on_error: {
    value: 'true | false',
    default: 'true',
    text: ['Whether installing the Debian package of a module goes on with the next kernel after one has failed.'],
    example: 'false',
  },
  legacy_directives: {
    value: 'yes | no',
    default: 'no',
    text: [
      'Whether the directives MODULES_CONF, MODULES_CONF_ALIAS_TYPE, MODULES_CONF_OBSOLETES, MODULES_CONF_OBSOLETE_ONLY and REMAKE_INITRD of dkms.conf act as they did in DKMS 2.x.',
      'A setting of dkms-factory; DKMS ignores it.',
    ],
    example: 'yes',
  },
}
