/** The settings of framework.conf (DKMS man page). */

/** What may be set; everything else in the files stays inside of them, functions and internals of DKMS above all. */
export const frameworkSettings = {
  source_tree: 'where package sources are, by default /usr/src',
  dkms_tree: 'the DKMS tree, by default /var/lib/dkms',
  install_tree: 'where kernels keep their modules, by default /lib/modules',
  tmp_location: 'where temporary files go, by default $TMPDIR or /tmp',
  verbose: 'whether commands are shown as they run',
  symlink_modules: 'whether modules are installed as links into the tree',
  autoinstall_all_kernels: 'whether a package is built for all kernels when it is installed',
  modprobe_on_install: 'whether devices get their modules loaded after an install',
  parallel_jobs: 'number of jobs of make, 0 for no limit, by default one per processor',
  compress_gzip_opts: 'options of gzip for modules',
  compress_xz_opts: 'options of xz for modules',
  compress_zstd_opts: 'options of zstd for modules',
  post_transaction: 'command that runs after an action that changed what is installed',
  sign_file: 'program that signs modules',
  mok_signing_key: 'private key modules are signed with',
  mok_certificate: 'certificate that belongs to the key',
  try_sign_modules: 'whether modules are signed: true, false or not_in_chroot, the default',
  build_environment: 'file that is sourced before a build',
  continue_on_error: 'whether one failing kernel lets the others go on, by default true',
  legacy_directives: 'whether MODULES_CONF and REMAKE_INITRD act as in DKMS 2.x; a setting of dkms-factory',
} as const

export type FrameworkSetting = keyof typeof frameworkSettings
